import { Chunk, joined } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { byteCount, type Bytes, wholeNumber } from '../core/units.ts';
import { slice } from './chunk-mixer.ts';
import { PendingCopy } from './pending.ts';
import { sizing } from './sizing.ts';

export interface BufferOptions<T = unknown> {
  /** How many records it holds; 1,024 unless told. */
  readonly items?: number;
  /** How many bytes; '8MiB' unless told. */
  readonly bytes?: Bytes;
  /** What happens when it is full: whoever brings records waits (unless told), the oldest or the newest are dropped and counted, or the run stops with `HR_BUFFER_FULL`. */
  readonly overflow?: 'wait' | 'dropOldest' | 'dropNewest' | 'throw';
  /** The bytes of a record; unless told exact for text and bytes, an estimate from one in 64 for objects. */
  readonly sizeOf?: (value: T) => number;
  readonly name?: string | undefined;
}

type Overflow = NonNullable<BufferOptions['overflow']>;

/**
 * Lets what comes before run ahead of what comes after, within bounds. Records in it are dropped only when `overflow`
 * says so, and counted by the reason `overflow`; watermarks and barriers never are. One record that is larger than all
 * `bytes` is taken when nothing else is inside. With `wait` and `throw` records come in chunks, so up to one chunk
 * less a record may be inside beyond `items` before `wait` holds back the next.
 *
 * @example
 * ```ts
 * const all = collect<number>();
 * await run(pipeline('ahead').from(values([1, 2, 3])).buffer({ items: 2 }).to(all));
 * console.log(all.values); // [ 1, 2, 3 ]
 * ```
 */
export function buffer<T>(options: BufferOptions<T> = {}): StationOperator<T, T> {
  const items = wholeNumber(options.items ?? 1024, 'buffer items');
  const bytes = byteCount(options.bytes ?? '8MiB', 'buffer bytes');
  const { overflow = 'wait', name, sizeOf } = options;
  return {
    kind: 'buffer',
    name,
    options: { items, bytes, overflow, sizeOf },
    open: (host) => new Buffered<T>(host, items, bytes, overflow, sizing(sizeOf, host.operator)),
  };
}

/** Neighbours of one chunk, and the control that follows them. */
interface Run<T> {
  readonly chunk: Chunk<T>;
  from: number;
  to: number;
  /** Of each value of the chunk. */
  readonly sizes: Float64Array;
  control: Chunk['control'];
}

/**
 * Chunks are kept as they came, each with the span of it that is still inside, so a record costs the measuring of its
 * bytes and nothing else; a chunk of which all is inside leaves as the same object.
 */
class Buffered<T> implements Station<T> {
  readonly #host: StationHost<T>;
  readonly #mostItems: number;
  readonly #mostBytes: number;
  readonly #overflow: Overflow;
  readonly #sizeOf: (value: T) => number;
  #runs: Run<T>[] = [];
  #head = 0;
  #items = 0;
  #bytes = 0;
  #isFinished = false;
  #isOver = false;

  constructor(host: StationHost<T>, mostItems: number, mostBytes: number, overflow: Overflow, sizeOf: (value: T) => number) {
    this.#host = host;
    this.#mostItems = mostItems;
    this.#mostBytes = mostBytes;
    this.#overflow = overflow;
    this.#sizeOf = sizeOf;
  }

