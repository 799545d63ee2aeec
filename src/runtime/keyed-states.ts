import { takesBytes } from '../base/key-table.ts';
import type { KeyTable } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import type { Capture, CellsSpec, CellTable } from '../core/state.ts';
import type { Clock } from '../core/world.ts';
import { CellBytes, type CellsPiece } from './cell-bytes.ts';
import { NumberCopies } from './number-copies.ts';
import { SleepingStates } from './sleeping-states.ts';
import type { RestoreOptions } from './restore-options.ts';
import { type Marked, stateAt, writeStates } from './state-writing.ts';
import { Touches } from './touches.ts';
import { WaitingStates } from './waiting-states.ts';
import { WrittenStates } from './written-states.ts';

/**
 * States by key number. As long as all of them are numbers they lie in a typed array, which a barrier copies in a
 * tenth of a millisecond for 100,000 keys. Other states are marked: the barrier copies the references, and a state is
 * encoded before anybody touches it again, or when the capture is written, whichever comes first. So the pause is the
 * copying of an array, and what is written is what the barrier saw, although states are changed in place.
 *
 * Each barrier ends an epoch, and a state carries the epoch in which it was touched last. So a capture knows what has
 * changed since any earlier one, whether that was written or dropped. A state that is an object counts as touched when
 * somebody got it.
 *
 * What a checkpoint brings sleeps as bytes, group by group, until somebody asks for a key, where nothing can be wrong with
 * it by then; a capture copies the bytes of what sleeps. Where times are kept, and when all numbers of keys are asked for,
 * the keys are entered, and states that are no numbers wait as bytes each by itself.
 */
export class KeyedStates<S> implements CellTable<S> {
  captures = 0;
  readonly #bytes: CellBytes<S>;
  readonly #table: KeyTable | undefined;
  /** At `keyId + 1`; the first is the state of records without a key. */
  #states: (S | undefined)[] = [];
  /** In place of `#states` while there were only numbers. */
  #numbers: Float64Array | undefined = new Float64Array(FIRST);
  /** The epoch of the last touch, 0 where there is no state. */
  #stamps: Uint16Array = new Uint16Array(FIRST);
  #epoch = 1;
  /** How often epochs began anew. */
  #era = 0;
  readonly #written = new WrittenStates();
  readonly #touches: Touches | undefined;
  #end = 0;
  #count = 0;
  readonly #marks: Marked<S>[] = [];
  #waiting: WaitingStates | undefined;
  #sleeping: SleepingStates | undefined;
  readonly #copies = new NumberCopies();

  constructor(spec: CellsSpec<S>, table: KeyTable | undefined, clock?: Pick<Clock, 'now'>) {
    this.#bytes = new CellBytes(spec);
    this.#table = table;
    if (spec.keepMs === undefined) return;
    assert(clock !== undefined, 'who forgets by the clock has one');
    this.#touches = new Touches(spec.keepMs, clock);
  }

  get count(): number {
    return this.#count + (this.#sleeping?.count ?? 0);
  }

