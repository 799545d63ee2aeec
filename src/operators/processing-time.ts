import { SizeMeter } from '../base/size.ts';
import { Chunk, type Control, slice } from '../core/chunk.ts';
import type { Finish, Station, StationHost, StationOperator, TimeView } from '../core/station.ts';
import type { PartitionTable } from '../core/state.ts';
import { NOWHERE } from './nowhere.ts';

/** Where nothing comes the watermark follows the clock in steps of this. */
const STEP_MS = 100;
/** The name under which the watermark is kept. */
const STREAM = '';

export interface ProcessingTimeOptions {
  readonly name?: string | undefined;
}

/**
 * Gives each record the time of the clock at which it passes, and lets the watermark walk with the clock, whether
 * anything comes or not. So no record is late. Time stands still while a clock that was set back catches up.
 *
 * @example
 * ```ts
 * const since = Date.now();
 * const clocked = pipeline('clocked').from(values(['a'])).processingTime();
 * await run(clocked.map((word, record) => `${word} came now: ${record.eventTime >= since}`).to(print()));
 * // a came now: true
 * ```
 */
export function processingTime<T>({ name }: ProcessingTimeOptions = {}): StationOperator<T, T> {
  return { kind: 'processingTime', name, open: (host) => new Clocked<T>(host) };
}

class Clocked<T> implements Station<T>, TimeView {
  readonly #host: StationHost<T>;
  readonly #kept: PartitionTable<number>;
  readonly #meter = new SizeMeter();
  readonly partitions = 0;
  readonly idle = 0;
  readonly late = 0;
  #chunk: Chunk<T> | undefined;
  #timeMs = 0;
  #next = 0;
  #bytesEach = 0;
  #saidAt: number = Number.NEGATIVE_INFINITY;
  #finished: Finish | undefined;
  #hasEnded = false;
  #isAborted = false;

  constructor(host: StationHost<T>) {
    this.#host = host;
    this.#kept = host.partitions<number>({ name: 'watermarks' });
    host.showsTime?.(this);
    host.wake();
  }

  get watermark(): number {
    return this.#kept.get(STREAM) ?? Number.NEGATIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#finished !== undefined || this.#isAborted;
  }
  get wakeAt(): number | undefined {
    const walks = this.#finished === undefined && !this.#isAborted && this.#chunk === undefined;
    // Where the way down is blocked its end wakes us.
    return walks && this.#host.canEmit ? this.#saidAt + STEP_MS : undefined;
  }
  get isDone(): boolean {
    return this.#isAborted || (this.#chunk === undefined && (this.#finished === 'stop' || this.#hasEnded));
  }

  process(chunk: Chunk<T>): void {
    this.#chunk = chunk;
    this.#next = 0;
    // It came now, however long the way down is blocked.
    this.#timeMs = this.#now();
    if (chunk.length > 0) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#work();
    this.#host.holds(this.#left, this.#left * this.#bytesEach);
  }

  advance(nowMs: number): void {
    if (this.#isAborted) return;
    const held = this.#left;
    this.#work();
    if (this.#left !== held) this.#host.holds(this.#left, this.#left * this.#bytesEach);
    if (this.#chunk !== undefined || this.#finished !== undefined || nowMs < this.#saidAt + STEP_MS || !this.#host.canEmit) return;
    const before = this.watermark;
    const now = this.#now();
    this.#saidAt = nowMs;
    if (now > before) this.#emit([], { watermark: now });
  }

  finish(how: Finish): void {
    this.#finished = how;
    this.#work();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#host.holds(0, 0);
  }

  get #left(): number {
    return this.#chunk === undefined ? 0 : this.#chunk.length - this.#next;
  }

  #now(): number {
    return Math.max(this.watermark, this.#host.clock.now());
  }

  #work(): void {
    while (this.#chunk !== undefined && this.#host.canEmit) {
      const chunk = this.#chunk;
      const from = this.#next;
      const to = Math.min(chunk.length, from + this.#host.chunkLimit);
      const isLast = to === chunk.length;
      this.#next = to;
      if (isLast) this.#chunk = undefined;
      this.#saidAt = this.#host.clock.monotonic();
      const { partitions: _partitions, idle: _idle, ...others } = isLast ? (chunk.control ?? {}) : {};
      const control: Control = { ...others, watermark: this.#timeMs };
      const times = new Float64Array(to - from).fill(this.#timeMs);
      this.#kept.set(STREAM, this.#timeMs);
      const part = from === 0 && isLast ? chunk : slice(chunk, from, to);
      this.#host.emit(new Chunk(part.held as T[], part.origin, { ...lineageOf(part), times }, control));
    }
    if (this.#finished === 'end' && this.#chunk === undefined && !this.#hasEnded && this.#host.canEmit) {
      this.#hasEnded = true;
      this.#emit([], { watermark: Number.POSITIVE_INFINITY });
    }
  }

  #emit(values: T[], control: Control): void {
    const { watermark } = control;
    if (watermark !== undefined && watermark !== Number.POSITIVE_INFINITY) this.#kept.set(STREAM, watermark);
    this.#host.emit(new Chunk<T>(values, NOWHERE, {}, control));
  }
}

function lineageOf({ rows, paths, keys, keyIds }: Chunk): Pick<Chunk, 'rows' | 'paths' | 'keys' | 'keyIds'> {
  return { rows, paths, keys, keyIds };
}
