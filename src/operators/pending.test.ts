import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Chunk, type Control } from '../core/chunk.ts';
import { fail } from '../core/failure.ts';
import { idOf } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import type { Order } from './answers.ts';
import { buffer } from './buffer.ts';
import { enrich } from './enrich.ts';
import { mapAsync } from './map-async.ts';
import { mapBatch } from './map-batch.ts';
import { Marks } from './marks.ts';
import { rateLimit } from './rate-limit.ts';
import { chunkOf, numbers, type RigSnapshot, StationRig } from './station-rig.ts';

interface Scenario {
  /** Records of each chunk. */
  readonly sizes: readonly number[];
  /** How long the call of each record takes. */
  readonly delays: readonly number[];
  readonly chunkLimit: number;
  /** How long the way down is closed after each chunk and each refusal. */
  readonly pauses: readonly number[];
  readonly order: Order;
  /** When the snapshot is taken. */
  readonly at: number;
}

/** A process: it forgets what it tried when it is killed. */
type Build = (scenario: Scenario, later: <V>(ms: number, value: V) => Promise<V>) => StationOperator<number, number>;

const isBad = (n: number): boolean => n % 11 === 7;

/** Fails bad ones for good, some others once, and takes as long as the scenario says; every fourth answers at once. */
const call: (...args: Parameters<Build>) => (n: number) => number | Promise<number> = ({ delays }, later) => {
  const tried = new Set<number>();
  const answer = (n: number): number => {
    if (isBad(n)) throw new Error('bad');
    if (n % 5 === 3 && tried.size < tried.add(n).size) throw new Error('shaky');
    return n;
  };
  return (n) => (n % 4 === 0 ? answer(n) : later(delays[n % delays.length]!, n).then(answer));
};

const operators: Readonly<Record<string, Build>> = {
  mapAsync: (scenario, later) => mapAsync(call(scenario, later), { order: scenario.order, concurrency: 3, retry: 1 }),
  'mapAsync with signals': (scenario, later) => {
    const ask = call(scenario, later);
    return mapAsync((n: number, _record, _signal) => ask(n), { order: scenario.order, concurrency: 5, retry: 1, timeout: '1m' });
  },
  mapBatch: ({ delays, order }, later) => {
    const ask = async (values: readonly number[]) => {
      await later(delays[values[0]! % delays.length]!, undefined);
      if (values.some((n) => isBad(n) && n % 2 === 0)) throw new Error('bad');
      return values.map((n) => (isBad(n) ? fail('bad') : n));
    };
    return mapBatch(ask, { max: 3, within: 4, concurrency: 2, order, isolate: true });
  },
  enrich: ({ delays, order }, later) => {
    const find = async (keys: readonly number[]) => {
      await later(delays[keys[0]! % delays.length]!, undefined);
      return keys.map((key) => (key % 10 === 7 ? undefined : key));
    };
    const made = (n: number, found: number | undefined) => (isBad(n) ? (fail('bad') as never) : n + (found ?? n % 10) - (n % 10));
    return enrich({ by: (n: number) => n % 10, find }, made, { max: 3, concurrency: 2, order, cache: { for: 40, items: 4 } });
  },
  buffer: () => buffer({ items: 6 }),
  rateLimit: () => rateLimit({ records: 400, per: '1s', burst: 2 }),
};

/** Chunks with keys, most with a watermark, which is the number of the chunk, and some with news of a partition. */
function inputOf({ sizes }: Scenario, keys: InternedKeys): Chunk<number>[] {
  let next = 0;
  return sizes.map((size, at) => {
    const values = numbers(size).map((n) => next + n);
    const keyIds = Int32Array.from(values, (n) => keys.idOf(n % 3));
    const news = { partitions: [{ source: 's', partition: String(at), state: 'open' as const }] };
    const control: Control = { watermark: at, ...(at % 3 === 1 ? news : {}) };
    const chunk = chunkOf(values, { first: next, keys, keyIds, ...(at % 4 === 3 ? {} : { control }) });
    next += size;
    return chunk;
  });
}

interface Result {
  readonly emitted: readonly Chunk<number>[];
  readonly refused: readonly string[];
}

/** What has come out so far, and what a new process needs to go on. */
interface Cut extends Result {
  readonly snapshot: RigSnapshot;
  readonly given: number;
}