  get(keyId: number): S | undefined {
    const at = keyId + 1;
    if (this.#touches !== undefined && !this.#touch(at)) return undefined;
    if (this.#sleeping !== undefined && !(this.#stamps[at]! > 0)) this.#wake(at, this.#sleeping);
    if (this.#numbers !== undefined) return this.#stamps[at]! > 0 ? (this.#numbers[at] as S) : undefined;
    if (this.#marks.length > 0) this.#encodeMarked(at);
    let state = this.#states[at];
    if (state === undefined && this.#waiting !== undefined) state = this.#waited(at);
    // It may be changed in place.
    if (typeof state === 'object') this.#stamps[at] = this.#epoch;
    return state;
  }

  set(keyId: number, state: S): void {
    const at = keyId + 1;
    if (this.#sleeping !== undefined && !(this.#stamps[at]! > 0)) this.#sleeping.replace(keyId, this.#epoch, this.#count);
    this.#put(at, state);
    if (this.#touches === undefined) return;
    this.#touches.set(at);
    for (const old of this.#touches.sweep(SWEPT_AT_ONCE, this.#end)) this.#take(old);
  }

  delete(keyId: number): void {
    this.#take(keyId + 1);
  }

  *ids(): Iterable<number> {
    this.#wakeAll();
    for (let at = 0; at < this.#end; at++) if (this.#stamps[at]! > 0 && this.#touches?.isOver(at) !== true) yield at - 1;
  }

  capture(operator: string): Capture {
    // In steps that end: what is over and still there is left out of what is written.
    for (const old of this.#touches?.sweep(SWEPT_BY_CAPTURE, this.#end) ?? []) this.#take(old);
    // Epochs are counted anew behind this barrier, and what sleeps knows only these.
    if (this.#epoch === LAST_EPOCH) this.#wakeAll();
    this.captures++;
    const era = this.#era;
    const marked = this.#marked();
    if (marked.states !== undefined) this.#marks.push(marked);
    let isDropped = false;
    const drop = (): void => {
      // Once: afterwards the memory may be another capture's.
      if (isDropped) return;
      isDropped = true;
      const at = this.#marks.indexOf(marked);
      if (at >= 0) this.#marks.splice(at, 1);
      if (marked.numbers !== undefined) this.#copies.done({ numbers: marked.numbers, stamps: marked.stamps });
    };
    return {
      drop,
      write: async (to) => {
        try {
          const before = to.same === undefined || era !== this.#era ? undefined : this.#written.before(marked.epoch);
          const of = { operator, bytes: this.#bytes, table: this.#table, marked, before, isFirst: !this.#written.hasAny };
          const written = await writeStates(of, to);
          if (!isDropped) this.#written.now(to.same === undefined || era !== this.#era ? undefined : written, this.#table);
        } finally {
          drop();
        }
      },
    };
  }

  restore(codec: string, bytes: Uint8Array, { hasKeys = true, version, group }: RestoreOptions = {}): void {
    const piece: CellsPiece = { codec, bytes, version };
    if (!hasKeys) {
      const { state, touchedMs } = this.#bytes.readOne(piece);
      this.#restoreOne(0, state, touchedMs);
      return;
    }
    const table = this.#table;
    assert(table !== undefined, 'state by key is restored where there are keys');
    const mayWait = this.#bytes.mayWait(piece);
    if (mayWait && group !== undefined && this.#sleep(group, piece)) return;
    // The sections in front of this one come first.
    this.#wakeAll();
    if (mayWait && takesBytes(table)) {
      let isFirst = true;
      this.#bytes.eachPlace(piece, ({ entry, key, keyEnd, end, isGone, touchedMs, number }) => {
        // About as many as there would be if all were as long as the first.
        if (isFirst && group !== undefined) table.expect(Math.ceil(bytes.length / (end - entry)), group);
        isFirst = false;
        const at = table.enter(bytes, key, keyEnd, group) + 1;
        if (isGone) this.#take(at);
        else if (number === undefined) this.#restoreWaiting(at, bytes, entry, touchedMs);
        else this.#restoreOne(at, number as S, touchedMs);
      });
      return;
    }
    for (const { key, state, touchedMs } of this.#bytes.entries(piece)) {
      const at = table.idOf(key, group) + 1;
      if (state === undefined) this.#take(at);
      else this.#restoreOne(at, state, touchedMs);
    }
  }

  /** False where it must not: touches are told by number, what is awake is older, and a group that is none is told at once. */
  #sleep(group: number, piece: CellsPiece): boolean {
    const table = this.#table!;
    if (this.#touches !== undefined || this.#end > 1 || !takesBytes(table) || !table.hasGroup(group)) return false;
    this.#sleeping ??= new SleepingStates(this.#bytes as CellBytes<unknown>, table);
    return this.#sleeping.add(group, piece);
  }

  #wake(at: number, sleeping: SleepingStates): void {
    const found = sleeping.take(at - 1, this.#epoch);
    if (found === undefined) return;
    this.#put(at, this.#bytes.waited(found.bytes, found.entry));
    // As the checkpoint has it. What is an object gets the epoch of whoever asks.
    this.#stamps[at] = 1;
  }

  #wakeAll(): void {
    for (const [keyId, { bytes, entry }] of this.#sleeping?.takeAll(this.#epoch) ?? []) {
      const number = this.#bytes.numberIn(bytes, entry);
      if (number === undefined) this.#restoreWaiting(keyId + 1, bytes, entry, undefined);
      else this.#put(keyId + 1, number as S);
      this.#stamps[keyId + 1] = 1;
    }
  }

  #restoreOne(at: number, state: S, touchedMs: number | undefined): void {
    this.#put(at, state);
    this.#touches?.set(at, touchedMs);
    if (this.#touches?.isOver(at) === true) this.#take(at);
  }

  #restoreWaiting(at: number, bytes: Uint8Array, entry: number, touchedMs: number | undefined): void {
    this.#restoreOne(at, undefined as S, touchedMs);
    if (this.#stamps[at]! > 0) (this.#waiting ??= new WaitingStates()).add(at, bytes, entry);
  }

  /** The state that waited, which it does no longer. */
  #waited(at: number): S | undefined {
    const waiting = this.#waiting;
    if (waiting?.has(at) !== true) return undefined;
    const state = this.#bytes.waited(waiting.bytesOf(at), waiting.placeOf(at));
    this.#states[at] = state;
    this.#awake(at);
    return state;
  }

  #awake(at: number): void {
    if (this.#waiting === undefined) return;
    this.#waiting.remove(at);
    if (this.#waiting.count === 0) this.#waiting = undefined;
  }

  #put(at: number, state: S): void {
    if (at >= this.#stamps.length) this.#grow(at);
    if (this.#numbers !== undefined && typeof state !== 'number') this.#leaveNumbers();
    if (this.#numbers !== undefined) this.#numbers[at] = state as number;
    else {
      if (this.#marks.length > 0) this.#encodeMarked(at);
      while (this.#states.length <= at) this.#states.push(undefined);
      this.#states[at] = state;
      this.#awake(at);
    }
    if (this.#stamps[at] === 0) this.#count++;
    if (at >= this.#end) this.#end = at + 1;
    this.#stamps[at] = this.#epoch;
  }

  #take(at: number): void {
    if (!(this.#stamps[at]! > 0)) {
      if (this.#sleeping?.take(at - 1, this.#epoch) !== undefined) this.#written.gone.set(at, this.#epoch);
      return;
    }
    this.#count--;
    if (this.#numbers === undefined) {
      if (this.#marks.length > 0) this.#encodeMarked(at);
      this.#states[at] = undefined;
      this.#awake(at);
    }
    this.#stamps[at] = 0;
    // Before the first capture nobody can have written it.
    if (this.#epoch > 1 || this.#era > 0 || this.#sleeping !== undefined) this.#written.gone.set(at, this.#epoch);
  }

  /** False where there is nothing, or nothing any more. Being asked for is a touch, and the time of it is state. */
  #touch(at: number): boolean {
    if (!(this.#stamps[at]! > 0)) return false;
    if (this.#touches!.isOver(at)) {
      this.#take(at);
      return false;
    }
    if (this.#marks.length > 0) this.#encodeMarked(at);
    this.#touches!.set(at);
    this.#stamps[at] = this.#epoch;
    return true;
  }

  #marked(): Marked<S> {
    const epoch = this.#epoch++;
    const waiting = this.#waiting?.captured(this.#end);
    const same = {
      epoch,
      end: this.#end,
      gone: new Map(this.#written.gone),
      encoded: [],
      waiting,
      sleeping: this.#sleeping?.captured(),
      ...(this.#touches?.captured(this.#end) ?? UNTOUCHED),
    };
    const marked: Marked<S> =
      this.#numbers === undefined
        ? { ...same, states: this.#states.slice(), numbers: undefined, stamps: this.#stamps.slice(0, this.#end) }
        : { ...same, states: undefined, ...this.#copies.copyOf({ numbers: this.#numbers, stamps: this.#stamps }, this.#end) };
    if (this.#epoch > LAST_EPOCH) this.#beginEra();
    return marked;
  }

  /** All epochs are used up: the next capture is written whole, and from there on they are counted anew. */
  #beginEra(): void {
    this.#era++;
    this.#epoch = 2;
    this.#written.beginAnew();
    for (let at = 0; at < this.#end; at++) if (this.#stamps[at]! > 0) this.#stamps[at] = 1;
  }

  #encodeMarked(at: number): void {
    for (const marked of this.#marks) {
      const state = marked.states![at];
      if (marked.encoded[at] !== undefined || typeof state !== 'object' || stateAt(marked, at) === undefined) continue;
      const touchedMs = marked.touched?.[at] ?? 0;
      marked.encoded[at] =
        at === 0 ? this.#bytes.one(state, touchedMs) : this.#bytes.entryBytes({ keys: this.#table!, id: at - 1 }, state, touchedMs);
    }
  }

  #grow(at: number): void {
    const length = Math.max(at + 1, this.#stamps.length * 2);
    const stamps = new Uint16Array(length);
    stamps.set(this.#stamps);
    this.#stamps = stamps;
    if (this.#numbers === undefined) return;
    const numbers = new Float64Array(length);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }

  /** A state that is no number: from here on they lie in a plain array. */
  #leaveNumbers(): void {
    const numbers = this.#numbers!;
    this.#states = Array.from({ length: this.#end }, (_, at) => (this.#stamps[at]! > 0 ? (numbers[at] as S) : undefined));
    this.#numbers = undefined;
  }
}

const FIRST = 64;
const LAST_EPOCH = 65_535;
const UNTOUCHED = { touched: undefined, forgetsMs: Number.NEGATIVE_INFINITY } as const;
/** How many states are looked at for whether their time is over, with each that is set, and by a capture. */
const SWEPT_AT_ONCE = 4;
const SWEPT_BY_CAPTURE = 1 << 16;
