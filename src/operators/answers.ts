import { Chunk, type Lineage, type Origin } from '../core/chunk.ts';
import type { StationHost } from '../core/station.ts';
import { ChunkMixer, sliceLineage } from './chunk-mixer.ts';
import { Entrants } from './entrants.ts';
import { Marks } from './marks.ts';
import { pendingOf, type Rest, type Waiting } from './pending.ts';

/**
 * `input`: as the records came. `key`: as they came within a key, free between keys; without keys the same as `input`.
 * `completion`: as they are done.
 */
export type Order = 'input' | 'key' | 'completion';

const PENDING = 0;
const ANSWERED = 1;
const FAILED = 2;
const REFUSED = 3;

/**
 * Where records wait for their answers, and answers for their turn. Each record has a slot; slots whose place in the
 * output is decided stand in `line`. That is all that `order` decides: when a slot joins the line. With `input` it
 * joins on arrival, with `completion` when it has its answer, with `key` when it is also the first of its key.
 *
 * Everything is bounded by the number of slots: with `input`, a slow record lets that many later answers pile up
 * behind it, then nothing is started any more.
 */
export class Answers<U> {
  readonly marks: Marks = new Marks();
  /** A refused record stopped the run: what stands before it still leaves, nothing else does. */
  isCut = false;
  readonly #host: StationHost<U>;
  readonly #order: Order;
  readonly #isInput: boolean;
  readonly #slots: number;
  readonly #mixer: ChunkMixer<U>;

  readonly #states: Uint8Array;
  /** The answer, or the error. */
  readonly #results: unknown[];
  /** The number of its chunk, and its own place in that. */
  readonly #entrantOf: Int32Array;
  readonly #indexes: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;

  readonly #entrants = new Entrants();

  /** A ring. With `input`, slots are given round and round, so each stands at its own place for ever. */
  readonly #line: Int32Array;
  readonly #mask: number;
  #head = 0;
  #tail = 0;

  // Of `key`: the slots of one key as a chain, and the last of each chain.
  readonly #nexts: Int32Array;
  readonly #keyIds: Int32Array;
  readonly #isFirst: Uint8Array;
  readonly #lasts = new Map<number, number>();

  constructor(host: StationHost<U>, order: Order, slots: number) {
    this.#host = host;
    this.#order = order;
    this.#isInput = order === 'input';
    this.#slots = slots;
    this.#mixer = new ChunkMixer<U>(host.chunkLimit);
    const ring = 2 ** Math.ceil(Math.log2(slots));
    this.#states = new Uint8Array(ring);
    this.#results = new Array<unknown>(ring).fill(undefined);
    this.#entrantOf = new Int32Array(ring);
    this.#indexes = new Int32Array(ring);
    this.#free = new Int32Array(slots).map((_, i) => slots - 1 - i);
    this.#freeCount = slots;
    this.#line = new Int32Array(ring).map((_, i) => i);
    this.#mask = ring - 1;
    const chained = order === 'key' ? slots : 0;
    this.#nexts = new Int32Array(chained);
    this.#keyIds = new Int32Array(chained);
    this.#isFirst = new Uint8Array(chained);
  }

  /** Records that have a slot. */
  get pending(): number {
    return this.#slots - this.#freeCount;
  }

  get hasRoom(): boolean {
    return this.#freeCount > 0;
  }

  get isEmpty(): boolean {
    return this.#freeCount === this.#slots && this.marks.isEmpty;
  }

  /** A chunk begins, whose records will be admitted. Answers the epoch they are in. */
  receive(chunk: Chunk): number {
    this.#entrants.begin();
    return this.marks.receive(chunk);
  }

