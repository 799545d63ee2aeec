import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import type { Chunk } from '../core/chunk.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { Counters } from './counters.ts';
import { prometheus } from './prometheus.ts';
import { start } from './run.ts';
import { CountHearing, CountTelling } from './stages/counts.ts';

test('a run says how often an answer was there, and what is kept of answers', async () => {
  const found = collect<string>();
  let kept = 0;
  const find = async (users: readonly string[]) => users.map((user) => (user === 'eve' ? undefined : user.length));
  const running = await start(
    pipeline('looked-up')
      .from(values(['ann', 'bob', 'ann', 'eve', 'ann']))
      .enrich({ by: (user) => user, find }, (user, length) => `${user} ${length}`, { name: 'users', max: 2, cache: { for: '1m' } })
      .tap(() => void (kept = Math.max(kept, running.metrics().operators.find(({ id }) => id === 'users')!.cache!.items)))
      .to(found),
  );
  await running.done;
  expect(found.values).toEqual(['ann 3', 'bob 3', 'ann 3', 'eve undefined', 'ann 3']);
  const metrics = running.metrics();
  const { cache } = metrics.operators.find(({ id }) => id === 'users')!;
  expect(cache).toEqual({ hits: 0, misses: 3, shared: 2, evicted: 0, waiting: 0, items: 0, bytes: 0 });
  expect(kept).toBe(3);
  expect(metrics.operators.filter((operator) => operator.cache !== undefined).map(({ id }) => id)).toEqual(['users']);
  const lines = prometheus(metrics).split('\n');
  const labels = '{kind="enrich",operator="users",pipeline="looked-up"}';
  expect(lines).toContain(`headrace_cache_misses_total${labels} 3`);
  expect(lines).toContain(`headrace_cache_items${labels} 0`);
});

test('what copies in other processes keep is added up, and the newest word of each counts', () => {
  const host = new Map([['users', new Counters('users', 'enrich')]]);
  const there = [1, 2].map((copy) => {
    const counters = new Counters('users', 'enrich');
    const view = { hits: 10 * copy, misses: copy, shared: 0, evicted: 0, waiting: 0, items: copy, bytes: 100 * copy };
    counters.caches.push(view);
    return { view, telling: new CountTelling([counters], new VirtualClock()), hearing: new CountHearing(host) };
  });
  for (const { telling, hearing } of there) hearing.heard(telling.due(false)!);
  Object.assign(there[0]!.view, { hits: 11, items: 0 });
  there[0]!.hearing.heard(there[0]!.telling.due(true)!);
  const { caches } = host.get('users')!;
  expect(caches.map(({ hits, items, bytes }) => [hits, items, bytes])).toEqual([
    [11, 0, 100],
    [20, 2, 200],
  ]);
  // What has none says nothing of it.
  const none = new CountTelling([new Counters('map', 'map')], new VirtualClock()).due(true)!;
  expect(Object.keys((none as Chunk<object>).values[0]!)).not.toContain('cache');
});
