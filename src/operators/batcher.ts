import { SizeMeter } from '../base/size.ts';
import { Chunk, type Control } from '../core/chunk.ts';
import { pieceOf } from '../core/mixed-origin.ts';
import type { Finish, Station, StationHost } from '../core/station.ts';
import { AdaptiveSize } from './adaptive-size.ts';
import type { BatchOptions } from './batch.ts';
import { BatchOrigin } from './batch-origin.ts';
import { Marks } from './marks.ts';
import { sizing } from './sizing.ts';

/**
 * Batches that are ready wait, each with the record it begins with, until the way down is free; the station
 * is full as long as some do. At most one chunk's records wait this way, beside the open batch.
 */
export class Batcher<T> implements Station<T> {
  readonly #host: StationHost<readonly T[]>;
  readonly #fixedSize: number;
  readonly #withinMs: number;
  readonly #bytes: number;
  readonly #sizeOf: (value: T) => number;
  readonly #adaptive: AdaptiveSize | undefined;
  readonly #meter: SizeMeter = new SizeMeter();
  readonly #marks: Marks = new Marks();

  /** The chunk at work, as far as it is not cut yet. */
  #rest: { readonly chunk: Chunk<T>; readonly epoch: number; readonly from: number } | undefined;
  #ready: Ready<T>[] = [];
  /** How many of `ready` have been emitted. */
  #sent = 0;
  #readyRecords = 0;

  #open: T[] = [];
  #openBytes = 0;
  #openChunk: Chunk | undefined;
  #openIndex = 0;
  #openSince = 0;
  /** Records of the open batch in each epoch: a mark waits until the batch has left. */
  #openEpochs: EpochCount[] = [];

  #bytesEach = 0;
  #held = 0;
  /** With `adaptive`: the batch that is being waited for. */
  #handedAt: number | undefined;
  #handedRecords = 0;
  #isFinished = false;
  /** A refused record stopped the run: what came before it still leaves. */
  #isCut = false;
  #isAborted = false;

  constructor(host: StationHost<readonly T[]>, size: number, withinMs: number, bytes: number, options: BatchOptions<T>) {
    this.#host = host;
    this.#fixedSize = size;
    this.#withinMs = withinMs;
    this.#bytes = bytes;
    this.#sizeOf = sizing(options.sizeOf, host.operator);
    this.#adaptive = options.adaptive === undefined ? undefined : new AdaptiveSize(size, options.adaptive);
  }

