import type { CacheView } from '../core/station.ts';

/** What the copies of an operator keep of answers, together. */
export type CacheMetrics = CacheView;

const NAMES = ['hits', 'misses', 'shared', 'evicted', 'waiting', 'items', 'bytes'] as const;

/** The numbers of several copies as one; undefined where there is none. */
export function cachesTogether(views: readonly CacheView[]): CacheMetrics | undefined {
  if (views.length === 0) return undefined;
  const all = { hits: 0, misses: 0, shared: 0, evicted: 0, waiting: 0, items: 0, bytes: 0 };
  for (const view of views) for (const name of NAMES) all[name] += view[name];
  return all;
}
