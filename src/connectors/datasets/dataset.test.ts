import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { json } from '../../codecs/json.ts';
import { csv } from '../../codecs/csv.ts';
import { text } from '../../codecs/text.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Source } from '../../core/source.ts';
import { pipeline } from '../../pipeline/pipeline.ts';
import { embedded } from '../../runtime/embedded.ts';
import { run } from '../../runtime/run.ts';
import { fileSource } from '../files/file-source.ts';
import { each } from '../values/each.ts';
import { collect } from '../values/collect.ts';
import { values } from '../values/values.ts';
import { type Dataset, dataset } from './dataset.ts';
import { listOf, numberSource, numbers, onDiskOf, read, refusing, set, told } from './datasets-rig.ts';

test('records that are refused take part in everything, each once an epoch', async () => {
  const { values: all, refused } = await told(dataset(refusing(100)).shuffle({ seed: 2, buffer: 10 }).epochs(2));
  expect(all.length).toBe(160);
  expect(new Set(refused)).toEqual(new Set([0, 1].flatMap((epoch) => numbers(20).map((i) => `${epoch}:${i * 5 + 4}`))));
  expect(refused.length).toBe(40);
  const { train, rest } = dataset(refusing(100)).split({ train: 0.5 });
  const both = [...(await told(train)).refused, ...(await told(rest)).refused];
  expect(both.sort((a, b) => Number(a) - Number(b))).toEqual(numbers(20).map((i) => i * 5 + 4));
});

test('a shuffle brings every record once, in an order that the seed alone decides', async () => {
  const first = await listOf(set().shuffle({ seed: 7, buffer: 50 }));
  expect(first).not.toEqual(numbers(200));
  expect([...first].sort((a, b) => a - b)).toEqual(numbers(200));
  expect(await listOf(set().shuffle({ seed: 7, buffer: 50 }))).toEqual(first);
  expect(await listOf(set().shuffle({ seed: '7', buffer: 50 }))).toEqual(first);
  expect(await listOf(set().shuffle({ seed: 8, buffer: 50 }))).not.toEqual(first);
  // For ever: whoever trained with this seed yesterday trains on the same order tomorrow.
  expect((await listOf(set(10).shuffle({ seed: 7, buffer: 4 }))).join(' ')).toBe('0 2 1 5 3 6 9 8 7 4');
});

test('the order does not depend on how the source was read, nor on who reads', async () => {
  const whole = await read(set().shuffle({ seed: 1, buffer: 30 }), { limit: 1024 });
  for (const limit of [1, 7, 64]) expect((await read(set().shuffle({ seed: 1, buffer: 30 }), { limit })).values).toEqual(whole.values);
  const { into, got } = { into: collect<number>(), got: whole.values };
  await run(
    pipeline('all')
      .from(set().shuffle({ seed: 1, buffer: 30 }))
      .to(into),
  );
  expect(into.values).toEqual(got);
});