async function through(build: Build, scenario: Scenario, from?: Cut): Promise<Result & { readonly cut: Cut }> {
  const clock = new VirtualClock();
  const later = <V>(ms: number, value: V) => new Promise<V>((resolve) => void clock.after(ms, () => resolve(value)));
  const keys = new InternedKeys();
  // Keys have other numbers in another process.
  for (const key of from === undefined ? [] : [2, 'other', 0]) keys.idOf(key);
  let emits = 0;
  const closesFor = (): number => scenario.pauses[emits++ % scenario.pauses.length]!;
  const options = { clock, keys, chunkLimit: scenario.chunkLimit, closesFor, closesAfterRefusalFor: closesFor };
  const rig = new StationRig(build(scenario, later), from === undefined ? options : { ...options, restored: from.snapshot });
  const result = (): Result => ({ emitted: [...rig.emitted], refused: rig.refused.map(({ id }) => id) });
  let given = 0;
  let cut: Cut | undefined;
  const take = (): Cut => ({ ...result(), snapshot: rig.snapshot(), given });
  clock.after(scenario.at, () => {
    cut = take();
  });
  for (const chunk of inputOf(scenario, keys).slice(from?.given)) {
    await rig.feed(chunk);
    given++;
  }
  await rig.finish();
  return { ...result(), cut: cut ?? take() };
}

/** Records and watermarks one behind the other; of watermarks at one place the last. */
function sequence(chunks: readonly Chunk<number>[]): (number | string)[] {
  const all = chunks.flatMap(({ values, control }) => [
    ...values,
    ...(control?.watermark === undefined ? [] : [`watermark ${control.watermark}`]),
  ]);
  return all.filter((item, i) => typeof item === 'number' || typeof all[i + 1] !== 'string');
}

function news(chunks: readonly Chunk<number>[]): string[] {
  return chunks.flatMap(({ control }) => control?.partitions?.map(({ partition }) => partition) ?? []);
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 12 }),
  delays: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 7 }),
  chunkLimit: fc.constantFrom(1, 3, 1024),
  pauses: fc.array(fc.constantFrom(0, 0, 3, 20), { minLength: 1, maxLength: 5 }),
  order: fc.constantFrom<Order>('input', 'key', 'completion'),
  at: fc.integer({ min: 0, max: 120 }),
});

for (const [name, build] of Object.entries(operators)) {
  const refuses = name.startsWith('map') || name === 'enrich';
  const isKept = (n: number): boolean => !refuses || !isBad(n);

  test(`${name}: whatever moment is captured, nothing is lost or twice, and order and watermarks keep their promise`, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        const { cut, ...whole } = await through(build, scenario);
        const rest = await through(build, scenario, cut);
        const both: Result = { emitted: [...cut.emitted, ...rest.emitted], refused: [...cut.refused, ...rest.refused] };
        for (const result of [whole, both]) {
          const all = inputOf(scenario, new InternedKeys());
          const input = all.map((chunk) => new Chunk(chunk.values.filter(isKept), chunk.origin, chunk, chunk.control));
          expectAll(result, scenario, isKept);
          expect(news(result.emitted)).toEqual(news(input));
          const out = sequence(result.emitted);
          if (!refuses || scenario.order === 'input') expect(out).toEqual(sequence(input));
          else expectPlaces(out, input);
          if (scenario.order === 'key')
            for (const key of [0, 1, 2]) expectRising(out.filter((item) => typeof item === 'number' && item % 3 === key));
        }
      }),
      { numRuns: 60 },
    );
  });
}

/** Every record once, as it was, or refused. */
function expectAll({ emitted, refused }: Result, { sizes }: Scenario, isKept: (n: number) => boolean): void {
  const all = numbers(sizes.reduce((a, b) => a + b, 0));
  const ids = (ns: readonly number[]): string[] => ns.map((n) => `s/0/${n}`).sort();
  expect(refused.toSorted()).toEqual(ids(all.filter((n) => !isKept(n))));
  expect(emitted.flatMap((chunk) => chunk.values.map((_, i) => idOf(chunk, i))).sort()).toEqual(ids(all.filter(isKept)));
  for (const { values, keys, keyIds } of emitted) for (const [i, n] of values.entries()) expect(keys!.keyAt(keyIds![i]!)).toBe(n % 3);
}

/** What came before a watermark leaves before it, and watermarks rise. */
function expectPlaces(out: readonly (number | string)[], input: readonly Chunk<number>[]): void {
  const came: number[] = [];
  for (const { values, control } of input) {
    came.push(...values);
    const place = out.indexOf(`watermark ${control?.watermark}`);
    if (place >= 0) for (const n of came) expect(out.indexOf(n)).toBeLessThan(place);
  }
  expectRising(out.filter((item) => typeof item === 'string').map((item) => Number(item.slice('watermark '.length))));
}

