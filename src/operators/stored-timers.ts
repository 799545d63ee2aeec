import type { Agenda, AgendaSpec, Moment } from '../core/agenda.ts';
import type { CellTable } from '../core/state.ts';
import type { StationHost } from '../core/station.ts';
import { type Marked, StoredDues } from '../base/stored-dues.ts';
import { KeyedTimers, type PackedTimers, packTimers, PendingTimer, type Setting, type TimerTable, unpackTimers } from './timers.ts';

/** Timers of one kind of time, where the host keeps state. */
export function timersOf(host: Pick<StationHost, 'cells' | 'agenda'>, cell: string): TimerTable {
  let timers: StoredTimers | undefined;
  const totals = (): readonly number[] => timers!.totals;
  const agenda = host.agenda?.({ name: `${cell} agenda`, totals } satisfies AgendaSpec);
  if (agenda === undefined) return new KeyedTimers(host, cell);
  return (timers = new StoredTimers(host, cell, agenda));
}

/** The timers of one key, and which moment of it stands in the agenda. */
interface KeyTimers extends Marked {
  readonly timers: PendingTimer[];
}

/** The same where state lies on a disk: of each key the first of its timers stands in an agenda. */
class StoredTimers implements TimerTable {
  readonly countInMemory = 0;
  readonly #table: CellTable<KeyTimers>;
  readonly #agenda: Agenda;
  readonly #dues: StoredDues<KeyTimers>;
  #isLoaded = false;
  #order = 0;
  #count = 0;

  constructor(host: Pick<StationHost, 'cells'>, cell: string, agenda: Agenda) {
    this.#agenda = agenda;
    this.#table = host.cells<KeyTimers>({
      name: cell,
      mayBeStored: true,
      pack,
      unpack: (plain) => unpack(plain as PackedTimers),
      unpacksLate: true,
      sizeOf: ({ timers }) => timers.length * TIMER_BYTES,
    });
    this.#dues = new StoredDues(agenda, { stateOf: (keyId) => this.#table.get(keyId), dueOf: ({ timers }) => firstOf(timers) });
  }

  get count(): number {
    return this.#count;
  }
  get next(): number {
    return this.#order;
  }
  get totals(): readonly number[] {
    return [this.#order, this.#count];
  }

  /** What was kept in memory so far is gone through once. */
  load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    const { restored } = this.#agenda;
    if (restored !== undefined) {
      [this.#order, this.#count] = restored as [number, number];
      return;
    }
    for (const keyId of [...this.#table.ids()]) {
      const own = this.#table.get(keyId)!;
      for (const { order } of own.timers) this.#order = Math.max(this.#order, order + 1);
      this.#count += own.timers.length;
      this.#dues.put(keyId, firstOf(own.timers), own);
    }
  }

  of(keyId: number): readonly PendingTimer[] {
    return this.#table.get(keyId)?.timers ?? NONE;
  }

  set(keyId: number, name: string, { at, setAt, isLate, depth }: Setting): void {
    const known = this.#table.get(keyId);
    const own: KeyTimers = known ?? { timers: [], queued: undefined };
    const order = this.#order++;
    const timer = own.timers.find((one) => one.name === name);
    if (timer === undefined) {
      const fresh = new PendingTimer(name, { at, order, setAt, isLate });
      fresh.depth = depth;
      own.timers.push(fresh);
      this.#count++;
    } else Object.assign(timer, { at, order, setAt, isLate, depth });
    this.#table.set(keyId, own);
    this.#dues.put(keyId, firstOf(own.timers), own);
  }

  cancel(keyId: number, name: string): void {
    const timer = this.of(keyId).find((one) => one.name === name);
    if (timer !== undefined) this.#remove(keyId, timer);
  }

  first(nowMs: number): PendingTimer | undefined {
    const due = this.#dues.first(nowMs);
    if (due === undefined) return undefined;
    const timer = firstOf(this.#table.get(due.keyId)!.timers)!;
    timer.keyId = due.keyId;
    return timer;
  }

  get firstAt(): number | undefined {
    return this.#dues.firstAt;
  }

  take(timer: PendingTimer): void {
    this.#remove(timer.keyId, timer);
  }

  #remove(keyId: number, timer: PendingTimer): void {
    const own = this.#table.get(keyId)!;
    const { timers } = own;
    timers.splice(timers.indexOf(timer), 1);
    this.#count--;
    if (timers.length === 0) this.#table.delete(keyId);
    else this.#dues.put(keyId, firstOf(timers), own);
  }
}

function firstOf(timers: readonly PendingTimer[]): PendingTimer | undefined {
  let first: PendingTimer | undefined;
  for (const timer of timers)
    if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
  return first;
}

/** In front of what is kept in memory the moment that stands in the agenda, so the two can be told apart by their first. */
function pack({ timers, queued }: KeyTimers): PackedTimers {
  const moment: Moment = queued ?? NO_MOMENT;
  return [moment.at, moment.order, ...packTimers(timers)];
}

function unpack(packed: PackedTimers): KeyTimers {
  if (typeof packed[0] !== 'number') return { timers: unpackTimers(packed), queued: undefined };
  const [at, order] = packed as readonly [number, number];
  return { timers: unpackTimers(packed.slice(2)), queued: order === NO_MOMENT.order ? undefined : { at, order } };
}

const NO_MOMENT: Moment = { at: 0, order: -1 };
const NONE: readonly PendingTimer[] = [];
/** What a timer takes in memory, about. */
const TIMER_BYTES = 200;