test('a buffer as large as the set gives every order the same chance', async () => {
  // 6 orders of 3 records: 600 seeds each, and four standard errors to each side.
  const seen = new Map<string, number>();
  for (let seed = 0; seed < 3600; seed++) {
    const order = (await read(set(3).shuffle({ seed, buffer: 3 }))).values.join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  for (const times of seen.values()) expect(Math.abs(times - 600)).toBeLessThan(4 * Math.sqrt(600 * (5 / 6)));
});

test('no record comes earlier than the buffer allows', async () => {
  const order = await listOf(set().shuffle({ seed: 3, buffer: 20 }));
  for (const [at, n] of order.entries()) expect(n).toBeLessThan(at + 20);
});

test('an epoch is shuffled in an order of its own, and its records have positions of their own', async () => {
  const { values: all, positions } = await read(set(50).shuffle({ seed: 1, buffer: 20 }).epochs(2));
  expect(all.slice(0, 50)).not.toEqual(all.slice(50));
  expect(all.slice(50).sort((a, b) => a - b)).toEqual(numbers(50));
  expect(new Set(positions).size).toBe(100);
  expect(positions[60]).toBe(`1:${(await read(set(50).shuffle({ seed: 1, buffer: 20 }).epochs(2))).values[60]}`);
});

test('sides have no record in common and together are the whole, in whatever order they are read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(300), fc.integer(), fc.constantFrom(1, 7, 64), async (count, seed, buffer) => {
      const shares = { train: 0.6, test: 0.3 };
      const straight = set(count).split(shares, { seed });
      const shuffled = set(count).shuffle({ seed, buffer }).split(shares, { seed });
      const sides = await Promise.all(
        (['train', 'test', 'rest'] as const).map(async (name) => [await listOf(straight[name]), await listOf(shuffled[name])]),
      );
      for (const [plain, mixed] of sides) expect([...mixed!].sort((a, b) => a - b)).toEqual(plain);
      expect(sides.flatMap(([plain]) => plain!).sort((a, b) => a - b)).toEqual(numbers(count));
    }),
    { numRuns: 60 },
  );
});

test('shares are about what they say, and those of a side as well', async () => {
  const { train, rest } = set(20_000).split({ train: 0.8 }, { seed: 'a' });
  const inner = train.split({ half: 0.5 }, { seed: 'a' });
  const sizes = await Promise.all([train, rest, inner.half, inner.rest].map(async (side) => (await listOf(side)).length));
  const expected = [16_000, 4000, 8000, 8000];
  for (const [at, size] of sizes.entries()) expect(Math.abs(size - expected[at]!)).toBeLessThan(4 * Math.sqrt(20_000 * 0.25));
  expect(sizes[2]! + sizes[3]!).toBe(sizes[0]);
});

test('a record stays on its side when others are added behind it', async () => {
  const before = await listOf(set(500).split({ train: 0.5 }).train);
  const after = await listOf(set(1000).split({ train: 0.5 }).train);
  expect(after.filter((n) => n < 500)).toEqual(before);
});

test('shares that leave nothing leave nothing, however fractions add up', async () => {
  const { rest, ...sides } = set(3000).split({ a: 0.7, b: 0.2, c: 0.1 });
  expect(await listOf(rest)).toEqual([]);
  expect((await Promise.all(Object.values(sides).map(listOf))).flat()).toHaveLength(3000);
});

test('what can be read only once has one epoch, and says so', async () => {
  const once = dataset(values(numbers(20).values()));
  await expect(listOf(once.epochs(2))).rejects.toMatchObject({ code: 'HR_DATASET_CHANGED' });
  const anew = dataset(values(() => numbers(20).values()));
  expect(await listOf(anew.epochs(2))).toEqual([...numbers(20), ...numbers(20)]);
  expect([once.replay, anew.replay, set().replay]).toEqual([false, false, true]);
});

test('nothing is read before somebody reads, and a loop that is left closes what it read', async () => {
  const log: string[] = [];
  const source: Source<number> = {
    kind: 'shy',
    id: 'shy',
    partitions() {
      log.push('partitions');
      return [0];
    },
    open() {
      log.push('open');
      return { read: () => ({ values: [1, 2, 3], positions: { first: 0 }, resume: 3 }), close: () => void log.push('close') };
    },
  };
  const all = dataset(source).split({ train: 1 }).train.shuffle({ buffer: 2 }).epochs(3);
  expect(log).toEqual([]);
  for await (const _ of all) break;
  expect(log).toEqual(['partitions', 'open', 'close']);
});

test('the buffer is bounded in bytes, too', async () => {
  const long = dataset(values(numbers(100).map((i) => String(i).padStart(500))));
  await expect(listOf(long.shuffle({ buffer: 20, bytes: '10KiB' }))).rejects.toMatchObject({
    code: 'HR_SHUFFLE_FULL',
    message: expect.stringContaining('11 records to be shuffled have more than 10240 bytes'),
  });
  expect(await listOf(long.shuffle({ buffer: 10, bytes: '10KiB' }))).toHaveLength(100);
});

