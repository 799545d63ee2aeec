// Operators with state by key and time, with state in memory and on a disk with hardly any memory: what they commit is
// the same, in one life and in several. HEADRACE_SEED changes what comes and when lives end.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import {
  aggregateCell,
  cell,
  count,
  distinct,
  global,
  listCell,
  mapCell,
  mean,
  type Pipeline,
  pipeline,
  session,
  sliding,
  toArray,
  tumbling,
} from '../../src/index.ts';
import type { Source } from '../../src/core/source.ts';
import { DISORDER_MS, type Fact, factsOf, type Life, livedThrough, type Lives, type Outside } from './stored-running.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const SEED = process.env['HEADRACE_SEED'] ?? '20261122';
const ROUNDS = isFull ? 6 : 1;
/** Less than the states of one chunk. */
const TINY: Life['state'] = { kind: 'disk', overlay: 4000, cache: 1500 };

/** Cells of each kind and timers that each record puts off, by the times of the records. */
function visits(facts: Source<Fact>, outside: Outside): Pipeline {
  return pipeline('visits')
    .from(facts)
    .eventTime(({ at }) => at, { disorder: DISORDER_MS })
    .keyBy(({ key }) => key)
    .process(
      'visits',
      {
        cells: {
          seen: cell(() => 0),
          ids: listCell<number>({ newest: 4 }),
          byThird: mapCell<number, number>(),
          spread: aggregateCell(mean(({ at }: Fact) => at)),
        },
        onRecord(fact, { cells, timers, time }) {
          cells.seen.update((seen) => seen + 1);
          cells.ids.push(fact.id);
          cells.byThird.set(fact.id % 3, fact.id);
          cells.spread.add(fact);
          timers.set('over', time + 400);
          if (fact.id % 5 === 0) timers.set(`soon ${fact.id % 2}`, time + 60);
          if (fact.id % 11 === 0) timers.cancel('soon 1');
          if (fact.id % 13 === 0) timers.set('over', time + 30);
          return [];
        },
        onTimer({ name, at }, { key, cells, forget }) {
          const told = [key, name, at, cells.seen.get(), cells.ids.values(), [...cells.byThird.entries()], cells.spread.get()];
          if (name === 'over') forget();
          return [told];
        },
      },
      { order: 'eventTime' },
    )
    .to(outside.sink('visits'));
}

/** Joins of each kind, with a table that is asked by arrival, and timers of records as they come. */
function joins(facts: Source<Fact>, outside: Outside): Pipeline {
  const plan = pipeline('joins');
  const all = plan
    .from(facts)
    .eventTime(({ at }) => at, { disorder: DISORDER_MS })
    .keyBy(({ key }) => key);
  const [left, right] = [all.filter(({ id }) => id % 3 === 0), all.filter(({ id }) => id % 3 !== 0)];
  for (const kind of ['inner', 'left', 'full'] as const) {
    left
      .join(`pairs ${kind}`, right, (one, other) => [one?.id ?? null, other?.id ?? null], {
        within: { before: 150, after: 320 },
        kind,
      })
      .to(outside.sink(kind));
  }
  left.joinAsOf('rows', right, (one, row) => [one.id, row?.id ?? null], { kind: 'left', keep: { for: '900ms' } }).to(outside.sink('rows'));
  all
    .process('reminders', {
      onRecord: ({ id }, { timers, time }) => timers.set(`${id}`, time + 2 * DISORDER_MS + (id % 7) * 50),
      onTimer: ({ name, at }, { key }) => [[key, name, at]],
    })
    .to(outside.sink('reminders'));
  return plan as unknown as Pipeline;
}

