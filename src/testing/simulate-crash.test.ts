import { expect, test } from 'vitest';
import type { Stream } from '../pipeline/stream.ts';
import type { CrashMoment } from './simulate-lab.ts';
import type { SimulatedTime } from './simulate-life.ts';
import { running, spentOf } from './simulate-rig.ts';
import { simulate } from './simulate.ts';

const moments: readonly CrashMoment[] = ['now', 'duringCheckpoint', 'afterPrepare', 'beforeCommit'];

test.each(moments)('a process that dies %s loses nothing and repeats nothing', async (at) => {
  for (const taken of ['nothing taken', 'taken', 'checkpoint'] as const) {
    await using lab = await simulate(spentOf);
    await lab.send({ user: 'ann', cents: 1 }, { user: 'bob', cents: 2 });
    const before = taken === 'taken' ? lab.take() : [];
    if (taken === 'checkpoint') await lab.checkpoint();
    await lab.send({ user: 'ann', cents: 4 });
    await lab.crash({ at });
    await lab.send({ user: 'bob', cents: 8 });
    await lab.crash({ at });
    await lab.send({ user: 'ann', cents: 16 });
    expect([...before, ...lab.take()]).toEqual(['ann 1', 'bob 2', 'ann 5', 'bob 10', 'ann 21']);
  }
});

test('a crash takes back what no checkpoint has, and the part does it again', async () => {
  const seen: number[] = [];
  await using lab = await simulate((numbers: Stream<number>) => numbers.tap((n) => void seen.push(n)));
  await lab.send(1);
  await lab.checkpoint();
  await lab.send(2);
  await lab.crash({ at: 'now' });
  expect(seen).toEqual([1, 2, 2]);
  expect(lab.take()).toEqual([1, 2]);
});

test('a process that dies before the commit has done its work: the next one finishes it', async () => {
  const seen: number[] = [];
  await using lab = await simulate((numbers: Stream<number>) => numbers.tap((n) => void seen.push(n)));
  await lab.send(1, 2);
  await lab.crash({ at: 'beforeCommit' });
  expect(seen).toEqual([1, 2]);
  expect(lab.take()).toEqual([1, 2]);
});

test('a process that dies when its sinks had prepared has done nothing', async () => {
  const seen: number[] = [];
  await using lab = await simulate((numbers: Stream<number>) => numbers.tap((n) => void seen.push(n)));
  await lab.send(1, 2);
  await lab.crash({ at: 'afterPrepare' });
  expect(seen).toEqual([1, 2, 1, 2]);
  expect(lab.take()).toEqual([1, 2]);
});

test('what was taken is not undone by a crash', async () => {
  const seen: number[] = [];
  await using lab = await simulate((numbers: Stream<number>) => numbers.tap((n) => void seen.push(n)));
  await lab.send(1, 2);
  expect(lab.take()).toEqual([1, 2]);
  await lab.crash({ at: 'now' });
  expect([seen, lab.take()]).toEqual([[1, 2], []]);
});

test.each(moments)('a call that was under way when the process died %s is made again', async (at) => {
  const calls: number[] = [];
  const slowly = (numbers: Stream<number>, { sleep }: SimulatedTime): Stream<number> =>
    numbers.mapAsync(
      async (n) => {
        calls.push(n);
        await sleep('2s');
        return n * 10;
      },
      { concurrency: 4 },
    );
  await using lab = await simulate(slowly);
  await lab.send(1, 2);
  await lab.advance('1s');
  await lab.crash({ at });
  await lab.advance('1500ms');
  expect(lab.take()).toEqual([]);
  await lab.advance('500ms');
  expect([calls, lab.take()]).toEqual([
    [1, 2, 1, 2],
    [10, 20],
  ]);
});

test('an answer that comes when the process is dead goes nowhere', async () => {
  const answers: (() => void)[] = [];
  const seen: number[] = [];
  const asking = (numbers: Stream<number>): Stream<number> =>
    numbers
      .mapAsync((n) => new Promise<number>((answer) => answers.push(() => answer(n))), { concurrency: 4 })
      .tap((n) => void seen.push(n));
  await using lab = await simulate(asking);
  await lab.send(1, 2);
  await lab.crash({ at: 'now' });
  const [first, second, third, fourth] = answers;
  first!();
  second!();
  await lab.advance(0);
  expect([lab.take(), seen]).toEqual([[], []]);
  third!();
  fourth!();
  await lab.advance(0);
  expect([lab.take(), seen]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

test('a function that slept when its process died never wakes', async () => {
  const woken: string[] = [];
  let life = 0;
  const sleepy = (numbers: Stream<number>, { sleep }: SimulatedTime): Stream<number> => {
    const name = `life ${++life}`;
    return numbers.mapAsync(
      async (n) => {
        await sleep('1s');
        woken.push(name);
        return n;
      },
      { concurrency: 1 },
    );
  };
  await using lab = await simulate(sleepy);
  await lab.send(1);
  await lab.crash({ at: 'now' });
  await lab.advance('1m');
  expect(woken).toEqual(['life 2']);
});

test('three hundred crashes in a row change no answer', async () => {
  await using lab = await simulate(running, { seed: 3 });
  let expected = 0;
  for (let n = 1; n <= 300; n++) {
    await lab.send(n);
    await lab.crash();
    expected += n;
  }
  expect(lab.take().at(-1)).toBe(expected);
});

test('a process that cannot begin fails the crash, and the next one may', async () => {
  let lives = 0;
  const once = (numbers: Stream<number>): Stream<number> => {
    if (++lives === 2) throw new Error('no second life');
    return numbers.map((n) => n * 2);
  };
  await using lab = await simulate(once);
  await lab.send(1);
  await expect(lab.crash({ at: 'now' })).rejects.toThrow('no second life');
  await expect(lab.advance('1s')).rejects.toMatchObject({ message: 'no second life', seed: '1' });
  await lab.crash({ at: 'now' });
  expect(lab.take()).toEqual([2]);
});

test('a moment that is none is refused', async () => {
  await using lab = await simulate((numbers: Stream<number>) => numbers);
  await expect(lab.crash({ at: 'soon' as 'now' })).rejects.toMatchObject({ code: 'HR_OPTION_INVALID' });
});
