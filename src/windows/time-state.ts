import { StoredDues } from '../base/stored-dues.ts';
import type { Agenda, AgendaSpec } from '../core/agenda.ts';
import type { Key } from '../core/keys.ts';
import type { CellsSpec, CellTable } from '../core/state.ts';
import {
  bytesOfRows,
  dueOf,
  handleOf,
  type KeptRow,
  type KeyHandle,
  type PackedHandle,
  packRows,
  restoreRow,
  ROW_BYTES,
  type StoredKeys,
} from './kept-rows.ts';
import type { PaneStates, Timing } from './pane-states.ts';
import { RowHeap } from './row-heap.ts';
import { WindowRows } from './window-rows.ts';

/** When windows of time emit, beside their end. */
export interface PaneSetting {
  /** How long a closed window takes corrections. */
  readonly latenessMs: number;
  /** Emits what no pane has shown when so many records have come, or so long after the first of them. */
  readonly early?: { readonly records: number } | { readonly ms: number } | undefined;
  /** Each pane holds only what no pane before it has shown. */
  readonly discards: boolean;
}

/** Who takes the panes, and keeps the state. */
export interface WindowHost {
  keyAt(place: number): Key | undefined;
  cells<S>(spec: CellsSpec<S>): CellTable<S>;
  /** Where state lies on a disk, and windows of this kind may lie there. */
  agenda(spec: AgendaSpec): Agenda | undefined;
  /** About what a record takes, where records are kept. */
  readonly bytesEach: number;
  /** Of the state that a row has at this moment. */
  pane(pane: PaneOf): void;
  /** Is there room for another pane? Records may make more; windows that close ask. */
  readonly hasRoom: boolean;
  /** Monotonic milliseconds. */
  now(): number;
}

export interface PaneOf {
  readonly row: number;
  readonly place: number;
  readonly start: number;
  readonly end: number;
  readonly index: number;
  readonly timing: Timing;
  /** The event time of the pane. */
  readonly timeMs: number;
}

/**
 * What all windows of time have in common: rows and their states, what the host captures of them, and panes. The host
 * keeps a handle for each key, and packing it reads the rows; so a key is asked for before any of its rows changes, once
 * between two captures.
 */
export class TimeState<T> {
  readonly rows: WindowRows;
  readonly states: PaneStates<T, unknown>;
  readonly setting: PaneSetting;
  /** One pane a window, so nobody counts what panes have shown. */
  readonly hasOnePane: boolean;
  watermark: number = Number.NEGATIVE_INFINITY;
  /** Of windows that never end: the newest time of the records of a row, which is when its panes happen. */
  readonly latest: number[] = [];
  readonly #host: WindowHost;
  readonly #cells: CellTable<KeyHandle>;
  readonly #agenda: Agenda | undefined;
  /** Records in rows that only the store has. */
  #insideAway = 0;
  readonly #early = new RowHeap();
  readonly #earlyDue = new Map<number, number>();

