import type { StationOperator } from '../core/station.ts';
import { type Bytes, byteCount, type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { type AdaptiveOptions, AdaptiveSize } from './adaptive-size.ts';
import { Batcher } from './batcher.ts';

export interface BatchOptions<T = unknown> {
  /** How long the first record of a batch waits at most for the others; until the batch is full, or no more will come, unless told. */
  readonly within?: Duration;
  /** How many bytes a batch holds at most, or one record that is larger; no limit unless told. */
  readonly bytes?: Bytes;
  /** The bytes of a record, for `bytes`; unless told exact for text and bytes, an estimate from one in 64 for objects. */
  readonly sizeOf?: (value: T) => number;
  /** Follow the time that whoever gets the batches takes for them; `size` is then what it begins with. */
  readonly adaptive?: AdaptiveOptions;
  readonly name?: string | undefined;
}

/**
 * Groups values for speed: `size` in a row become one array, whatever chunks they came in. A batch is cut short by
 * `within`, `bytes`, a checkpoint, and when no more will come; it keeps nothing. For meaning, take `window`.
 *
 * A batch has the time, the position and the headers of its first record, that record's id and the count as its id, and
 * no key.
 *
 * With `adaptive`, batches go one at a time, and the time from handing one over until the way is free again is what
 * the next size follows. Whoever takes batches into a queue of his own is free at once, so put it last before the work.
 *
 * @example
 * ```ts
 * const batches = collect<readonly number[]>();
 * await run(pipeline('batches').from(values([1, 2, 3, 4, 5])).batch(2).to(batches));
 * console.log(batches.values); // [ [ 1, 2 ], [ 3, 4 ], [ 5 ] ]
 * ```
 */
export function batch<T>(size: number, options: BatchOptions<T> = {}): StationOperator<T, readonly T[]> {
  wholeNumber(size, 'batch(size)');
  const withinMs = options.within === undefined ? Number.POSITIVE_INFINITY : milliseconds(options.within, 'batch within');
  const bytes = options.bytes === undefined ? Number.POSITIVE_INFINITY : byteCount(options.bytes, 'batch bytes');
  if (options.adaptive !== undefined) new AdaptiveSize(size, options.adaptive); // Says what is wrong with the options here, not in the run.
  return {
    kind: 'batch',
    name: options.name,
    losesKey: true,
    options: { size, ...options, name: undefined },
    open: (host) => new Batcher<T>(host, size, withinMs, bytes, options),
  };
}
