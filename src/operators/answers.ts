import { Chunk } from '../core/chunk.ts';
import type { StationHost } from '../core/station.ts';
import { ChunkMixer } from './chunk-mixer.ts';
import { Marks } from './marks.ts';

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
  readonly #mixer: ChunkMixer<U>;

  readonly #states: Uint8Array;
  /** The answer, or the error. */
  readonly #results: unknown[];
  readonly #chunks: (Chunk | undefined)[];
  readonly #indexes: Int32Array;
  readonly #epochs: Float64Array;
  readonly #free: Int32Array;
  #freeCount: number;

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
    this.#mixer = new ChunkMixer<U>(host.chunkLimit);
    this.#states = new Uint8Array(slots);
    this.#results = new Array<unknown>(slots).fill(undefined);
    this.#chunks = new Array<Chunk | undefined>(slots).fill(undefined);
    this.#indexes = new Int32Array(slots);
    this.#epochs = new Float64Array(slots);
    this.#free = Int32Array.from({ length: slots }, (_, i) => slots - 1 - i);
    this.#freeCount = slots;
    const ring = 2 ** Math.ceil(Math.log2(slots));
    this.#line = new Int32Array(ring);
    this.#mask = ring - 1;
    const chained = order === 'key' ? slots : 0;
    this.#nexts = new Int32Array(chained);
    this.#keyIds = new Int32Array(chained);
    this.#isFirst = new Uint8Array(chained);
  }

  /** Records that have a slot. */
  get pending(): number {
    return this.#states.length - this.#freeCount;
  }

  get hasRoom(): boolean {
    return this.#freeCount > 0;
  }

  get isEmpty(): boolean {
    return this.#freeCount === this.#states.length && this.marks.isEmpty;
  }

  /** Gives a record a slot. */
  admit(chunk: Chunk, index: number, epoch: number): number {
    const slot = this.#free[--this.#freeCount]!;
    this.#states[slot] = PENDING;
    this.#chunks[slot] = chunk;
    this.#indexes[slot] = index;
    this.#epochs[slot] = epoch;
    if (this.#order === 'input') this.#line[this.#tail++ & this.#mask] = slot;
    else if (this.#order === 'key') this.#chain(slot, this.#mixer.table.idAt(chunk, index));
    return slot;
  }

  chunkOf(slot: number): Chunk {
    return this.#chunks[slot]!;
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
      const end = this.#collect();
      // The way down was closed by a dead letter: nothing was taken out of the line, so this goes on later.
      if (end < 0) return;
      const moved = end - this.#head;
      this.#takeOut(end);
      const control = this.isCut ? undefined : this.marks.due();
      if (this.#mixer.count > 0) host.emit(this.#mixer.take(control));
      else if (control !== undefined) host.emit(new Chunk<U>([], this.marks.origin!, {}, control));
      else if (moved === 0) return;
    }
  }

  clear(): void {
    this.#head = this.#tail = 0;
    this.#freeCount = this.#states.length;
    for (let slot = 0; slot < this.#freeCount; slot++) this.#free[slot] = slot;
    this.#results.fill(undefined);
    this.#chunks.fill(undefined);
    this.#lasts.clear();
    this.marks.clear();
    this.#mixer.clear();
  }

  /** Collects one chunk from the head of the line without taking it out. Answers where it ends, or -1 to come back. */
  #collect(): number {
    const host = this.#host;
    const mixer = this.#mixer;
    mixer.clear();
    let at = this.#head;
    while (at < this.#tail && mixer.count < host.chunkLimit) {
      const slot = this.#line[at & this.#mask]!;
      const state = this.#states[slot];
      if (state === PENDING) break;
      // In the order of the input a mark keeps its exact place; otherwise records may overtake a watermark.
      if (this.#order === 'input' && this.#epochs[slot] !== this.marks.first) break;
      at++;
      if (state === ANSWERED) {
        mixer.add(this.#results[slot] as U, this.#chunks[slot]!, this.#indexes[slot]!);
      } else if (state === FAILED) {
        this.#states[slot] = REFUSED;
        if (host.refuse(this.#results[slot], this.#chunks[slot]!, this.#indexes[slot]!)) {
          this.isCut = true;
          this.#tail = at;
        }
        if (!host.canEmit) return -1;
      }
    }
    return at;
  }

  #takeOut(end: number): void {
    for (; this.#head < end; this.#head++) {
      const slot = this.#line[this.#head & this.#mask]!;
      this.marks.leave(this.#epochs[slot]!, 1);
      this.#results[slot] = undefined;
      this.#chunks[slot] = undefined;
      this.#free[this.#freeCount++] = slot;
    }
  }

  /** True when nothing will be emitted any more. */
  get isOver(): boolean {
    return this.isCut && this.#head === this.#tail;
  }

  #settle(slot: number, state: number): void {
    this.#states[slot] = state;
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