  constructor(host: WindowHost, states: PaneStates<T, unknown>, setting: PaneSetting) {
    this.#host = host;
    this.states = states;
    this.setting = setting;
    this.hasOnePane = setting.early === undefined && setting.latenessMs === 0;
    this.rows = new WindowRows((rows) => states.grow(rows));
    this.#agenda = host.agenda({ name: 'windows agenda', totals: () => [this.rows.nextOrder, this.inside, this.states.place ?? 0] });
    this.#cells = host.cells<KeyHandle>({
      name: 'windows',
      mayBeStored: this.#agenda !== undefined,
      pack: ({ place, kept, queued }): PackedHandle => {
        const rows = kept ?? packRows(this, place);
        return queued === undefined ? rows : { rows, queued: [queued.at, queued.order] };
      },
      unpack: (plain) => handleOf(plain as PackedHandle),
      unpacksLate: true,
      sizeOf: ({ place }) => bytesOfRows(this, place, this.#host.bytesEach),
      released: ({ place }) => this.#release(place),
    });
  }

  /** What of each key is due first, where its rows lie on a disk: in memory are those that were touched lately. */
  storedDues(): StoredKeys | undefined {
    const agenda = this.#agenda;
    if (agenda === undefined) return undefined;
    const dues = new StoredDues<KeyHandle>(agenda, {
      stateOf: (keyId) => this.#handleOf(keyId + 1),
      dueOf: ({ place }) => dueOf(this, place),
    });
    return {
      load: (place) => this.touch(place),
      first: (upTo) => dues.first(upTo),
      put: (place) => {
        const handle = this.#cells.get(place - 1);
        if (handle === undefined) return;
        // Its size is asked for anew.
        this.#cells.set(place - 1, handle);
        dues.put(place - 1, dueOf(this, place), handle);
      },
    };
  }

  /** Records in all open windows, those of rows that only the store has too. */
  get inside(): number {
    return this.rows.inside + this.#insideAway;
  }

  get bytes(): number {
    return this.rows.count * (this.states.bytesPerRow + ROW_BYTES);
  }

  /** Rows of an earlier life, in the order in which they began; each is open when `restored` hears of it. */
  restore(restored: (row: number) => void): void {
    const known = this.#agenda?.restored;
    if (known !== undefined) {
      const [nextOrder, inside, place] = known as [number, number, number];
      if (this.states.place !== undefined) this.states.place = place;
      this.rows.goOnFrom(nextOrder);
      this.#insideAway = inside;
      return;
    }
    const kept: { readonly place: number; readonly row: KeptRow }[] = [];
    for (const id of [...this.#cells.ids()]) {
      const handle = this.#cells.get(id)!;
      for (const row of handle.kept ?? []) kept.push({ place: id + 1, row });
      handle.place = id + 1;
      handle.kept = undefined;
    }
    kept.sort((a, b) => a.row[2] - b.row[2] || a.place - b.place);
    for (const { place, row } of kept) restored(restoreRow(this, place, row));
  }

  /** Before anything of a key changes. Its mark says behind which capture it was asked for. */
  touch(place: number): void {
    const { captures } = this.#cells;
    if (this.rows.markOf(place) === captures) return;
    const handle = this.#cells.get(place - 1);
    this.rows.mark(place, captures);
    if (this.#agenda !== undefined && handle?.kept !== undefined) this.#takeUp(handle, place);
  }

  /** A row for a span that a key has none of; the key was touched. */
  open(place: number, start: number, end: number): number {
    if (this.rows.newest(place) < 0) this.#cells.set(place - 1, { place, kept: undefined, queued: undefined });
    const row = this.rows.open(place, start, end);
    this.states.open(row);
    if (end === Number.POSITIVE_INFINITY) this.latest[row] = Number.NEGATIVE_INFINITY;
    return row;
  }

  /** The record that was taken is one of this row; the key was touched. */
  add(row: number, timeMs: number): void {
    this.states.add(row);
    this.rows.addRecords(row, 1);
    if (this.rows.end[row] === Number.POSITIVE_INFINITY) this.latest[row] = Math.max(this.latest[row]!, timeMs);
    if (!this.hasOnePane) this.#mayShow(row);
  }

  /** The end of the window is behind the watermark. */
  fire(row: number): void {
    const { rows, setting } = this;
    this.touch(rows.place[row]!);
    rows.closed[row] = 1;
    if (!setting.discards || this.hasOnePane || rows.unshown[row]! > 0) this.show(row, 'onTime');
  }

  show(row: number, timing: Timing): void {
    const { rows } = this;
    const start = rows.start[row]!;
    const end = rows.end[row]!;
    const timeMs = end === Number.POSITIVE_INFINITY ? this.#endless(row, timing) : end - 1;
    this.#host.pane({ row, place: rows.place[row]!, start, end, index: rows.panes[row]!, timing, timeMs });
    if (this.hasOnePane) return;
    rows.panes[row] = rows.panes[row]! + 1;
    rows.unshown[row] = 0;
    this.#earlyDue.delete(row);
    if (this.setting.discards) this.states.open(row);
  }

  /** The window is forgotten. */
  close(row: number): void {
    const place = this.rows.place[row]!;
    this.touch(place);
    this.#earlyDue.delete(row);
    this.states.release(row);
    if (!this.rows.close(row)) this.#cells.delete(place - 1);
  }

  isOver(end: number): boolean {
    return end + this.setting.latenessMs <= this.watermark;
  }

  // Early panes by the clock

  get earlyAt(): number | undefined {
    for (;;) {
      const { first } = this.#early;
      if (first === undefined || this.#isDue(first.row, first.turn, first.due)) return first?.due;
      this.#early.take();
    }
  }

  /** What is due by the clock, by end, and by first record. */
  showEarly(nowMs: number): void {
    const due: number[] = [];
    for (let at = this.earlyAt; at !== undefined && at <= nowMs; at = this.earlyAt) {
      const { row } = this.#early.take();
      this.#earlyDue.delete(row);
      due.push(row);
    }
    for (const row of this.inOrder(due)) {
      this.touch(this.rows.place[row]!);
      this.show(row, 'early');
    }
  }

  /** A row begins to wait for its early pane, or takes over the wait of another. */
  waitEarly(row: number, dueMs?: number): void {
    const { early } = this.setting;
    if (early === undefined || 'records' in early) return;
    const due = Math.min(dueMs ?? this.#host.now() + early.ms, this.#earlyDue.get(row) ?? Number.POSITIVE_INFINITY);
    this.#earlyDue.set(row, due);
    this.#early.add({ due, row, turn: this.rows.turn[row]! });
  }

  earlyDueOf(row: number): number | undefined {
    return this.#earlyDue.get(row);
  }

  /** By end, then by first record. */
  inOrder(rows: number[]): number[] {
    const { end, order } = this.rows;
    return rows.sort((a, b) => (end[a] === end[b] ? order[a]! - order[b]! : end[a]! - end[b]!));
  }

  #isDue(row: number, turn: number, due: number): boolean {
    return this.rows.turn[row] === turn && this.#earlyDue.get(row) === due;
  }

  #mayShow(row: number): void {
    const { rows } = this;
    const { early } = this.setting;
    const unshown = rows.unshown[row]! + 1;
    rows.unshown[row] = unshown;
    if (rows.closed[row] === 1 || rows.end[row]! <= this.watermark) {
      rows.closed[row] = 1;
      this.show(row, 'late');
    } else if (early !== undefined) {
      if ('ms' in early) {
        if (!this.#earlyDue.has(row)) this.waitEarly(row);
      } else if (unshown >= early.records) this.show(row, 'early');
    }
  }

  /** A window that does not end has panes of the time of its newest record, and its last is not behind what was promised. */
  #endless(row: number, timing: Timing): number {
    const latest = this.latest[row]!;
    return timing === 'early' || this.#promised === Number.NEGATIVE_INFINITY ? latest : Math.max(latest, this.#promised);
  }

  /** The last watermark before that of the end. */
  #promised = Number.NEGATIVE_INFINITY;
  advance(watermark: number): void {
    this.watermark = watermark;
    if (watermark !== Number.POSITIVE_INFINITY) this.#promised = watermark;
  }

  // Where rows lie on a disk: a key that was asked for behind the last capture has its rows in memory.

  #handleOf(place: number): KeyHandle | undefined {
    this.touch(place);
    return this.#cells.get(place - 1);
  }

  /** The rows of a key come back. */
  #takeUp(handle: KeyHandle, place: number): void {
    const { kept } = handle;
    handle.place = place;
    handle.kept = undefined;
    for (const row of kept!.toReversed()) {
      restoreRow(this, place, row);
      this.#insideAway -= row[3];
    }
  }

  /** The rows of a key leave memory; the store has them. */
  #release(place: number): void {
    const { rows } = this;
    for (let row = rows.newest(place); row >= 0; row = rows.newest(place)) {
      this.#insideAway += rows.records[row]!;
      this.states.release(row);
      rows.close(row);
    }
  }
}