function expectRising(numbers: readonly (number | string)[]): void {
  expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a) - Number(b)));
}

function valuesOf(rig: StationRig<number, number>): (readonly number[])[] {
  return rig.station.pending!().map(({ values }) => values);
}

test('what is answered waits for its turn, what failed for the way down: both are pending until they have left', async () => {
  const fn = (n: number) => (n === 0 ? rig.later(100, n) : n === 2 ? Promise.reject(new Error('bad')) : Promise.resolve(n));
  const rig: StationRig<number, number> = new StationRig(mapAsync<number, number>(fn));
  rig.give(chunkOf(numbers(4)));
  await rig.clock.advance(50);
  expect(valuesOf(rig)).toEqual([[0, 1, 2, 3]]);
  rig.canEmit = false;
  await rig.clock.advance(50);
  expect(valuesOf(rig)).toEqual([[0, 1, 2, 3]]);
  rig.canEmit = true;
  await rig.finish();
  expect(valuesOf(rig)).toEqual([]);
});

test('a record that waits for its next attempt is pending', async () => {
  const rig = new StationRig(mapAsync<number, number>(() => Promise.reject(new Error('busy')), { retry: 1 }));
  rig.give(chunkOf([7]));
  await rig.clock.settle();
  expect([valuesOf(rig), rig.station.wakeAt === undefined]).toEqual([[[7]], false]);
});

test('a record whose dead letter closed the way down is refused, and not pending any more', async () => {
  const rig = new StationRig(
    mapAsync<number, number>((n) => (n === 1 ? Promise.reject(new Error('bad')) : Promise.resolve(n))),
    {
      closesAfterRefusalFor: () => 1000,
    },
  );
  rig.give(chunkOf(numbers(3)));
  await rig.clock.settle();
  expect([rig.refused.length, valuesOf(rig)]).toEqual([1, [[0, 2]]]);
});

test('a chunk that comes twice, where streams meet again, is pending in the order in which it came', async () => {
  const keys = new InternedKeys();
  const rig: StationRig<number, number> = new StationRig(mapAsync<number, number>((n) => rig.later(100, n), { order: 'key' }));
  const twice = chunkOf([1, 2], { keys, keyIds: Int32Array.of(keys.idOf('a'), 0) });
  rig.give(twice);
  rig.give(twice);
  expect(valuesOf(rig).flat()).toEqual([1, 2, 1, 2]);
});

test('a watermark with nothing before it is pending too; a barrier that waits is not', async () => {
  const rig: StationRig<number, number> = new StationRig(mapAsync<number, number>((n) => rig.later(100, n)));
  rig.canEmit = false;
  rig.give(chunkOf<number>([], { control: { watermark: 3 } }));
  rig.give(chunkOf([4], { control: { watermark: 4 } }));
  rig.give(chunkOf<number>([], { control: { watermark: 5, barrier: 1 } }));
  expect(rig.station.pending!().map(({ values, control }) => [values, control])).toEqual([
    [[], { watermark: 3 }],
    [[4], { watermark: 5 }],
  ]);
});

for (const [name, operator] of Object.entries({
  buffer: buffer<number>(),
  rateLimit: rateLimit<number>({ records: 1, per: 1, burst: 9 }),
})) {
  test(`${name}: pending records share nothing with the chunk that leaves, into which somebody downstream may write`, async () => {
    const rig = new StationRig(operator);
    rig.canEmit = false;
    const keys = new InternedKeys();
    const times = Float64Array.of(1, 2);
    rig.give(chunkOf([1, 2], { times, keys, keyIds: Int32Array.of(keys.idOf('a'), keys.idOf('b')) }));
    const [pending] = rig.station.pending!();
    rig.canEmit = true;
    await rig.clock.settle();
    const [left] = rig.emitted;
    left!.values.fill(0);
    left!.keyIds!.fill(0);
    left!.times!.fill(0);
    expect([pending!.values, [...pending!.keyIds!], [...pending!.times!]]).toEqual([
      [1, 2],
      [0, 1],
      [1, 2],
    ]);
  });
}

test('marks beyond their bound are joined without losing news of partitions', () => {
  const marks = new Marks();
  const { origin } = chunkOf([]);
  marks.enter(1);
  for (let n = 0; n < 600; n++) marks.close({ watermark: n, partitions: [{ source: 's', partition: String(n), state: 'open' }] }, origin);
  marks.leave(marks.first, 1);
  const due = marks.due();
  expect([due?.watermark, due?.partitions?.map(({ partition }) => Number(partition))]).toEqual([599, numbers(600)]);
});
