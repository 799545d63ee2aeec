import { describe, expect, test } from 'vitest';
import { virtualWorld } from '../../src/base/virtual-world.ts';
import { each, every, pipeline, StreamBuffer, values } from '../../src/index.ts';
import { begin, counting, guardRejections, keeping, later, never, runToEnd, upTo } from './rig.ts';

guardRejections();

describe.each(['always', 'never'] as const)('with codegen %s', (codegen) => {
  test('take over an endless generator ends the run and the generator', async () => {
    let isReturned = false;
    function* endless(): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        isReturned = true;
      }
    }
    const sink = keeping<number>();
    const { report } = await runToEnd(
      pipeline('endless')
        .from(values(endless))
        .map((n) => n * 2)
        .take(5)
        .to(sink),
      { codegen },
    );
    expect(sink.values).toEqual([0, 2, 4, 6, 8]);
    expect(report?.ended).toBe('end');
    expect(isReturned).toBe(true);
  });

  test('take over an endless asynchronous generator does the same', async () => {
    let isReturned = false;
    async function* endless(): AsyncGenerator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        isReturned = true;
      }
    }
    const sink = keeping<number>();
    await runToEnd(pipeline('endless').from(values(endless)).take(5).to(sink), { codegen });
    expect(sink.values).toEqual([0, 1, 2, 3, 4]);
    expect(isReturned).toBe(true);
  });

  test('what stands before a take sees nothing behind its end', async () => {
    const seen: number[] = [];
    const sink = keeping<number>();
    const made = pipeline('exact')
      .from(values(upTo(100)))
      .map((n) => {
        seen.push(n);
        if (n === 7) throw new Error('behind the end');
        return n;
      })
      .take(5)
      .to(sink);
    const { error } = await runToEnd(made, { codegen });
    expect(error).toBeUndefined();
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(sink.values).toEqual([0, 1, 2, 3, 4]);
  });

  test('children of the last record that a take lets through are all there', async () => {
    const sink = keeping<number>();
    const made = pipeline('family')
      .from(values([1, 2, 3]))
      .take(2)
      .flatMap((n) => [n, n * 10])
      .to(sink);
    await runToEnd(made, { codegen });
    expect(sink.values).toEqual([1, 10, 2, 20]);
  });

  test('a branch that ends early leaves the other alone', async () => {
    const [few, all] = [keeping<number>({ id: 'few' }), keeping<number>({ id: 'all' })];
    const made = pipeline('branches');
    const numbers = made.from(counting({ records: 5000 })).map((n) => n);
    numbers.take(3).to(few);
    numbers.filter((n) => n % 2 === 0).to(all);
    const { report } = await runToEnd(made, { codegen });
    expect(few.values).toEqual([0, 1, 2]);
    expect(all.values).toHaveLength(2500);
    expect(report?.ended).toBe('end');
  });

  test('when all branches have ended early, the source stops too', async () => {
    const source = counting({ records: 100_000_000 });
    const made = pipeline('branches');
    const numbers = made.from(source);
    const [few, more] = [keeping<number>({ id: 'few' }), keeping<number>({ id: 'more' })];
    numbers.take(3).to(few);
    numbers.take(2000).to(more);
    await runToEnd(made, { codegen });
    expect([few.values.length, more.values.length]).toEqual([3, 2000]);
    expect(source.given).toBeLessThanOrEqual(8 * 1024);
    expect(source.closed).toBe(1);
  });

  test('nothing is lost when a take ends while what came before still waits for a slow sink', async () => {
    const world = virtualWorld();
    const [slow, plain] = [keeping<number>({ id: 'slow', onWrite: () => later(world, 10, undefined) }), keeping<number>({ id: 'plain' })];
    const made = pipeline('rest');
    const some = made.from(counting({ records: 1000 })).take(500);
    some.flatMap((n) => Array<number>(100).fill(n)).to(slow);
    some.to(plain);
    await runToEnd(made, { codegen, world });
    expect(plain.values).toEqual(upTo(500));
    expect(slow.values).toEqual(upTo(500).flatMap((n) => Array<number>(100).fill(n)));
  });

  test('what precedes a failing record reaches a slow sink through another loop', async () => {
    const world = virtualWorld();
    const [slow, plain] = [keeping<number>({ id: 'slow', onWrite: () => later(world, 1, undefined) }), keeping<number>({ id: 'plain' })];
    const made = pipeline('rest');
    const some = made.from(counting({ records: 1000 })).map((n) => {
      if (n === 500) throw new Error('here');
      return n;
    });
    some.flatMap((n) => Array<number>(50).fill(n)).to(slow);
    some.to(plain);
    const { code } = await runToEnd(made, { codegen, world });
    expect(code).toBe('HR_OPERATOR_FAILED');
    expect(plain.values).toEqual(upTo(500));
    expect(slow.values).toHaveLength(25_000);
  });

  test('a take that ends amid the children of one value loses none of them to a slow sink', async () => {
    const world = virtualWorld();
    const slow = keeping<number>({ onWrite: () => later(world, 1, undefined) });
    const made = pipeline('amid')
      .from(values([1, 2]))
      .flatMap(() => upTo(20_000))
      .take(15_000)
      .to(slow);
    await runToEnd(made, { codegen, world });
    expect(slow.values).toEqual(upTo(15_000));
  });

  test('behind a merge, the children of one value stay together while others push', async () => {
    const world = virtualWorld();
    const slow = keeping<string>({ onWrite: () => later(world, 1, undefined) });
    const made = pipeline('together');
    const [one, two] = ['one', 'two'].map((id) => made.from({ ...counting({ records: 3 }), id }).map((n) => `${id} ${n}`));
    one!
      .merge(two!)
      .flatMap((name) => upTo(9000).map(() => name))
      .to(slow);
    await runToEnd(made, { codegen, world });
    expect(slow.values).toHaveLength(54_000);
    expect(slow.values.filter((name, i) => i === 0 || name !== slow.values[i - 1])).toHaveLength(6);
  });

  test('one value may have a million children, also for the loop behind', async () => {
    let [sum, children] = [0, 0];
    const made = pipeline('million');
    const many = made.from(values([1])).flatMap(() => Array<number>(1_000_000).fill(1));
    many.flatMap((n) => [n, n]).to(each((n) => void (sum += n)));
    many.to(each(() => void children++));
    await runToEnd(made, { codegen });
    expect([sum, children]).toEqual([2_000_000, 1_000_000]);
  });
});

