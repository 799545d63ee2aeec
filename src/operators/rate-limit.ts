import { SizeMeter } from '../base/size.ts';
import { Chunk } from '../core/chunk.ts';
import type { Finish, Station, StationHost, StationOperator } from '../core/station.ts';
import { TokenBucket } from '../core/token-bucket.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import { slice } from './chunk-mixer.ts';
import { PendingCopy } from './pending.ts';

export interface RateLimitOptions {
  /** How many records may pass in each span of `per`. */
  readonly records: number;
  /** The span, as '1s' or in milliseconds. */
  readonly per: Duration;
  /** How many may pass at once after a pause; what 20 ms bring unless told, at least one. */
  readonly burst?: number;
  readonly name?: string | undefined;
}

/**
 * Lets so many records pass in a span of time: in any span of `per` at most `records` plus `burst`. The time is the
 * monotonic clock's, so setting the system's clock changes nothing. It holds one chunk; what comes before waits.
 *
 * @example
 * ```ts
 * await run(pipeline('slowly').from(values(['a', 'b', 'c'])).rateLimit({ records: 100, per: '1s', burst: 1 }).to(print()));
 * // a
 * // b
 * // c
 * ```
 */
export function rateLimit<T>(options: RateLimitOptions): StationOperator<T, T> {
  const { records, per, burst, name } = options;
  const size = { records, perMs: milliseconds(per, 'rateLimit per'), burst, where: 'rateLimit' };
  new TokenBucket(size, 0); // Says what is wrong with the options here, not in the run.
  return {
    kind: 'rateLimit',
    name,
    options: { records, per, burst },
    open: (host) => new RateLimited<T>(host, new TokenBucket(size, host.clock.monotonic())),
  };
}

class RateLimited<T> implements Station<T> {
  readonly #host: StationHost<T>;
  readonly #bucket: TokenBucket;
  readonly #meter = new SizeMeter();
  #bytesEach = 0;
  #chunk: Chunk<T> | undefined;
  #next = 0;
  #isFinished = false;
  #isAborted = false;

  constructor(host: StationHost<T>, bucket: TokenBucket) {
    this.#host = host;
    this.#bucket = bucket;
  }

  get isFull(): boolean {
    return this.#chunk !== undefined || this.#isAborted;
  }
  get wakeAt(): number | undefined {
    // While the way down is closed tokens gather; the host calls when it opens.
    return this.#chunk === undefined || !this.#host.canEmit ? undefined : this.#bucket.readyAt(1);
  }
  get isDone(): boolean {
    return this.#isAborted || (this.#isFinished && this.#chunk === undefined);
  }

  process(chunk: Chunk<T>): void {
    this.#chunk = chunk;
    this.#next = 0;
    if (chunk.values.length > 0) this.#bytesEach = this.#meter.of(chunk.values[0]);
    this.#pass();
  }

  advance(_nowMs: number): void {
    if (this.#chunk !== undefined) this.#pass();
  }

  finish(_how: Finish): void {
    this.#isFinished = true;
  }

  pending(): readonly Chunk<T>[] {
    const copy = new PendingCopy<T>();
    if (this.#chunk !== undefined) {
      copy.add(this.#chunk, this.#next, this.#chunk.values.length);
      copy.close(this.#chunk.control, this.#chunk.origin);
    }
    return copy.take();
  }

  abort(_reason: unknown): void {
    this.#isAborted = true;
    this.#chunk = undefined;
    this.#host.holds(0, 0);
  }

  #pass(): void {
    const { clock, chunkLimit } = this.#host;
    while (this.#chunk !== undefined && this.#host.canEmit) {
      const chunk = this.#chunk;
      const n = chunk.values.length;
      const now = clock.monotonic();
      const count = Math.min(n - this.#next, chunkLimit, this.#bucket.available(now));
      if (count === 0 && this.#next < n) break;
      const from = this.#next;
      this.#next += count;
      const isAll = this.#next === n;
      if (isAll) this.#chunk = undefined;
      if (count > 0) this.#bucket.take(count, now);
      if (count > 0) this.#host.emit(slice(chunk, from, this.#next, isAll ? chunk.control : undefined));
      else if (chunk.control !== undefined) this.#host.emit(new Chunk<T>([], chunk.origin, {}, chunk.control));
    }
    const held = this.#chunk === undefined ? 0 : this.#chunk.values.length - this.#next;
    this.#host.holds(held, held * this.#bytesEach);
  }
}