  get isFull(): boolean {
    if (this.#isOver || this.#isFinished) return true;
    return this.#overflow === 'wait' && (this.#items >= this.#mostItems || this.#bytes >= this.#mostBytes);
  }
  get wakeAt(): undefined {
    return undefined;
  }
  get isDone(): boolean {
    return this.#isOver || (this.#isFinished && this.#head === this.#runs.length);
  }

  process(chunk: Chunk<T>): void {
    const fresh = this.#measured(chunk);
    if (this.#overflow === 'dropNewest') {
      for (const run of fresh) this.#addWhatFits(run);
    } else {
      for (const run of fresh) this.#add(run);
    }
    this.#emit();
    if (this.#overflow === 'dropOldest') this.#dropOldest();
    this.#host.holds(this.#items, this.#bytes);
    if (this.#overflow === 'throw' && this.#isOverfull) throw bufferFull(this.#host.operator, this.#items, this.#bytes);
  }

  advance(_nowMs: number): void {
    if (this.#head === this.#runs.length) return;
    this.#emit();
    this.#host.holds(this.#items, this.#bytes);
  }

  finish(_how: Finish): void {
    this.#isFinished = true;
  }

  pending(): readonly Chunk<T>[] {
    const copy = new PendingCopy<T>();
    for (const { chunk, from, to, control } of this.#runs.slice(this.#head)) {
      copy.add(chunk, from, to);
      copy.close(control, chunk.origin);
    }
    return copy.take();
  }

  abort(_reason: unknown): void {
    this.#isOver = true;
    this.#runs = [];
    this.#head = this.#items = this.#bytes = 0;
    this.#host.holds(0, 0);
  }

  get #isOverfull(): boolean {
    return this.#items > 1 && (this.#items > this.#mostItems || this.#bytes > this.#mostBytes);
  }

  /** The chunk as one run; as several when records between them are refused because their size cannot be told. */
  #measured(chunk: Chunk<T>): Run<T>[] {
    const { values, control } = chunk;
    const sizes = new Float64Array(values.length);
    const runs: Run<T>[] = [];
    let from = 0;
    for (let i = 0; i < values.length; i++) {
      try {
        sizes[i] = this.#sizeOf(values[i]!);
      } catch (error) {
        if (i > from) runs.push({ chunk, from, to: i, sizes, control: undefined });
        from = i + 1;
        if (!this.#host.refuse(error, chunk, i)) continue;
        this.#isFinished = true;
        return runs;
      }
    }
    runs.push({ chunk, from, to: values.length, sizes, control });
    return runs;
  }

  #add(run: Run<T>): void {
    for (let i = run.from; i < run.to; i++) this.#bytes += run.sizes[i]!;
    this.#items += run.to - run.from;
    if (run.to > run.from || run.control !== undefined) this.#push(run);
  }

  #addWhatFits({ chunk, from, to, sizes, control }: Run<T>): void {
    let dropped = 0;
    for (let i = from; i < to; i++) {
      if (!this.#hasRoom(sizes[i]!)) this.#emit();
      if (this.#hasRoom(sizes[i]!)) this.#addNext(chunk, i, sizes);
      else dropped++;
    }
    if (control !== undefined) this.#push({ chunk, from: to, to, sizes, control });
    if (dropped > 0) this.#host.dropped(dropped, 'overflow');
  }

  #hasRoom(bytes: number): boolean {
    return this.#items === 0 || (this.#items < this.#mostItems && this.#bytes + bytes <= this.#mostBytes);
  }

  #addNext(chunk: Chunk<T>, index: number, sizes: Float64Array): void {
    this.#items++;
    this.#bytes += sizes[index]!;
    const last = this.#last;
    if (last?.chunk === chunk && last.to === index && last.control === undefined) last.to++;
    else this.#push({ chunk, from: index, to: index + 1, sizes, control: undefined });
  }

  get #last(): Run<T> | undefined {
    return this.#runs.length > this.#head ? this.#runs[this.#runs.length - 1] : undefined;
  }

  /** A run without records is only a control, which the last run can carry as well, unless a barrier stands there. */
  #push(run: Run<T>): void {
    const last = this.#last;
    if (run.to === run.from && run.control !== undefined && last !== undefined && last.control?.barrier === undefined) {
      last.control = joined(last.control, run.control);
    } else this.#runs.push(run);
  }

  #emit(): void {
    const { chunkLimit } = this.#host;
    while (this.#head < this.#runs.length && this.#host.canEmit) {
      const run = this.#runs[this.#head]!;
      const to = Math.min(run.to, run.from + chunkLimit);
      const control = to === run.to ? run.control : undefined;
      const out = to === run.from ? new Chunk<T>([], run.chunk.origin, {}, control) : slice(run.chunk, run.from, to, control);
      this.#takeOut(run, to);
      if (run.from === run.to) this.#shift();
      this.#host.emit(out);
    }
  }

  #takeOut(run: Run<T>, to: number): void {
    this.#items -= to - run.from;
    for (let i = run.from; i < to; i++) this.#bytes -= run.sizes[i]!;
    run.from = to;
    // Sizes that are not whole would leave crumbs; an empty buffer has exactly 0.
    if (this.#items === 0) this.#bytes = 0;
  }

  #shift(): void {
    this.#runs[this.#head++] = undefined as never;
    this.#compact();
  }

  /** Cuts off what lies in front of the head, when it is worth the copy. */
  #compact(): void {
    if (this.#head < this.#runs.length && (this.#head < 64 || this.#head * 2 < this.#runs.length)) return;
    this.#runs = this.#runs.slice(this.#head);
    this.#head = 0;
  }

  #dropOldest(): void {
    let dropped = 0;
    let at = this.#head;
    while (this.#isOverfull) {
      const run = this.#runs[at]!;
      // As many as are too many, or one by one where bytes decide.
      const to = Math.min(run.to, run.from + Math.max(1, this.#items - this.#mostItems));
      dropped += to - run.from;
      this.#takeOut(run, to);
      if (run.from === run.to) at++;
    }
    if (dropped > 0) this.#host.dropped(dropped, 'overflow');
    if (at > this.#head) this.#closeUp(at);
  }

  /**
   * Of the runs up to `end` only controls are left. They are put together, since a later watermark says more than an
   * earlier one; only a barrier keeps its place. So what stands in front of the oldest record does not grow.
   */
  #closeUp(end: number): void {
    const before = this.#head;
    const left: Run<T>[] = [];
    for (const run of this.#runs.slice(before, end)) {
      const last = left.at(-1);
      if (run.control === undefined) continue;
      if (last === undefined || last.control?.barrier !== undefined) left.push(run);
      else last.control = joined(last.control, run.control);
    }
    this.#head = end - left.length;
    for (const [i, run] of left.entries()) this.#runs[this.#head + i] = run;
    this.#runs.fill(undefined as never, before, this.#head);
    this.#compact();
  }
}

function bufferFull(where: string, items: number, bytes: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_BUFFER_FULL',
    what: `The buffer would hold ${items} records of ${bytes} bytes`,
    where,
    todo: "Raise items or bytes, or choose overflow: 'wait', 'dropOldest' or 'dropNewest'.",
  });
}
