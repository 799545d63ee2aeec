import type { Marked } from '../base/stored-dues.ts';
import type { DueKey, Moment } from '../core/agenda.ts';
import type { TimeState } from './time-state.ts';

/** What the host keeps for a key: its number while it runs, and what was kept of its rows until that is asked for. */
export interface KeyHandle extends Marked {
  place: number;
  kept: readonly KeptRow[] | undefined;
}

/** With the moment that stands in the agenda, where there is one. */
export type PackedHandle = readonly KeptRow[] | { readonly rows: readonly KeptRow[]; readonly queued: readonly [number, number] };

/** A row as it is captured. Part of the format; what is added comes behind. */
export type KeptRow = readonly [
  start: number,
  end: number,
  order: number,
  records: number,
  unshown: number,
  panes: number,
  closed: number,
  /** Of what never ends, else 0. */
  latest: number,
  state: unknown,
];

/** Keys whose rows lie on a disk, by what of them is due. */
export interface StoredKeys {
  /** Before anything of a key is looked at. */
  load(place: number): void;
  /** The key of which something is due that is not behind `upTo`; it is loaded. */
  first(upTo: number): DueKey | undefined;
  /** Something of a key has changed. */
  put(place: number): void;
}

/** What was captured, until its rows are taken up. */
export function handleOf(packed: PackedHandle): KeyHandle {
  if (!('queued' in packed)) return { place: -1, kept: packed, queued: undefined };
  const [at, order] = packed.queued;
  return { place: -1, kept: packed.rows, queued: { at, order } };
}

/** The rows of a key, as they are captured. */
export function packRows({ rows, states, latest }: TimeState<never>, place: number): readonly KeptRow[] {
  const kept: KeptRow[] = [];
  for (let row = rows.newest(place); row >= 0; row = rows.olderThan(row)) {
    const newest = rows.end[row] === Number.POSITIVE_INFINITY ? latest[row]! : 0;
    const { start, end, order, records, unshown, panes, closed } = rows;
    const own = [start[row]!, end[row]!, order[row]!, records[row]!, unshown[row]!, panes[row]!, closed[row]!, newest] as const;
    kept.push([...own, states.pack(row)]);
  }
  return kept;
}

/** A row of a key again, from what it was packed to. */
export function restoreRow(
  state: TimeState<never>,
  place: number,
  [start, end, order, records, unshown, panes, closed, latest, packed]: KeptRow,
): number {
  const { rows, states } = state;
  const row = rows.open(place, start, end);
  states.open(row);
  states.unpack(row, packed);
  rows.reopen(row, { order, records });
  rows.unshown[row] = unshown;
  rows.panes[row] = panes;
  rows.closed[row] = closed;
  if (end === Number.POSITIVE_INFINITY) state.latest[row] = latest;
  if (unshown > 0 && closed === 0) state.waitEarly(row);
  return row;
}

/** What the rows of a key take in memory, about. */
export function bytesOfRows({ rows, states }: TimeState<never>, place: number, bytesEach: number): number {
  let bytes = 0;
  for (let row = rows.newest(place); row >= 0; row = rows.olderThan(row)) {
    bytes += states.bytesPerRow + ROW_BYTES;
    if (states.keepsRecords) bytes += rows.records[row]! * bytesEach;
  }
  return bytes;
}

/** The first of the rows of a key that is over, or whose lateness is. */
export function dueOf({ rows, setting }: TimeState<never>, place: number): Moment | undefined {
  const { end, closed, order } = rows;
  let due: { at: number; order: number } | undefined;
  for (let row = rows.newest(place); row >= 0; row = rows.olderThan(row)) {
    const at = end[row]! + (closed[row] === 1 ? setting.latenessMs : 0);
    if (due === undefined || at < due.at || (at === due.at && order[row]! < due.order)) due = { at, order: order[row]! };
  }
  return due;
}

export const ROW_BYTES = 64;
