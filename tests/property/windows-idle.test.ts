import { expect, test } from 'vitest';
import { count, type Stream } from '../../src/index.ts';
import { simulate } from '../../src/testing/simulate.ts';
import { session, tumbling } from '../../src/windows/time.ts';

interface Click {
  readonly user: string;
  readonly at: number;
}

const visitsOf = (clicks: Stream<Click>): Stream<{ readonly user: string; readonly pages: number }> =>
  clicks
    .eventTime((click) => click.at, { idleAfter: '10s' })
    .keyBy((click) => click.user)
    .window('visits', session('30s'))
    .aggregate({ pages: count() })
    .map((pane) => ({ user: pane.key, pages: pane.pages }));

test('a visit closes after 30 s of silence, also across a crash', async () => {
  await using lab = await simulate(visitsOf);
  await lab.send({ user: 'ann', at: 0 }, { user: 'ann', at: 20_000 });
  await lab.crash();
  await lab.advance('41s');
  expect(lab.take()).toEqual([{ user: 'ann', pages: 2 }]);
});

test('windows that are over when the input stops are emitted, and not held until more comes', async () => {
  const perSecond = (clicks: Stream<Click>): Stream<string> =>
    clicks
      .eventTime((click) => click.at, { disorder: '2s', idleAfter: '5s' })
      .keyBy((click) => click.user)
      .window('seconds', tumbling('1s'))
      .aggregate({ n: count() })
      .map(({ key, window, n }) => `${key} ${window.start} ${n}`);
  await using lab = await simulate(perSecond);
  // The watermark is at 4,000 - 2,000: two of the five windows are over.
  await lab.send(...Array.from({ length: 10 }, (_, i) => ({ user: 'ann', at: i * 500 - (i === 9 ? 500 : 0) })));
  expect(lab.take()).toEqual(['ann 0 2', 'ann 1000 2']);
  // It walks from 2,000 on when the partition has been silent for 5 s: 3 s later the last window, to 5,000, is over.
  await lab.advance('5s');
  expect(lab.take()).toEqual([]);
  await lab.advance('2999ms');
  expect(lab.take()).toEqual(['ann 2000 2', 'ann 3000 2']);
  await lab.advance('2ms');
  expect(lab.take()).toEqual(['ann 4000 2']);
  // What comes now is late by what was promised meanwhile.
  await lab.send({ user: 'ann', at: 4_999 }, { user: 'ann', at: 9_000 });
  expect(lab.deadLetters().map(({ error }) => error.code)).toEqual(['HR_RECORD_LATE']);
});