/** Windows of every kind that lies on a disk, with each kind of fold, and one that stays in memory. */
function windows(facts: Source<Fact>, outside: Outside): Pipeline {
  const plan = pipeline('windows');
  const all = plan
    .from(facts)
    .eventTime(({ at }) => (at % 17 === 0 ? at - 500 : at), { disorder: DISORDER_MS })
    .keyBy(({ key }) => key);
  const fields = {
    n: count<Fact>(),
    ids: toArray(({ id }: Fact) => id),
    mean: mean(({ at }: Fact) => at),
    users: distinct(({ id }: Fact) => id),
  };
  all
    .window('tens', tumbling(300), { lateness: 350, early: { records: 2 }, panes: 'discarding' })
    .aggregate(fields)
    .to(outside.sink('tens'));
  all.window('lists', tumbling(400)).toArray().to(outside.sink('lists'));
  all.window('visits', session(260), { lateness: 200 }).aggregate(fields).to(outside.sink('visits'));
  all
    .window('folds', session(260))
    .reduce(
      (key) => ({ key, ids: [] as readonly number[] }),
      ({ key, ids }, { id }) => ({ key, ids: [...ids, id] }),
    )
    .to(outside.sink('folds'));
  all
    .window('steps', sliding(400, 150))
    .reduce(
      () => 0,
      (sum, { id }) => sum + id,
    )
    .to(outside.sink('steps'));
  all.window('late steps', sliding(400, 150), { lateness: 300 }).aggregate(fields).to(outside.sink('late steps'));
  all.window('load', sliding(400, 150)).aggregate(fields).to(outside.sink('load'));
  all
    .window('all', global({ untilEnd: true }))
    .aggregate(fields)
    .to(outside.sink('all'));
  plan
    .deadLetters()
    .map(({ operator, value }) => [operator, (value as Fact).id])
    .to(outside.sink('letters'));
  return plan as unknown as Pipeline;
}

const plans: Readonly<Record<string, Lives['make']>> = { visits, joins, windows };

/** Which of two records that belong to no common key comes first is said by nobody once a stream was read anew. */
function sorted(committed: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(committed).map(([name, lines]) => [name, lines.toSorted()]));
}

const FACTS = isFull ? 400 : 200;
const KEYS = isFull ? 60 : 30;

for (const [name, make] of Object.entries(plans)) {
  test(`what ${name} commits is the same from a disk with hardly any memory, line by line`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const facts = factsOf(`${SEED} ${name} ${round}`, FACTS, KEYS);
      const expected = await livedThrough({ make, facts, lives: [{ state: 'memory' }] });
      for (const lines of Object.values(expected)) expect(lines.length).toBeGreaterThan(10);
      for (const state of ['disk', TINY] as const)
        expect(await livedThrough({ make, facts, lives: [{ state }] }), `HEADRACE_SEED=${SEED}, round ${round}`).toEqual(expected);
    }
  }, 120_000);

  test(`${name} goes on from a disk after stops, kills and power cuts, and from memory to a disk`, async () => {
    const random = new SeededRandom(`${SEED} lives of ${name}`);
    const draw = (below: number): number => Math.floor(random.next() * below);
    for (let round = 0; round < ROUNDS; round++) {
      const facts = factsOf(`${SEED} ${name} ${round}`, FACTS, KEYS);
      const expected = sorted(await livedThrough({ make, facts, lives: [{ state: 'memory' }] }));
      const lives: Life[] = [
        { state: round % 2 === 1 ? TINY : 'memory', stopsAfterMs: 5 + draw(15) },
        { state: TINY, dies: { at: 10 + draw(60), how: (['before', 'half', 'after'] as const)[draw(3)]!, powerCut: draw(2) === 0 } },
        { state: TINY, dies: { at: 10 + draw(60), how: (['before', 'half', 'after'] as const)[draw(3)]!, powerCut: draw(2) === 0 } },
        { state: 'disk', stopsAfterMs: 3 + draw(10) },
        { state: TINY },
      ];
      const told = `HEADRACE_SEED=${SEED}, round ${round}, ${JSON.stringify(lives)}`;
      expect(sorted(await livedThrough({ make, facts, lives })), told).toEqual(expected);
    }
  }, 120_000);
}
