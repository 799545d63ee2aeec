import { expect, test } from 'vitest';
import type { HeadraceError } from '../core/error.ts';
import { fail } from '../core/failure.ts';
import type { Stream } from '../pipeline/stream.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { tumblingCount } from '../windows/count.ts';
import type { SimulatedTime } from './simulate-life.ts';
import { type Order, running, spentOf } from './simulate-rig.ts';
import { simulate } from './simulate.ts';

test('what a part makes of what was sent can be taken, once', async () => {
  await using lab = await simulate(spentOf);
  await lab.send({ user: 'ann', cents: 300 }, { user: 'bob', cents: 500 });
  expect(lab.take()).toEqual(['ann 300', 'bob 500']);
  expect(lab.take()).toEqual([]);
  await lab.send({ user: 'ann', cents: 400 });
  expect(lab.take()).toEqual(['ann 700']);
});

test('a window of three records closes with the third, whatever lies between', async () => {
  const threes = (numbers: Stream<number>): Stream<number> =>
    numbers
      .window('threes', tumblingCount(3))
      .aggregate({ sum: sum((n) => n) })
      .map((pane) => pane.sum);
  await using lab = await simulate(threes);
  await lab.send(1, 2);
  await lab.crash();
  await lab.restart();
  expect(lab.take()).toEqual([]);
  await lab.send(4, 8);
  expect(lab.take()).toEqual([7]);
});

test('functions of the part wait in virtual time', async () => {
  const slowly = (numbers: Stream<number>, { sleep }: SimulatedTime): Stream<number> =>
    numbers.mapAsync(
      async (n) => {
        await sleep('2s');
        return n * 10;
      },
      { concurrency: 2 },
    );
  await using lab = await simulate(slowly);
  await lab.send(1, 2, 3);
  await lab.advance('1999ms');
  expect(lab.take()).toEqual([]);
  await lab.advance('1ms');
  expect([lab.take(), lab.now()]).toEqual([[10, 20], 2000]);
  await lab.advance('2s');
  expect(lab.take()).toEqual([30]);
});

test('a batch leaves when its time is up, counted from the record that began it', async () => {
  await using lab = await simulate((numbers: Stream<number>) => numbers.batch(3, { within: '5s' }), { checkpointEvery: '1h' });
  await lab.send(1);
  await lab.advance('4s');
  await lab.send(2);
  expect(lab.take()).toEqual([]);
  await lab.advance('1s');
  expect(lab.take()).toEqual([[1, 2]]);
});

test('no more pass a limit than it allows, also across a crash', async () => {
  const limited = (numbers: Stream<number>): Stream<number> => numbers.rateLimit({ records: 1, per: '1s', burst: 1 });
  await using lab = await simulate(limited, { chunk: 1 });
  await lab.send(1, 2, 3, 4);
  expect(lab.take()).toEqual([1]);
  await lab.crash({ at: 'now' });
  await lab.advance('10s');
  expect(lab.take()).toEqual([2, 3, 4]);
});

test('children go their own ways', async () => {
  const words = (lines: Stream<string>): Stream<string> =>
    lines.flatMap((line) => line.split(' ')).map((word, record) => `${record.id} ${word}`);
  await using lab = await simulate(words);
  await lab.send('to be', 'or');
  await lab.crash();
  expect(lab.take()).toEqual(['sent/0/0/0 to', 'sent/0/0/1 be', 'sent/0/1/0 or']);
});

test('refused records are dead letters, once', async () => {
  const inverse = (numbers: Stream<number>): Stream<number> => numbers.map((n) => (n === 0 ? fail('zero') : 1 / n));
  await using lab = await simulate(inverse, { onError: 'deadLetter' });
  await lab.send(2, 0);
  await lab.crash({ at: 'beforeCommit' });
  await lab.send(4, 0);
  await lab.crash({ at: 'now' });
  expect(lab.take()).toEqual([0.5, 0.25]);
  expect(lab.deadLetters().map(({ id, value, error }) => [id, value, error.what])).toEqual([
    ['sent/0/1', 0, 'zero'],
    ['sent/0/3', 0, 'zero'],
  ]);
  expect(lab.deadLetters()).toEqual([]);
});

