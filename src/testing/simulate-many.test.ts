import { expect, test } from 'vitest';
import { isHeadraceError } from '../core/error.ts';
import { fail } from '../core/failure.ts';
import type { Stream } from '../pipeline/stream.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { slidingCount } from '../windows/count.ts';
import { type Lab, openLab, type SimulatedLab } from './simulate-lab.ts';
import type { Part, SimulatedTime } from './simulate-life.ts';
import { simulateMany } from './simulate-many.ts';

const numbers = Array.from({ length: 60 }, (_, i) => i);

/** Sends sixty numbers in pieces, with time between them, and four crashes. */
async function disturbed<O>(lab: Lab<number, O>): Promise<void> {
  for (let from = 0; from < 60; from += 12) {
    await lab.send(...numbers.slice(from, from + 12));
    await lab.advance('700ms');
    if (from === 24) await lab.checkpoint();
    if (from > 0) await lab.crash();
  }
  await lab.advance('30s');
}

async function everything<O>(lab: Lab<number, O>): Promise<O[]> {
  await disturbed(lab);
  return lab.take();
}

const parts: Readonly<Record<string, Part<number, unknown>>> = {
  'a scan by key': (stream) =>
    stream
      .keyBy((n) => n % 5)
      .scan(
        'sum',
        () => 0,
        (total, n) => total + n,
      )
      .map((total, { key }) => `${String(key)} ${total}`),
  'a window by count': (stream) =>
    stream
      .keyBy((n) => n % 3)
      .window('four', slidingCount(4, 2))
      .aggregate({ sum: sum((n) => n) })
      .map((pane) => `${pane.key} ${pane.sum}`),
  'children and what is left of them': (stream) =>
    stream
      .flatMap((n) => [n, -n])
      .filter((n) => n % 3 !== 0)
      .map((n, { id }) => `${id} ${n}`),
  'asynchronous calls': (stream, { sleep }) =>
    stream.mapAsync(
      async (n) => {
        await sleep(((n * 37) % 11) * 10);
        return n * 2;
      },
      { concurrency: 4 },
    ),
  'asynchronous calls that fail at first': (stream, { sleep }) => {
    const tries = new Map<number, number>();
    return stream.mapAsync(
      async (n) => {
        const before = tries.get(n) ?? 0;
        tries.set(n, before + 1);
        await sleep('50ms');
        if (before < n % 3) throw new Error('not yet');
        return n;
      },
      { concurrency: 3, retry: 3 },
    );
  },
  'a limit behind a limit': (stream) =>
    stream
      .rateLimit({ records: 20, per: '1s', burst: 2 })
      .scan(
        'total',
        () => 0,
        (total, n) => total + n,
      )
      .rateLimit({ records: 10, per: '1s', burst: 1 }),
  'a buffer between': (stream, { sleep }) => stream.buffer({ items: 4 }).mapAsync(async (n) => sleep(20).then(() => n), { concurrency: 1 }),
  'two ways that come together': (stream) => {
    const { even, odd } = stream.split({ even: (n) => n % 2 === 0, odd: () => true });
    return even
      .scan(
        'even',
        () => 0,
        (total, n) => total + n,
      )
      .merge(
        odd.scan(
          'odd',
          () => 1,
          (total, n) => total + n,
        ),
      )
      .filter((n) => n > 50)
      .distinct((n) => n, { name: 'once' })
      .map((n) => n);
  },
  'the first of what is new': (stream) =>
    stream
      .map((n) => n % 40)
      .distinct((n) => n, { name: 'new' })
      .skip(3, { name: 'skipped' })
      .take(30, { name: 'first' }),
};

// Where several ways come together the order is no promise, so what came is compared in an order of its own.
test.each(Object.keys(parts))('%s makes the same of what it is sent, whatever happens to it', async (name) => {
  await simulateMany(parts[name]!, async (lab) => (await everything(lab)).map(String).sort(), { seed: name });
});

test('batches that checkpoints cut hold every record once, in order', async () => {
  await simulateMany(
    (stream: Stream<number>) => stream.batch(5, { within: '1s' }),
    async (lab) => {
      const batches = await everything(lab);
      expect(batches.every((batch) => batch.length > 0 && batch.length <= 5)).toBe(true);
      return batches.flat();
    },
  );
});

test('dead letters come once each', async () => {
  const picky = (stream: Stream<number>): Stream<number> =>
    stream.flatMap((n) => [n, n + 100]).map((n) => (n % 7 === 0 ? fail('seven') : n));
  await simulateMany(
    picky,
    async (lab) => {
      await disturbed(lab);
      const letters = lab.deadLetters();
      expect(letters.map(({ value }) => value)).toEqual(numbers.flatMap((n) => [n, n + 100]).filter((n) => n % 7 === 0));
      return { values: lab.take(), letters: letters.map(({ id, error }) => [id, error.what]) };
    },
    { onError: 'deadLetter' },
  );
});

