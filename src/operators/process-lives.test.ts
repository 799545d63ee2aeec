import { expect, test } from 'vitest';
import type { Stream } from '../pipeline/stream.ts';
import { simulate } from '../testing/simulate.ts';
import { cell } from './process-cells.ts';

interface Click {
  readonly user: string;
  readonly at: number;
  readonly waits?: number;
}

/** Counts the clicks of a visit, which is over after 30 s of event time without one, and reminds after a time of the clock. */
const visits = (clicks: Stream<Click>): Stream<string> =>
  clicks
    .eventTime((click) => click.at)
    .keyBy((click) => click.user)
    .process(
      'visits',
      {
        cells: { pages: cell(() => 0) },
        timers: ['over', 'reminder'],
        onRecord(click, { cells, timers, clock, time }) {
          cells.pages.update((pages) => pages + 1);
          timers.set('over', time + 30_000);
          if (click.waits !== undefined) clock.set('reminder', clock.now() + click.waits);
        },
        onTimer(_timer, { key, cells, forget }) {
          const visit = `${key} saw ${cells.pages.get()}`;
          forget();
          return [visit];
        },
        onClock: (timer, { key, cells }) => [`${key} has seen ${cells.pages.get()}, at ${timer.at}`],
      },
      { order: 'eventTime' },
    );

test('timers of both kinds outlive crashes and restarts, and fire once', async () => {
  await using lab = await simulate(visits);
  await lab.send({ user: 'ann', at: 0 }, { user: 'bob', at: 1_000, waits: 60_000 });
  await lab.crash();
  await lab.send({ user: 'ann', at: 20_000 });
  await lab.restart();
  await lab.send({ user: 'bob', at: 40_000 });
  expect(lab.take()).toEqual(['bob saw 1']);
  await lab.crash();
  await lab.send({ user: 'cat', at: 60_000 });
  await lab.checkpoint();
  await lab.crash({ at: 'now' });
  expect(lab.take()).toEqual(['ann saw 2']);
  await lab.end();
  expect(lab.take()).toEqual(['bob saw 1', 'cat saw 1']);
});

test('a timer by the clock fires at its time, also when its process died and came back in between', async () => {
  await using lab = await simulate(visits);
  await lab.send({ user: 'ann', at: 0, waits: 60_000 });
  await lab.advance('30s');
  await lab.crash({ at: 'now' });
  await lab.advance('29s');
  expect(lab.take()).toEqual([]);
  await lab.restart();
  await lab.advance('2s');
  expect(lab.take()).toEqual(['ann has seen 1, at 60000']);
  await lab.advance('1h');
  expect(lab.take()).toEqual([]);
});

test('state that nobody touches for as long as it is kept is forgotten, in cells of process too', async () => {
  const seen = (names: Stream<string>): Stream<string> =>
    names
      .keyBy((name) => name)
      .process('seen', {
        cells: { times: cell(() => 0, { keep: { for: '1m' } }) },
        onRecord(name, { cells }) {
          cells.times.update((times) => times + 1);
          return [`${name} ${cells.times.get()}`];
        },
      });
  await using lab = await simulate(seen);
  await lab.send('ann');
  await lab.advance('59s');
  await lab.send('ann');
  await lab.crash();
  await lab.advance('59s');
  await lab.send('ann', 'bob');
  await lab.advance('61s');
  await lab.send('ann');
  expect(lab.take()).toEqual(['ann 1', 'ann 2', 'ann 3', 'bob 1', 'ann 1']);
});

test('what a join keeps outlives crashes, and what met nothing comes once', async () => {
  const meet = (all: Stream<{ readonly side: 'l' | 'r'; readonly key: string; readonly at: number }>): Stream<string> => {
    const keyed = all.eventTime((one) => one.at).keyBy((one) => one.key);
    const [left, right] = [keyed.filter((one) => one.side === 'l'), keyed.filter((one) => one.side === 'r')];
    return left.join('meet', right, (l, r) => `${l.key} ${l.at} ${r?.at}`, { within: 10, kind: 'left' });
  };
  await using lab = await simulate(meet);
  await lab.send({ side: 'l', key: 'a', at: 0 }, { side: 'l', key: 'b', at: 1 });
  await lab.crash();
  await lab.send({ side: 'r', key: 'b', at: 5 });
  await lab.restart();
  expect(lab.take()).toEqual(['b 1 5']);
  await lab.send({ side: 'r', key: 'c', at: 30 });
  await lab.crash();
  await lab.end();
  expect(lab.take()).toEqual(['a 0 undefined']);
});