test('what came before a failure is answered before it is told', async () => {
  const growing = dataset(values(numbers(60).map((i) => 'x'.repeat(i < 40 ? 1 : 1000)))).shuffle({ buffer: 10, bytes: '4KiB' });
  const { signal } = new AbortController();
  const reader = await growing.open(0, undefined, { world: virtualWorld(), signal });
  expect((await reader.read(1024, signal)).values!.length).toBeGreaterThan(30);
  await expect(reader.read(1024, signal)).rejects.toMatchObject({ code: 'HR_SHUFFLE_FULL' });
  await reader.close();
});

test('a line that waits to be drawn keeps no block alive', async () => {
  const world = virtualWorld();
  const file = await world.files.open('/lines', 'create');
  await file.write(
    new TextEncoder().encode(
      numbers(5000)
        .map((i) => `line ${i}\n`)
        .join(''),
    ),
    0,
  );
  const lines = dataset(fileSource('/lines', text(), { blockBytes: 4096 }), { world });
  const reader = await lines.shuffle({ buffer: 100 }).open(0, undefined, { world, signal: new AbortController().signal });
  const { bodies } = await reader.read(500, new AbortController().signal);
  expect(bodies!.length).toBeGreaterThan(100);
  for (const body of bodies!) expect(body.buffer.byteLength).toBe(body.byteLength);
  await reader.close();
  expect((await listOf(lines.shuffle({ buffer: 100 }))).sort()).toEqual(
    numbers(5000)
      .map((i) => `line ${i}`)
      .sort(),
  );
});

test('columns come as rows', async () => {
  const source: Source<{ readonly n: number }> = {
    kind: 'columns',
    id: 'columns',
    partitions: () => [0],
    open: () => ({
      read: () => ({
        columns: { length: 3, names: ['n'], columns: [{ kind: 'number', values: Int32Array.of(5, 6, 7) }] },
        positions: { first: 0 },
        resume: 3,
        end: true,
      }),
      close() {},
    }),
  };
  expect(await listOf(dataset(source))).toEqual([{ n: 5 }, { n: 6 }, { n: 7 }]);
});

test('bodies are decoded late: a bad one is one dead letter of a pipeline, and throws in a loop', async () => {
  const world = virtualWorld();
  const file = await world.files.open('/in.jsonl', 'create');
  await file.write(new TextEncoder().encode('{"n":1}\n{"n":2\n{"n":3}\n'), 0);
  const set3 = dataset(fileSource('/in.jsonl', json<{ n: number }>()), { world });
  await expect(listOf(set3)).rejects.toMatchObject({ code: 'HR_DECODE_FAILED' });
  const into = collect<{ n: number }>();
  const report = await run(pipeline('decoded', { onError: 'skip' }).from(set3.shuffle()).to(into), {
    runtime: embedded({ world: onDiskOf(world) }),
  });
  expect([new Set(into.values.map(({ n }) => n)), report.skipped]).toEqual([new Set([1, 3]), 1]);
});

