import { expect, test } from 'vitest';
import type { Stream } from '../pipeline/stream.ts';
import { count } from '../windows/aggregates/count.ts';
import { tumbling } from '../windows/time.ts';
import type { SimulatedTime } from './simulate-life.ts';
import { simulate } from './simulate.ts';

const perTen = (times: Stream<number>, { sleep }: SimulatedTime): Stream<string> =>
  times
    .eventTime((at) => at)
    .mapAsync(
      async (at) => {
        await sleep('5s');
        return at;
      },
      { concurrency: 4 },
    )
    .window('tens', tumbling(10))
    .aggregate({ n: count() })
    .map(({ window, n }) => `${window.start}..${window.end}: ${n}`);

test('a record that waits for an answer while the process dies is as late afterwards as it was before', async () => {
  await using lab = await simulate(perTen, { checkpointEvery: '1s' });
  await lab.send(5, 25);
  await lab.advance('6s');
  expect(lab.take()).toEqual(['0..10: 1']);
  await lab.send(3);
  await lab.advance('2s');
  await lab.crash();
  await lab.restart();
  await lab.send(45);
  await lab.advance('20s');
  expect(lab.take()).toEqual(['20..30: 1']);
});

test('so is one that waits with the record that makes it late', async () => {
  await using lab = await simulate(perTen, { checkpointEvery: '1s' });
  await lab.send(5, 25, 3, 45);
  await lab.advance('2s');
  await lab.crash();
  await lab.restart();
  await lab.advance('20s');
  expect(lab.take()).toEqual(['0..10: 1', '20..30: 1']);
});
