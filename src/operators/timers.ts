import type { CellTable } from '../core/state.ts';
import type { StationHost } from '../core/station.ts';
import { type Queued, TimerQueue } from './timer-queue.ts';

/** A timer of one key that has been set and has not fired. */
export class PendingTimer implements Queued {
  readonly name: string;
  at: number;
  /** Counts up with each timer that is set: among timers of one time the one set first fires first. */
  order: number;
  /** The event time at which it was set, NaN where there was none. */
  setAt: number;
  /** Set when its time had come already: only `order` tells it from one that fired at that time before. */
  isLate: boolean;
  keyId: number = NO_KEY;
  isGone = false;
  /** How many timers in a row set each other while time stood still. */
  depth = 0;
  queuedAt = 0.5;
  queuedOrder = 0;

  constructor(name: string, { at, order, setAt, isLate }: Pick<PendingTimer, 'at' | 'order' | 'setAt' | 'isLate'>) {
    this.name = name;
    this.at = at;
    this.order = order;
    this.setAt = setAt;
    this.isLate = isLate;
  }
}

/** The timers of all keys of one operator by one kind of time: at most one of each name and key. */
export interface TimerTable {
  /** How many are set. */
  readonly count: number;
  /** Of these, the ones that are in memory whatever becomes of them. */
  readonly countInMemory: number;
  /** Once the table is filled: what a checkpoint has brought stands in line again. */
  load(): void;
  /** The order that the next timer gets: those below it were set before. */
  readonly next: number;
  of(keyId: number): readonly PendingTimer[];
  /** Sets it, or moves the one of that name. */
  set(keyId: number, name: string, setting: Setting): void;
  cancel(keyId: number, name: string): void;
  /** The one to fire next, if it is due. */
  first(nowMs: number): PendingTimer | undefined;
  /** When somebody should ask for the first again: it is not due before. */
  readonly firstAt: number | undefined;
  /** Takes the one that `first` has answered: it fires, or is dropped. */
  take(timer: PendingTimer): void;
}

/** How a timer is set. */
export interface Setting {
  readonly at: number;
  readonly setAt: number;
  readonly isLate: boolean;
  readonly depth: number;
}

/**
 * They lie by key in a table of the host, which captures them with the key's group, and by time in a queue, which is made
 * anew of the table after a restore. So a timer is where its key is, and nowhere else.
 */
export class KeyedTimers implements TimerTable {
  readonly #table: CellTable<PendingTimer[]>;
  readonly #queue = new TimerQueue<PendingTimer>();
  #isLoaded = false;
  #order = 0;
  #count = 0;

  constructor(host: Pick<StationHost, 'cells'>, cell: string) {
    this.#table = host.cells<PendingTimer[]>({
      name: cell,
      pack: packTimers,
      unpack: (plain) => unpackTimers(plain as PackedTimers),
      unpacksLate: true,
    });
  }

  get count(): number {
    return this.#count;
  }
  get countInMemory(): number {
    return this.#count;
  }

  load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    for (const keyId of this.#table.ids()) {
      for (const timer of this.#table.get(keyId)!) {
        timer.keyId = keyId;
        this.#order = Math.max(this.#order, timer.order + 1);
        this.#count++;
        this.#queue.add(timer);
      }
    }
  }

  get next(): number {
    return this.#order;
  }

  of(keyId: number): readonly PendingTimer[] {
    return this.#table.get(keyId) ?? NONE;
  }

  set(keyId: number, name: string, { at, setAt, isLate, depth }: Setting): void {
    const own = this.#table.get(keyId);
    let timer = own?.find((one) => one.name === name);
    const order = this.#order++;
    if (timer === undefined) {
      timer = new PendingTimer(name, { at, order, setAt, isLate });
      timer.keyId = keyId;
      this.#count++;
      if (own === undefined) this.#table.set(keyId, [timer]);
      else own.push(timer);
      timer.depth = depth;
      this.#queue.add(timer);
      return;
    }
    Object.assign(timer, { at, order, setAt, isLate, depth });
    this.#queue.moved(timer);
  }

  cancel(keyId: number, name: string): void {
    const timer = this.#table.get(keyId)?.find((one) => one.name === name);
    if (timer === undefined) return;
    this.#remove(timer);
    this.#queue.cancelled();
  }

  first(nowMs: number): PendingTimer | undefined {
    const timer = this.#queue.first();
    return timer !== undefined && timer.at <= nowMs ? timer : undefined;
  }

  get firstAt(): number | undefined {
    return this.#queue.first()?.at;
  }

  take(timer: PendingTimer): void {
    this.#queue.shift();
    this.#remove(timer);
  }

  #remove(timer: PendingTimer): void {
    const { keyId } = timer;
    const own = this.#table.get(keyId)!;
    timer.isGone = true;
    this.#count--;
    if (own.length === 1) this.#table.delete(keyId);
    else own.splice(own.indexOf(timer), 1);
  }
}

/** Name, time, order, when it was set, whether late: five a timer. */
export type PackedTimers = readonly (string | number | boolean)[];

export function packTimers(timers: readonly PendingTimer[]): PackedTimers {
  return timers.flatMap(({ name, at, order, setAt, isLate }) => [name, at, order, setAt, isLate]);
}

export function unpackTimers(packed: PackedTimers): PendingTimer[] {
  const timers: PendingTimer[] = [];
  for (let i = 0; i < packed.length; i += 5) {
    const [name, at, order, setAt, isLate] = packed.slice(i, i + 5) as [string, number, number, number, boolean];
    timers.push(new PendingTimer(name, { at, order, setAt, isLate }));
  }
  return timers;
}

const NO_KEY = -2;
const NONE: readonly PendingTimer[] = [];