test('rows of a CSV file are shuffled as rows, and bad ones are dead letters that name their line', async () => {
  const world = virtualWorld();
  const file = await world.files.open('/in.csv', 'create');
  await file.write(
    new TextEncoder().encode(
      `n,name\n${numbers(50)
        .map((i) => `${i === 20 ? 'x' : i},name ${i}\n`)
        .join('')}`,
    ),
    0,
  );
  const columns = csv({ columns: { n: 'integer', name: 'string' } });
  const rows = dataset(fileSource('/in.csv', columns), { world }).shuffle({ buffer: 10 });
  const into = collect<{ readonly n: number; readonly name: string }>();
  const refused: string[] = [];
  const plan = pipeline('rows', { onError: 'deadLetter' });
  plan.from(rows.epochs(2)).to(into);
  plan.deadLetters().to(each((letter) => void refused.push(`${letter.error.code} at ${letter.origin?.position}: ${letter.error.what}`)));
  await run(plan, { runtime: embedded({ world: onDiskOf(world) }) });
  expect(into.values.length).toBe(98);
  expect(into.values.slice(0, 49).every(({ n, name }) => name === `name ${n}`)).toBe(true);
  expect(new Set(into.values.slice(49).map(({ n }) => n))).toEqual(new Set(numbers(50).filter((n) => n !== 20)));
  expect(refused).toEqual(['0:207', '1:207'].map((at) => `HR_DECODE_INVALID at ${at}: column 'n': "x" is not a whole number`));
  await expect(listOf(rows)).rejects.toMatchObject({ where: expect.stringContaining('line 22') });
});

test('a read that may succeed later is tried again, and nothing is lost or doubled', async () => {
  const source = numberSource(100);
  const flaky: Source<number> = {
    ...source,
    async open(...args) {
      const reader = await source.open(...args);
      let reads = 0;
      return {
        read(limit, signal) {
          if (reads++ % 2 === 0) throw new HeadraceError({ code: 'HR_SOURCE_FAILED', action: 'retry', what: 'it is busy', todo: 'Wait.' });
          return reader.read(Math.min(limit, 9), signal);
        },
        close: () => reader.close(),
      };
    },
  };
  const { signal } = new AbortController();
  const reader = await dataset(flaky).shuffle({ seed: 1, buffer: 30 }).open(0, undefined, { world: virtualWorld(), signal });
  const seen: number[] = [];
  let failures = 0;
  for (let ended = false; !ended; ) {
    try {
      const answer = await reader.read(7, signal);
      seen.push(...answer.values!);
      ended = answer.end === true;
    } catch (error) {
      expect(error).toMatchObject({ action: 'retry' });
      failures++;
    }
  }
  expect(failures).toBeGreaterThan(5);
  expect(seen).toEqual(await listOf(set(100).shuffle({ seed: 1, buffer: 30 })));
});

test('a record the source cannot bring is refused in its place', async () => {
  const world = virtualWorld();
  const file = await world.files.open('/long', 'create');
  await file.write(new TextEncoder().encode(`a\n${'x'.repeat(100)}\nb\n`), 0);
  const lines = dataset(fileSource('/long', text(), { recordBytes: 10 }), { world });
  const into = collect<string>();
  const report = await run(pipeline('long', { onError: 'skip' }).from(lines.shuffle()).to(into), {
    runtime: embedded({ world: onDiskOf(world) }),
  });
  expect([[...into.values].sort(), report.skipped]).toEqual([['a', 'b'], 1]);
});

test('what makes no sense is refused at once', () => {
  expect(() => set().shuffle({ buffer: 0 })).toThrow('0 is not a whole number');
  expect(() => set().epochs(0)).toThrow('0 is not a whole number');
  expect(() => set().split({ a: 0.7, b: 0.4 })).toThrow('the shares are 1.1 together');
  expect(() => set().split({ a: 0 })).toThrow('0 is no share');
  expect(() => set().split({ a: Number.NaN })).toThrow('NaN is no share');
  expect(() => set().split({ rest: 0.5 })).toThrow("'rest' is what no other side has");
});

test('the types follow the source and the names of the sides', () => {
  const sides = dataset(values(['a'])).split({ train: 0.5, test: 0.2 });
  expectTypeOf(sides.train).toEqualTypeOf<Dataset<string>>();
  expectTypeOf(sides.rest.shuffle().epochs(2)).toEqualTypeOf<Dataset<string>>();
  expectTypeOf<keyof typeof sides>().toEqualTypeOf<'train' | 'test' | 'rest'>();
  expect([sides.train.id, sides.rest.shuffle().id]).toEqual(['dataset:values/train', 'dataset:values/rest']);
});