  get isFull(): boolean {
    return this.#isAborted || this.#isCut || this.#hasReady() || this.#rest !== undefined || this.#marks.holdsBarrier;
  }
  get wakeAt(): number | undefined {
    // While the way down is closed nothing could leave; the host calls when it opens.
    if (this.#open.length === 0 || this.#withinMs === Number.POSITIVE_INFINITY || !this.#host.canEmit) return undefined;
    return this.#openSince + this.#withinMs;
  }
  get isDone(): boolean {
    if (this.#isCut) return !this.#hasReady();
    return (
      this.#isAborted ||
      (this.#isFinished && this.#rest === undefined && this.#open.length === 0 && !this.#hasReady() && this.#marks.isEmpty)
    );
  }

  process(chunk: Chunk<T>): void {
    this.#look();
    const epoch = this.#marks.receive(chunk);
    if (chunk.values.length > 0) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#rest = { chunk, epoch, from: 0 };
    this.#work();
  }

  advance(nowMs: number): void {
    this.#look();
    // Cut only when it can leave: until then it may as well grow.
    if (this.#host.canEmit && this.#open.length > 0 && !this.#hasReady() && nowMs >= this.#openSince + this.#withinMs) this.#close();
    this.#work();
  }

  finish(_how: Finish): void {
    this.#isFinished = true;
    if (this.#rest === undefined) this.#close();
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#open = [];
    this.#openChunk = undefined;
    this.#openEpochs = [];
    this.#rest = undefined;
    this.#ready = [];
    this.#sent = 0;
    this.#readyRecords = 0;
    this.#marks.clear();
    this.#report();
  }

  #hasReady(): boolean {
    return this.#sent < this.#ready.length;
  }
  #size(): number {
    return this.#adaptive?.size ?? this.#fixedSize;
  }
  /** With `adaptive` each batch is timed, so they leave one by one. */
  #chunkLimit(): number {
    return this.#adaptive === undefined ? this.#host.chunkLimit : 1;
  }

  /** Emits what is ready and cuts on. An adaptive size may change with every batch, so then the next is cut when it can leave. */
  #work(): void {
    this.#emit();
    while (this.#rest !== undefined && !this.#isCut && !this.#hasReady() && this.#handedAt === undefined) {
      const { chunk, epoch, from } = this.#rest;
      const to = this.#bytes === Number.POSITIVE_INFINITY ? this.#byCount(chunk, epoch, from) : this.#byBytes(chunk, epoch, from);
      this.#rest = to < chunk.values.length && !this.#isCut ? { chunk, epoch, from: to } : undefined;
      if (this.#rest === undefined && (this.#isFinished || chunk.control?.barrier !== undefined)) this.#close();
      this.#emit();
    }
    this.#report();
  }

  /** Runs of neighbours are sliced: 1.2 to 1.6 ns a record by 256. A batch across chunks is copied: 3 to 5 ns by 100. */
  #byCount(chunk: Chunk<T>, epoch: number, from: number): number {
    const { values } = chunk;
    if (this.#marks.isEmpty && this.#adaptive === undefined && this.#host.canEmit && values.length <= this.#host.chunkLimit) {
      this.#straight(chunk, epoch);
      return values.length;
    }
    for (let at = from; at < values.length; ) {
      const lacking = this.#size() - this.#open.length;
      const to = Math.min(values.length, at + Math.max(1, lacking));
      if (this.#open.length === 0) this.#begin(chunk, at);
      const fresh = values.slice(at, to);
      if (this.#open.length === 0) this.#open = fresh;
      else this.#open = this.#open.concat(fresh);
      this.#count(epoch, to - at);
      at = to;
      if (this.#open.length < this.#size()) continue;
      this.#close();
      if (this.#adaptive !== undefined) return at;
    }
    return values.length;
  }

  /**
   * The usual case, in which whatever is full can leave at once: no marks to keep records apart, nothing waiting. The
   * batches of a chunk are counted together (0.8 us a batch less than one by one, bench/fused-chain.ts).
   */
  #straight(chunk: Chunk<T>, epoch: number): void {
    const { values } = chunk;
    const size = this.#fixedSize;
    const piece = pieceOf(chunk);
    const out: (readonly T[])[] = [];
    const origin = new BatchOrigin();
    let at = 0;
    let sent = 0;
    if (this.#open.length > 0) {
      at = Math.min(values.length, size - this.#open.length);
      this.#open = this.#open.concat(values.slice(0, at));
      if (this.#open.length === size) {
        out.push(this.#open);
        origin.add(this.#openChunk!, this.#openIndex, size);
        sent = size;
        this.#open = [];
      }
    }
    for (; at + size <= values.length; at += size) {
      out.push(values.slice(at, at + size));
      origin.add(piece, at, size);
      sent += size;
    }
    if (this.#open.length === 0 && at < values.length) {
      this.#begin(piece, at);
      this.#open = values.slice(at);
    }
    // Without marks there is one epoch, and everything is in it.
    this.#marks.leave(epoch, sent);
    this.#openEpochs = this.#open.length === 0 ? [] : [{ epoch, records: this.#open.length }];
    if (out.length > 0) this.#host.emit(new Chunk(out, origin));
  }

  #byBytes(chunk: Chunk<T>, epoch: number, from: number): number {
    const { values } = chunk;
    for (let at = from; at < values.length; at++) {
      const value = values[at]!;
      let bytes: number;
      try {
        bytes = this.#sizeOf(value);
      } catch (error) {
        this.#marks.leave(epoch, 1);
        if (!this.#host.refuse(error, chunk, at)) continue;
        this.#isFinished = this.#isCut = true;
        this.#close();
        return at;
      }
      if (this.#open.length > 0 && this.#openBytes + bytes > this.#bytes) this.#close();
      if (this.#open.length === 0) this.#begin(chunk, at);
      this.#open.push(value);
      this.#openBytes += bytes;
      this.#count(epoch, 1);
      if (this.#open.length >= this.#size() || this.#openBytes >= this.#bytes) this.#close();
      if (this.#adaptive !== undefined && this.#hasReady()) return at + 1;
    }
    return values.length;
  }

  #begin(chunk: Chunk, index: number): void {
    this.#openChunk = pieceOf(chunk);
    this.#openIndex = index;
    if (this.#withinMs !== Number.POSITIVE_INFINITY) this.#openSince = this.#host.clock.monotonic();
  }

  #count(epoch: number, records: number): void {
    const last = this.#openEpochs.at(-1);
    if (last?.epoch === epoch) last.records += records;
    else this.#openEpochs.push({ epoch, records });
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#ready.push({ values: this.#open, chunk: this.#openChunk!, index: this.#openIndex, epochs: this.#openEpochs });
    this.#readyRecords += this.#open.length;
    this.#open = [];
    this.#openBytes = 0;
    this.#openChunk = undefined;
    this.#openEpochs = [];
  }

  #emit(): void {
    while (this.#host.canEmit && this.#handedAt === undefined) {
      let control: Control | undefined = this.#hasReady() || this.#isCut ? undefined : this.#marks.due();
      const out: (readonly T[])[] = [];
      const origin = new BatchOrigin();
      while (this.#hasReady() && out.length < this.#chunkLimit() && control === undefined) {
        const { values, chunk, index, epochs } = this.#ready[this.#sent++]!;
        out.push(values);
        origin.add(chunk, index, values.length);
        this.#readyRecords -= values.length;
        for (const { epoch, records } of epochs) this.#marks.leave(epoch, records);
        control = this.#marks.due();
      }
      if (this.#sent === this.#ready.length) this.#ready = [];
      if (this.#ready.length === 0) this.#sent = 0;
      if (out.length > 0) this.#hand(new Chunk(out, origin, {}, control));
      else if (control !== undefined) this.#host.emit(new Chunk<readonly T[]>([], this.#marks.origin!, {}, control));
      else return;
    }
  }

  #hand(chunk: Chunk<readonly T[]>): void {
    if (this.#adaptive === undefined) return this.#host.emit(chunk);
    this.#handedAt = this.#host.clock.monotonic();
    this.#handedRecords = chunk.values[0]!.length;
    this.#host.emit(chunk);
    this.#look();
  }

  /** Is the batch that was handed over done? It is as soon as another one could be. */
  #look(): void {
    if (this.#handedAt === undefined || !this.#host.canEmit) return;
    this.#adaptive!.took(this.#handedRecords, this.#host.clock.monotonic() - this.#handedAt);
    this.#handedAt = undefined;
  }

  #report(): void {
    const uncut = this.#rest === undefined ? 0 : this.#rest.chunk.values.length - this.#rest.from;
    const records = this.#isAborted ? 0 : this.#open.length + this.#readyRecords + uncut;
    if (records === 0 && this.#held === 0) return;
    this.#held = records;
    this.#host.holds(records, records * this.#bytesEach);
  }
}

interface Ready<T> {
  readonly values: T[];
  readonly chunk: Chunk;
  readonly index: number;
  readonly epochs: readonly EpochCount[];
}

interface EpochCount {
  readonly epoch: number;
  records: number;
}