  /** Records without an emitted answer, as `Station.pending` wants them. Once a run is cut nobody asks. */
  copy<T>(rest: Rest | undefined): readonly Chunk<T>[] {
    return pendingOf(this.marks, this.#inside(), rest);
  }

  /** Gives a record a slot. */
  admit(chunk: Chunk, index: number, epoch: number): number {
    this.#freeCount--;
    const slot = this.#isInput ? this.#tail++ & this.#mask : this.#free[this.#freeCount]!;
    this.#states[slot] = PENDING;
    this.#entrantOf[slot] = this.#entrants.enter(chunk, epoch);
    this.#indexes[slot] = index;
    if (this.#order === 'key') this.#chain(slot, this.#mixer.table.idAt(chunk, index));
    return slot;
  }

  chunkOf(slot: number): Chunk {
    return this.#entrants.chunkAt(this.#entrantOf[slot]!);
  }
  indexOf(slot: number): number {
    return this.#indexes[slot]!;
  }

  answer(slot: number, value: U): void {
    this.#results[slot] = value;
    this.#settle(slot, ANSWERED);
  }

  fail(slot: number, error: unknown): void {
    this.#results[slot] = error;
    this.#settle(slot, FAILED);
  }

  /** Emits what may leave. In the call of the host only. */
  flush(): void {
    const host = this.#host;
    while (host.canEmit) {
      const upTo = this.#settledUpTo();
      const slice = this.#sliceTo(upTo);
      const end = slice === undefined ? this.#collect(upTo) : upTo;
      // The way down was closed by a dead letter: nothing was taken out of the line, so this goes on later.
      if (end < 0) return;
      const moved = end - this.#head;
      this.#takeOut(end);
      const control = this.isCut ? undefined : this.marks.due();
      if (slice !== undefined) host.emit(new Chunk(slice.values, slice.origin, slice.lineage, control));
      else if (this.#mixer.count > 0) host.emit(this.#mixer.take(control));
      else if (control !== undefined) host.emit(new Chunk<U>([], this.marks.origin!, {}, control));
      else if (moved === 0) return;
    }
  }

  clear(): void {
    this.#head = this.#tail = 0;
    this.#freeCount = this.#slots;
    for (let slot = 0; slot < this.#freeCount; slot++) this.#free[slot] = slot;
    this.#results.fill(undefined);
    this.#entrants.clear();
    this.#lasts.clear();
    this.marks.clear();
    this.#mixer.clear();
  }

  /** Collects one chunk from the head of the line without taking it out. Answers where it ends, or -1 to come back. */
  #collect(end: number): number {
    const host = this.#host;
    const mixer = this.#mixer;
    const line = this.#line;
    const mask = this.#mask;
    const states = this.#states;
    const results = this.#results;
    const indexes = this.#indexes;
    const entrantOf = this.#entrantOf;
    let number = -1;
    let chunk: Chunk | undefined;
    mixer.clear(end - this.#head);
    for (let at = this.#head; at < end; at++) {
      const slot = line[at & mask]!;
      const state = states[slot];
      if (state === ANSWERED) {
        if (entrantOf[slot] !== number) {
          number = entrantOf[slot]!;
          chunk = this.chunkOf(slot);
        }
        mixer.add(results[slot] as U, chunk!, indexes[slot]!);
      } else if (state === FAILED) {
        this.#states[slot] = REFUSED;
        const isCut = host.refuse(this.#results[slot], this.chunkOf(slot), this.#indexes[slot]!);
        if (isCut) {
          this.isCut = true;
          this.#tail = at + 1;
        }
        if (!host.canEmit) return -1;
        if (isCut) return at + 1;
      }
    }
    return end;
  }

  /**
   * In the order of the input the slots of neighbours are neighbours: answers to a stretch of one chunk are cut out of
   * `results`, not picked one by one, 80 -> 70 ns a record (bench/map-async.ts). Undefined where more than that leaves.
   */
  #sliceTo(end: number): { readonly values: U[]; readonly origin: Origin; readonly lineage: Lineage } | undefined {
    const count = end - this.#head;
    const from = this.#head & this.#mask;
    const to = from + count;
    if (!this.#isInput || count === 0 || to > this.#mask + 1) return undefined;
    const states = this.#states;
    const entrantOf = this.#entrantOf;
    const number = entrantOf[from];
    const index = this.#indexes[from]!;
    if (this.#indexes[to - 1] !== index + count - 1) return undefined;
    for (let slot = from; slot < to; slot++) if (states[slot] !== ANSWERED || entrantOf[slot] !== number) return undefined;
    const chunk = this.chunkOf(from);
    // The ids of another table must be translated first.
    if (chunk.keys !== undefined && chunk.keys !== this.#mixer.table.table) return undefined;
    const values = this.#results.slice(from, to) as U[];
    return { values, origin: chunk.origin, lineage: sliceLineage(chunk, index, index + count) };
  }

  /** The end of what may leave as one chunk. */
  #settledUpTo(): number {
    // In the order of the input a mark keeps its exact place; otherwise records may overtake a watermark.
    const keepsPlace = this.#isInput;
    const { first } = this.marks;
    const most = Math.min(this.#tail, this.#head + this.#host.chunkLimit);
    const line = this.#line;
    const mask = this.#mask;
    const states = this.#states;
    const entrantOf = this.#entrantOf;
    let at = this.#head;
    let number = -1;
    for (; at < most; at++) {
      const slot = line[at & mask]!;
      if (states[slot] === PENDING) break;
      if (keepsPlace && entrantOf[slot] !== number) {
        number = entrantOf[slot]!;
        if (this.#entrants.epochAt(number) !== first) break;
      }
    }
    return at;
  }

  #takeOut(end: number): void {
    const line = this.#line;
    const mask = this.#mask;
    const entrantOf = this.#entrantOf;
    const results = this.#results;
    const free = this.#free;
    const isInput = this.#isInput;
    let at = this.#head;
    while (at < end) {
      const first = at;
      const number = entrantOf[line[at & mask]!]!;
      // Neighbours mostly came with one chunk.
      for (; at < end; at++) {
        const slot = line[at & mask]!;
        if (entrantOf[slot] !== number) break;
        results[slot] = undefined;
        if (!isInput) free[this.#freeCount + at - first] = slot;
      }
      this.#freeCount += at - first;
      this.marks.leave(this.#entrants.epochAt(number), at - first);
      this.#entrants.leave(number, at - first);
    }
    this.#head = end;
  }

  /** True when nothing will be emitted any more. */
  get isOver(): boolean {
    return this.isCut && this.#head === this.#tail;
  }

  /** In the order in which they came, which only chunks keep: by chunk, then by place. */
  #inside(): Waiting[] {
    const isFree = new Uint8Array(this.#mask + 1);
    if (!this.#isInput) for (let i = 0; i < this.#freeCount; i++) isFree[this.#free[i]!] = 1;
    const [first, end] = this.#isInput ? [this.#head, this.#tail] : [0, this.#slots];
    const records: number[] = [];
    for (let at = first; at < end; at++)
      if (isFree[at & this.#mask] === 0 && this.#states[at & this.#mask] !== REFUSED) records.push(at & this.#mask);
    const order = (slot: number): number => this.#entrants.orderAt(this.#entrantOf[slot]!);
    records.sort((a, b) => order(a) - order(b) || this.#indexes[a]! - this.#indexes[b]!);
    return records.map((slot) => ({
      chunk: this.chunkOf(slot),
      index: this.#indexes[slot]!,
      epoch: this.#entrants.epochAt(this.#entrantOf[slot]!),
    }));
  }

  #settle(slot: number, state: number): void {
    this.#states[slot] = state;
    if (this.#isInput) return;
    if (this.#order === 'completion') this.#line[this.#tail++ & this.#mask] = slot;
    else if (this.#order === 'key' && this.#isFirst[slot] === 1) this.#releaseFrom(slot);
  }

  #chain(slot: number, keyId: number): void {
    const last = this.#lasts.get(keyId);
    if (last !== undefined) this.#nexts[last] = slot;
    this.#isFirst[slot] = last === undefined ? 1 : 0;
    this.#nexts[slot] = -1;
    this.#keyIds[slot] = keyId;
    this.#lasts.set(keyId, slot);
  }

  #releaseFrom(first: number): void {
    for (let slot = first; slot >= 0; ) {
      if (this.#states[slot] === PENDING) {
        this.#isFirst[slot] = 1;
        return;
      }
      this.#line[this.#tail++ & this.#mask] = slot;
      const next = this.#nexts[slot]!;
      if (next < 0) this.#lasts.delete(this.#keyIds[slot]!);
      slot = next;
    }
  }
}
