import { type Chunk, slice } from '../../core/chunk.ts';
import type { Clock } from '../../core/world.ts';
import type { Push } from '../edges.ts';

/** A slice should take about so long: several signs of life in the time in which one is missed. */
const SLICE_MS = 4;

/**
 * Gives a stage the chunks of a worker slice by slice, so that its host sees it go on: a chunk of records that take
 * milliseconds each would pass for a hang. How long a slice is follows what the last one took.
 */
export class Slices {
  readonly #clock: Clock;
  readonly #atRow: (row: number) => void;
  readonly #later: (go: () => void) => void;
  #records = 64;

  constructor(clock: Clock, atRow: (row: number) => void, later: (go: () => void) => void) {
    this.#clock = clock;
    this.#atRow = atRow;
    this.#later = later;
  }

  process(chunk: Chunk, give: (slice: Chunk) => Push, from = 0): Push {
    const { length } = chunk;
    for (let at = from; at < length; ) {
      const to = Math.min(length, at + this.#records);
      const isAll = at === 0 && to === length;
      this.#atRow(at);
      const started = this.#clock.monotonic();
      const wait = give(isAll ? chunk : slice(chunk, at, to, to === length ? chunk.control : undefined));
      this.#adapt(this.#clock.monotonic() - started);
      at = to;
      if (wait === undefined) continue;
      if (at === length) return wait;
      return this.#goOn(wait, chunk, give, at);
    }
    if (length === 0) return give(chunk);
  }

  /** What is given goes in inside of a call. */
  async #goOn(wait: Promise<void>, chunk: Chunk, give: (slice: Chunk) => Push, at: number): Promise<void> {
    await wait;
    const inCall = Promise.withResolvers<void>();
    this.#later(() => inCall.resolve(this.process(chunk, give, at)));
    await inCall.promise;
  }

  #adapt(ms: number): void {
    if (ms > SLICE_MS && this.#records > 1) this.#records = Math.max(1, this.#records >> 1);
    else if (ms < SLICE_MS / 4) this.#records = Math.min(8192, this.#records * 2);
  }
}
