import type { Failure } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { StationOperator } from '../core/station.ts';
import { byteCount, type Bytes, type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { Answers } from './answers.ts';
import { callLimits } from './async-calls.ts';
import type { BatchFn, BatchShape } from './batch-calls.ts';
import { type EnrichFn, Enriching } from './enriching.ts';
import { type CacheShape, Lookups } from './lookups.ts';
import type { MapBatchOptions } from './map-batch.ts';

/** What records are enriched with: which key each asks for, and how keys are found, many in one call. */
export interface EnrichBy<T, K extends Key, U> {
  readonly by: (value: T) => K;
  /** Answers by position: what there is of each key, nothing (undefined or null) where there is none, `fail(reason)` to refuse. */
  readonly find: (
    keys: readonly K[],
    signal: AbortSignal,
  ) => PromiseLike<readonly (U | Failure | undefined)[]> | readonly (U | Failure | undefined)[];
}

export interface CacheOptions {
  /** How long an answer is used, from when it came. */
  readonly for: Duration;
  /** The same for answers that say that there is nothing; as `for` unless told, and 0 keeps none. */
  readonly missingFor?: Duration;
  /** How many answers are kept; 10,000 unless told. The least recently used goes first. */
  readonly items?: number;
  /** How much they may hold, keys and all, estimated for objects; 64 MiB unless told. */
  readonly bytes?: Bytes;
}

export interface EnrichOptions extends Omit<MapBatchOptions, 'max' | 'within'> {
  /** The most keys one call gets; 100 unless told. */
  readonly max?: number;
  /** How long a key waits at most for others to share its call; unless told it goes with what came in one chunk. */
  readonly within?: Duration;
  /** Keeps answers for records that come later. Without it a key is asked for again once its answer has come. */
  readonly cache?: CacheOptions;
}

/**
 * Puts into the place of each value what `fn` makes of it and of what `find` knows of its key. A key is asked for once at
 * a time: records that come meanwhile wait for the same answer, and share its failure. With `cache` an answer serves those
 * that come later too; failures are not kept.
 *
 * What is kept is a cache of this process and in no checkpoint: records without an answer are asked for again after a
 * restore, and may then see a newer one.
 *
 * @example
 * ```ts
 * const cities = new Map([['ann', 'Oslo'], ['bob', 'Rome']]);
 * const find = async (users: readonly string[]) => users.map((user) => cities.get(user));
 * const orders = values([{ user: 'ann', total: 3 }, { user: 'eve', total: 4 }, { user: 'ann', total: 5 }]);
 * await run(
 *   pipeline('enriched')
 *     .from(orders)
 *     .enrich({ by: (order) => order.user, find }, (order, city) => `${order.total} to ${city ?? 'nobody knows where'}`, { cache: { for: '10m' } })
 *     .to(print()),
 * );
 * // 3 to Oslo
 * // 4 to nobody knows where
 * // 5 to Oslo
 * ```
 */
export function enrich<T, K extends Key, U, V>(
  { by, find }: EnrichBy<T, K, U>,
  fn: (value: T, found: U | undefined) => V,
  options: EnrichOptions = {},
): StationOperator<T, Exclude<V, Failure>> {
  const { order = 'input', isolate = false, name, onError, cache } = options;
  const shape: BatchShape = {
    kind: 'enrich',
    max: wholeNumber(options.max ?? 100, 'enrich max'),
    withinMs: milliseconds(options.within ?? 0, 'enrich within'),
    concurrency: wholeNumber(options.concurrency ?? 4, 'enrich concurrency'),
    isolate,
    limits: callLimits(options, 'enrich'),
  };
  const kept: CacheShape | undefined = cache && {
    items: wholeNumber(cache.items ?? 10_000, 'enrich cache.items'),
    bytes: byteCount(cache.bytes ?? '64MiB', 'enrich cache.bytes'),
    forMs: milliseconds(cache.for, 'enrich cache.for'),
    missingForMs: milliseconds(cache.missingFor ?? cache.for, 'enrich cache.missingFor'),
  };
  return {
    kind: 'enrich',
    name,
    onError,
    options: { by, find, fn, ...options, name: undefined, onError: undefined },
    open: (host) => {
      // Room for what is called, as much again that waits for its turn to leave, and records that share a key.
      const answers = new Answers<unknown>(host, order, Math.max(4096, shape.max * (2 * shape.concurrency + 1)));
      const lookups = new Lookups(kept, host.operator);
      host.showsCache?.(lookups);
      return new Enriching({ host, by, fn: fn as EnrichFn<T>, find: find as BatchFn<Key, unknown>, shape, answers, lookups });
    },
  };
}
