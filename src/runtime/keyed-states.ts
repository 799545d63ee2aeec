import { takesBytes } from '../base/key-table.ts';
import type { KeyTable } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import type { Capture, CellsSpec, CellTable, SectionWriter } from '../core/state.ts';
import type { Clock } from '../core/world.ts';
import { CellBytes, type CellsPiece } from './cell-bytes.ts';
import { type Marked, stateAt, writeStates } from './state-writing.ts';
import { Touches } from './touches.ts';
import { WaitingStates } from './waiting-states.ts';
import type { WrittenTable } from './written-parts.ts';

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
 * What a checkpoint brings waits as bytes until somebody asks for it, where nothing can be wrong with it by then: numbers
 * are read at once, other states stay where the checkpoint has them, and a capture copies those bytes.
 */
export class KeyedStates<S> implements CellTable<S> {
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
  /** The epoch in which a state was taken away, for as long as the checkpoint may have it. */
  readonly #gone = new Map<number, number>();
  #written: WrittenTable | undefined;
  readonly #touches: Touches | undefined;
  #end = 0;
  #count = 0;
  readonly #marks: Marked<S>[] = [];
  #waiting: WaitingStates | undefined;
  #spare: { readonly numbers: Float64Array; readonly stamps: Uint16Array } | undefined;

  constructor(spec: CellsSpec<S>, table: KeyTable | undefined, clock?: Pick<Clock, 'now'>) {
    this.#bytes = new CellBytes(spec);
    this.#table = table;
    if (spec.keepMs === undefined) return;
    assert(clock !== undefined, 'who forgets by the clock has one');
    this.#touches = new Touches(spec.keepMs, clock);
  }

  get count(): number {
    return this.#count;
  }

  get(keyId: number): S | undefined {
    const at = keyId + 1;
    if (this.#touches !== undefined && !this.#touch(at)) return undefined;
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
    this.#put(at, state);
    if (this.#touches === undefined) return;
    this.#touches.set(at);
    for (const old of this.#touches.sweep(SWEPT_AT_ONCE, this.#end)) this.#take(old);
  }

  delete(keyId: number): void {
    this.#take(keyId + 1);
  }

  *ids(): Iterable<number> {
    for (let at = 0; at < this.#end; at++) if (this.#stamps[at]! > 0 && this.#touches?.isOver(at) !== true) yield at - 1;
  }

  capture(operator: string): Capture {
    // In steps that end: what is over and still there is left out of what is written.
    for (const old of this.#touches?.sweep(SWEPT_BY_CAPTURE, this.#end) ?? []) this.#take(old);
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
      if (marked.numbers !== undefined) this.#spare = { numbers: marked.numbers, stamps: marked.stamps };
    };
    return {
      drop,
      write: async (to) => {
        try {
          const written = await this.#write(operator, marked, era, to);
          if (!isDropped) this.#haveWritten(to.same === undefined || era !== this.#era ? undefined : written);
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
    if (takesBytes(table) && this.#bytes.mayWait(piece)) {
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
    if (this.#stamps[at] === 0) this.#added(at);
    this.#stamps[at] = this.#epoch;
  }

  #take(at: number): void {
    if (!(this.#stamps[at]! > 0)) return;
    this.#count--;
    if (this.#numbers === undefined) {
      if (this.#marks.length > 0) this.#encodeMarked(at);
      this.#states[at] = undefined;
      this.#awake(at);
    }
    this.#stamps[at] = 0;
    // Before the first capture nobody can have written it.
    if (this.#epoch > 1 || this.#era > 0) this.#gone.set(at, this.#epoch);
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
      gone: new Map(this.#gone),
      encoded: [],
      waiting,
      ...(this.#touches?.captured(this.#end) ?? UNTOUCHED),
    };
    const marked: Marked<S> =
      this.#numbers === undefined
        ? { ...same, states: this.#states.slice(), numbers: undefined, stamps: this.#stamps.slice(0, this.#end) }
        : { ...same, states: undefined, ...this.#copyOf(this.#numbers) };
    if (this.#epoch > LAST_EPOCH) this.#beginEra();
    return marked;
  }

  /** Into the memory of the capture before, where that is done with: fresh memory costs twice as much as the copying. */
  #copyOf(numbers: Float64Array): { readonly numbers: Float64Array; readonly stamps: Uint16Array } {
    const end = this.#end;
    let into = this.#spare;
    this.#spare = undefined;
    if (into === undefined || into.stamps.length < end) {
      const room = Math.max(end, Math.min(this.#stamps.length, end * 2));
      into = { numbers: new Float64Array(room), stamps: new Uint16Array(room) };
    }
    into.numbers.set(numbers.subarray(0, end));
    into.stamps.set(this.#stamps.subarray(0, end));
    return into;
  }

  async #write(operator: string, marked: Marked<S>, era: number, to: SectionWriter): Promise<WrittenTable> {
    const written = this.#written;
    // One that a newer capture was written in front of holds less than the checkpoint before.
    const before =
      to.same !== undefined && era === this.#era && written !== undefined && written.epoch < marked.epoch ? written : undefined;
    return await writeStates({ operator, bytes: this.#bytes, table: this.#table, marked, before }, to);
  }

  #haveWritten(written: WrittenTable | undefined): void {
    this.#written = written;
    for (const [at, epoch] of this.#gone) {
      const base = at === 0 ? undefined : written?.groups.get(this.#table!.groupAt(at - 1))?.[0];
      // No part that counts can have it: the capture that comes next need not say that it is gone.
      if (written === undefined || (epoch <= written.epoch && (base === undefined || epoch <= base.epoch))) this.#gone.delete(at);
    }
  }

  /** All epochs are used up: the next capture is written whole, and from there on they are counted anew. */
  #beginEra(): void {
    this.#era++;
    this.#epoch = 2;
    this.#written = undefined;
    this.#gone.clear();
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

  #added(at: number): void {
    this.#count++;
    if (at >= this.#end) this.#end = at + 1;
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

export interface RestoreOptions {
  /** False where it is the one state of records without a key. */
  readonly hasKeys?: boolean;
  readonly version?: number | undefined;
  /** Of all keys in it, where that is known: it need not be computed again. */
  readonly group?: number | undefined;
}

const FIRST = 64;
const LAST_EPOCH = 65_535;
const UNTOUCHED = { touched: undefined, forgetsMs: Number.NEGATIVE_INFINITY } as const;
/** How many states are looked at for whether their time is over, with each that is set, and by a capture. */
const SWEPT_AT_ONCE = 4;
const SWEPT_BY_CAPTURE = 1 << 16;