test.each(['always', 'never'] as const)(
  'records of a chunk larger than the limit keep their ids and keys (codegen %s)',
  async (codegen) => {
    const [plain, keyed] = [keeping<string>({ id: 'plain' }), keeping<string>({ id: 'keyed' })];
    const made = pipeline('large');
    const many = made.from(values([1])).flatMap(() => upTo(3000));
    many
      .filter((n) => n > 0)
      .buffer({ items: 10 })
      .map((n, record) => `${record.id}=${n}`)
      .to(plain);
    many
      .keyBy((n) => n)
      .buffer({ items: 10 })
      .scan(
        'sum',
        () => 0,
        (sum, n) => sum + n,
      )
      .map((n, record) => `${String(record.key)}=${n}`)
      .to(keyed);
    await runToEnd(made, { codegen });
    expect(plain.values).toEqual(
      upTo(3000)
        .slice(1)
        .map((n) => `values/0/0/${n}=${n}`),
    );
    expect(keyed.values).toEqual(upTo(3000).map((n) => `${n}=${n}`));
  },
);

test('a chunk limit of one and many children fill no stack', async () => {
  let seen = 0;
  const made = pipeline('deep');
  const many = made.from(values([1])).flatMap(() => Array<number>(20_000).fill(1));
  many.flatMap((n) => [n, n]).to(each(() => void seen++));
  many.to(each(() => void seen++));
  const { error } = await runToEnd(made, { chunk: 1 });
  expect(error).toBeUndefined();
  expect(seen).toBe(60_000);
});

test("until 'caughtUp' ends after what is present, also for a source that waits for more", async () => {
  const buffer = new StreamBuffer<number>({ items: 100 });
  for (const n of upTo(10)) buffer.tryWrite(n);
  const sink = keeping<number>();
  const waiting = pipeline('present')
    .from(counting({ records: 10, onRead: (read) => (read > 1 ? never<void>() : undefined), atMost: 10 }))
    .to(sink);
  const { report } = await runToEnd(waiting, { until: 'caughtUp' });
  expect(sink.values).toEqual(upTo(10));
  expect(report?.in).toBe(10);
  expect(buffer.items).toBe(10);
});

test("until 'caughtUp' stops a source that answers nothing new, and says it was a stop", async () => {
  let reads = 0;
  const sink = keeping<number>();
  const quiet = {
    kind: 'quiet',
    id: 'quiet',
    partitions: () => [0],
    open: () => ({
      read: () => (reads++ === 0 ? { values: [1, 2], positions: { first: 0 }, resume: 2 } : { values: [], positions: [], resume: 2 }),
      close() {},
    }),
  };
  const { report } = await runToEnd(pipeline('quiet').from<number>(quiet).to(sink), { until: 'caughtUp' });
  expect(sink.values).toEqual([1, 2]);
  expect(report?.ended).toBe('stop');
  expect(reads).toBe(2);
});

test("until '100ms' stops after that time, with everything read delivered", async () => {
  const sink = keeping<number>();
  const world = virtualWorld();
  const made = pipeline('short')
    .from(every('10ms'))
    .map((tick) => tick.index)
    .to(sink);
  const { report } = await runToEnd(made, { world, until: '100ms' });
  expect(sink.values.length).toBeGreaterThanOrEqual(9);
  expect(sink.values).toEqual(upTo(sink.values.length));
  expect(report).toMatchObject({ ended: 'stop', in: sink.values.length, out: sink.values.length });
  expect(world.clock.monotonic()).toBeLessThan(1000);
});

test('an option that cannot be read leaves nothing behind', async () => {
  const controller = new AbortController();
  const source = counting({ records: 10 });
  const made = pipeline('bad').from(source).to(keeping());
  const outcome = await begin(made, { until: 'in a while' as never, signal: controller.signal }).then(
    ({ end }) => end(),
    (error: unknown) => ({ error }),
  );
  expect(String(outcome.error)).toContain('in a while');
  expect(source.opened).toBe(source.closed);
});

test('a stop delivers everything that was read, through stations too', async () => {
  const world = virtualWorld();
  const source = counting({ records: 1_000_000, atMost: 10, onRead: () => later(world, 1, undefined) });
  const sink = keeping<readonly number[]>({ onWrite: () => later(world, 3, undefined) });
  const made = pipeline('stopped')
    .from(source)
    .mapAsync((n) => later(world, n % 5, n), { concurrency: 7 })
    .buffer({ items: 50 })
    .rateLimit({ records: 5000, per: '1s' })
    .batch(16)
    .to(sink);
  const { running, end } = await begin(made, { world });
  await world.advance(500);
  running.stop('1m').catch(() => {});
  const { report } = await end();
  expect(source.given).toBeGreaterThan(100);
  expect(sink.values.flat()).toEqual(upTo(source.given));
  expect(report?.ended).toBe('stop');
});