const sabotaged: Readonly<Record<string, () => Part<number, unknown>>> = {
  'a sum kept in the part': () => (stream) => {
    let total = 0;
    return stream.map((n) => (total += n));
  },
  'a state that is changed after it was emitted': () => (stream) =>
    stream.scan(
      'sum',
      () => ({ n: 0 }),
      (kept, n) => {
        kept.n += n;
        return kept;
      },
    ),
  'a filter that remembers': () => (stream) => {
    const seen = new Set<number>();
    return stream.filter((n) => !seen.has(n % 40) && seen.add(n % 40) !== undefined);
  },
  'an order that hangs on the clock':
    () =>
    (stream, { sleep }) =>
      stream.mapAsync(async (n) => sleep('1s').then(() => n), { concurrency: 8, order: 'completion' }),
};

test.each(Object.keys(sabotaged))('%s is found', async (name) => {
  await expect(simulateMany(sabotaged[name]!(), everything)).rejects.toMatchObject({ code: 'HR_SIMULATION_FAILED' });
});

test('a sum kept in the module is found by a crash that makes it count twice', async () => {
  let total = 0;
  const part = (stream: Stream<number>): Stream<number> => stream.map((n) => (total += n));
  const play =
    (isCrashing: boolean) =>
    async (lab: Lab<number, number>): Promise<number[]> => {
      total = 0;
      await lab.send(1, 2);
      if (isCrashing) await lab.crash();
      await lab.send(3);
      return lab.take();
    };
  await simulateMany(part, play(false));
  await expect(simulateMany(part, play(true))).rejects.toMatchObject({ code: 'HR_SIMULATION_FAILED' });
});

test('a failed run says its seed and what happened, and alone it fails in the same way', async () => {
  const part = (stream: Stream<number>): Stream<number> => {
    let total = 0;
    return stream.map((n) => (total += n));
  };
  const first: unknown = await simulateMany(part, everything).catch((error: unknown) => error);
  if (!isHeadraceError(first) || !('seed' in first)) throw new Error('it was not found', { cause: first });
  expect(first.message).toMatch(/failed with seed '1-\d+': the scenario answers something else than undisturbed \(chunk .*a crash/);
  expect(first.message).toContain(`Repeat it alone with { seed: '${String(first.seed)}', runs: 1 }.`);
  const again: unknown = await simulateMany(part, everything, { seed: String(first.seed), runs: 1 }).catch((error: unknown) => error);
  if (!isHeadraceError(again)) throw new Error('alone it did not fail', { cause: again });
  expect(again.where).toBe(first.where);
  expect((again.cause as Error).message).toBe((first.cause as Error).message);
});

test('what the scenario expects is the cause', async () => {
  const failing = simulateMany(
    (stream: Stream<number>) => stream.map((n) => n),
    async (lab) => {
      await lab.send(1);
      const { isUndisturbed } = { isUndisturbed: lab.seed === '1' };
      expect(lab.take()).toEqual(isUndisturbed ? [1] : [2]);
    },
  );
  const error: unknown = await failing.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ seed: '1-1', cause: { name: 'AssertionError' } });
});

test('a scenario that fails undisturbed fails as it is', async () => {
  const failing = simulateMany(
    (stream: Stream<number>) => stream.map((n) => n),
    () => Promise.reject(new TypeError('mine')),
  );
  await expect(failing).rejects.toThrow(TypeError);
});

test('the same seed is the same simulation', async () => {
  const story = async (seed: string): Promise<readonly unknown[]> => {
    const settings = { seed, start: 0, isShuffled: true, isUndisturbed: false, chunk: 7 };
    const lab: SimulatedLab<number, unknown> = await openLab(parts['asynchronous calls']!, settings);
    await using open = lab;
    return [await everything(open), lab.story, open.now()];
  };
  expect(await story('a')).toEqual(await story('a'));
  expect((await story('a'))[1]).not.toEqual((await story('b'))[1]);
});

test('every moment comes up, and every place in a checkpoint', async () => {
  const stories = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const lab = await openLab(
      (stream: Stream<number>, _time: SimulatedTime) =>
        stream.scan(
          'sum',
          () => 0,
          (total, n) => total + n,
        ),
      {
        seed: `moments ${seed}`,
        start: 0,
        isShuffled: true,
        isUndisturbed: false,
      },
    );
    await using open = lab;
    expect(await everything(open)).toEqual(numbers.map((n) => (n * (n + 1)) / 2));
    for (const line of lab.story) stories.add(line);
  }
  for (const moment of [
    'while it waited for more',
    'when the sinks had prepared',
    'when the checkpoint was written and nothing committed',
  ]) {
    expect(stories).toContain(`a crash, ${moment}`);
  }
  expect(stories).toContain('at most 3 records');
  for (let change = 0; change < 6; change++) {
    const here = [...stories].filter((line) => line.includes(`change ${change} of the disk`));
    expect(here.length, `change ${change}`).toBeGreaterThan(0);
  }
});