test('records come with the time they were sent with', async () => {
  await using lab = await simulate((numbers: Stream<number>) => numbers.map((n, record) => [n, record.eventTime]));
  await lab.send(1);
  await lab.sendAt(5000, 2);
  await lab.sendAt(new Date(7000), 3);
  expect(lab.take()).toEqual([
    [1, Number.NaN],
    [2, 5000],
    [3, 7000],
  ]);
});

test('the end of the data lets out what waits for more', async () => {
  await using lab = await simulate((numbers: Stream<number>) => numbers.window('threes', tumblingCount(3, { partial: true })).toArray());
  await lab.send(1, 2, 3, 4);
  await lab.crash();
  await lab.end();
  expect(lab.take()).toEqual([[1, 2, 3], [4]]);
  await lab.crash();
  expect(lab.take()).toEqual([]);
  await expect(lab.send(5)).rejects.toMatchObject({ code: 'HR_SIMULATION_OVER', seed: '1' });
});

test('a call fails with what the part failed of, and with the seed; a new process may do better', async () => {
  let isDown = true;
  const asking = (numbers: Stream<number>): Stream<number> =>
    numbers.map((n) => {
      if (n === 2 && isDown) throw new Error('two is too many');
      return n;
    });
  await using lab = await simulate(asking, { seed: 'mine' });
  await lab.send(1);
  await expect(lab.send(2, 3)).rejects.toMatchObject({ code: 'HR_OPERATOR_FAILED', seed: 'mine' });
  await expect(lab.advance('1s')).rejects.toThrow('two is too many');
  isDown = false;
  await lab.crash();
  expect(lab.take()).toEqual([1, 2, 3]);
});

test('a part that cannot be built is refused at once', async () => {
  const twice = (numbers: Stream<number>): Stream<number> => running(running(numbers));
  await expect(simulate(twice, { seed: 7 })).rejects.toMatchObject({ code: 'HR_NAME_TAKEN', seed: '7' });
});

test('state that no checkpoint can keep fails the test, also when that ends with what was taken', async () => {
  const counted = (numbers: Stream<number>): Stream<number> =>
    numbers
      .scan(
        'count',
        () => ({ next: () => 0 }),
        (kept) => kept,
      )
      .map(() => 1);
  const lab = await simulate(counted);
  await lab.send(1);
  expect(lab.take()).toEqual([1]);
  await expect(lab[Symbol.asyncDispose]()).rejects.toMatchObject({ seed: '1' });
});

test('what is done to an object outside does not reach the part, nor the other way round', async () => {
  const order = { user: 'ann', cents: 1 };
  const last = (orders: Stream<Order>): Stream<{ cents: number }> =>
    orders.scan(
      'sum',
      () => ({ cents: 0 }),
      (kept, { cents }) => {
        kept.cents += cents;
        return kept;
      },
    );
  await using lab = await simulate(last);
  await lab.send(order);
  await lab.send(order);
  order.cents = 100;
  const [first] = lab.take();
  expect(first).toEqual({ cents: 1 });
  first!.cents = 100;
  await lab.send({ ...order, cents: 3 });
  expect(lab.take()).toEqual([{ cents: 5 }]);
});

test('calls that nobody waits for are done one after the other', async () => {
  await using lab = await simulate(running);
  await Promise.all([lab.send(1), lab.crash(), lab.send(2), lab.advance('1m'), lab.restart(), lab.send(3)]);
  expect(lab.take()).toEqual([1, 3, 6]);
});

test('a closed lab says so', async () => {
  const lab = await simulate(running);
  await lab[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
  await expect(lab.send(1)).rejects.toMatchObject({ code: 'HR_SIMULATION_OVER' });
});

test('what is meant for threads is done in place', async () => {
  await using lab = await simulate((numbers: Stream<number>) => numbers.onWorkers('double', 2, (part) => part.map((n) => n * 2)));
  await lab.send(1, 2);
  await lab.crash();
  expect(lab.take()).toEqual([2, 4]);
});

test('a span that is none is refused in the words of every other option', async () => {
  await using lab = await simulate(running);
  const error: unknown = await lab.advance('5 sec' as '5s').catch((caught: unknown) => caught);
  expect((error as HeadraceError).code).toBe('HR_UNIT_INVALID');
});
