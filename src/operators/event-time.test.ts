import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chunk, type Control } from '../core/chunk.ts';
import { fail } from '../core/failure.ts';
import { MixedOrigin, pieceOf } from '../core/mixed-origin.ts';
import { timeOf } from '../core/record-of.ts';
import { eventTime } from './event-time.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

const rigOf = (disorder = 0, options: RigOptions = {}) =>
  new StationRig(
    eventTime<number>((at) => at, { disorder }),
    options,
  );

/** Times of records, and watermarks as text. */
function passed({ emitted }: { readonly emitted: readonly Chunk[] }): (number | string)[] {
  return emitted.flatMap((chunk) => {
    const mark = chunk.control?.watermark;
    return [...chunk.values.map((_, i) => timeOf(chunk, i)), ...(mark === undefined ? [] : [`w${mark}`])];
  });
}

/** Whoever reads the stream finds late what is older than the last watermark. */
function lateOf(items: readonly (number | string)[]): string[] {
  let watermark = Number.NEGATIVE_INFINITY;
  const late: string[] = [];
  for (const item of items) {
    if (typeof item === 'string') watermark = Number(item.slice(1));
    else if (item < watermark) late.push(`${item} behind ${watermark}`);
  }
  return late;
}

const news = (state: 'open' | 'ended' | 'awake', ...partitions: readonly string[]): Control => ({
  partitions: partitions.map((partition) => ({ source: 's', partition, state })),
});
const say = (control: Control): Chunk<number> => chunkOf<number>([], { control });
const from = (partition: string, ...times: readonly number[]): Chunk<number> => chunkOf(times, { partition });

test('the watermark follows the newest record at the distance of the disorder, and the end of the data sends the last', async () => {
  const rig = rigOf(10);
  await rig.feed(from('0', 100, 95), from('0', 120), from('0', 115));
  await rig.finish();
  expect(passed(rig)).toEqual([100, 95, 'w90', 120, 'w110', 115, `w${Number.POSITIVE_INFINITY}`]);
});

test('a stop leaves time where it is', async () => {
  const rig = rigOf();
  await rig.feed(from('0', 5));
  await rig.finish('stop');
  expect(passed(rig)).toEqual([5, 'w5']);
});

test('a chunk is cut in front of a late record, so that the watermark which makes it late comes first', async () => {
  const rig = rigOf();
  await rig.feed(from('0', 1, 5, 3, 4, 5, 9, 2));
  expect(rig.emitted.map((chunk) => [...chunk.values, chunk.control?.watermark])).toEqual([
    [1, 5, 5],
    [3, 4, 5, 9, 9],
    [2, undefined],
  ]);
  expect(rig.ids).toEqual(numbers(7).map((n) => `s/0/${n}`));
});

test('what is late does not depend on chunks', async () => {
  const times = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(times, fc.integer({ min: 0, max: 20 }), fc.constantFrom(1, 5, 1024), async (values, disorder, chunkLimit) => {
      const [one, seven, all] = await Promise.all(
        [1, 7, 1024].map(async (size) => {
          const rig = rigOf(disorder, { chunkLimit });
          await rig.feed(...chunksOf(values, size));
          await rig.finish();
          expect(rig.values).toEqual(values);
          return lateOf(passed(rig));
        }),
      );
      expect([seven, all]).toEqual([one, one]);
    }),
  );
});

test('the partition that is furthest behind decides; one that is open holds time back until its first record', async () => {
  const rig = rigOf();
  await rig.feed(say(news('open', 'a', 'b')), from('a', 50), from('b', 20), from('b', 60), from('a', 70));
  expect(passed(rig)).toEqual([50, 20, 'w20', 60, 'w50', 70, 'w60']);
});

test('a partition that ends holds nothing back any more', async () => {
  const rig = rigOf();
  await rig.feed(say(news('open', 'a', 'b')), from('a', 50), say(news('ended', 'b')), say(news('ended', 'a')));
  expect(passed(rig)).toEqual([50, 'w50']);
});

test('a partition that appears later joins at the watermark: what it brings from before is late, and time never goes back', async () => {
  const rig = rigOf(5);
  await rig.feed(from('a', 50), say(news('open', 'b')), from('a', 90), from('b', 40, 55), from('b', 100));
  expect(passed(rig)).toEqual([50, 'w45', 90, 40, 55, 'w50', 100, 'w85']);
  expect(lateOf(passed(rig))).toEqual(['40 behind 45']);
});

test('a record that is late under its own partition cuts where the stream has something to say, also less', async () => {
  const rig = rigOf();
  await rig.feed(say(news('open', 'a', 'b')), from('b', 10), from('a', 50, 20, 30));
  expect(passed(rig)).toEqual([10, 50, 'w10', 20, 30]);
  expect(rig.emitted).toHaveLength(3);
});

test('a watermark that comes is left out, news of partitions stay here, and a barrier passes', async () => {
  const rig = rigOf();
  await rig.feed(
    say({ watermark: 99, ...news('open', '0') }),
    chunkOf([3], { control: { watermark: 98, barrier: 7 } }),
    say({ watermark: 99, barrier: 8 }),
  );
  expect(rig.emitted.map(({ control }) => control)).toEqual([{ watermark: 3, barrier: 7 }, { barrier: 8 }]);
});

test('a record without a time is refused, and says what it gave; its neighbours go on', async () => {
  const given = [5, Number.NaN, new Date(7), new Date('x'), undefined, fail('no clock'), Promise.reject(new Error('x')), 9];
  const rig = new StationRig(eventTime<number>((at) => given[at] as number));
  await rig.feed(chunkOf(numbers(8), { control: { barrier: 1 } }));
  await rig.finish();
  expect(rig.refused.map(({ error }) => (error as { readonly code?: string }).code)).toEqual([
    'HR_TIME_INVALID',
    'HR_TIME_INVALID',
    'HR_TIME_INVALID',
    undefined,
    'HR_PROMISE_NOT_ALLOWED',
  ]);
  expect(String(rig.refused[1]!.error)).toContain('The time of a record is an invalid date (rig).');
  expect(passed(rig)).toEqual([5, 7, 9, 'w9', `w${Number.POSITIVE_INFINITY}`]);
  expect(rig.emitted.at(-2)!.control).toEqual({ watermark: 9, barrier: 1 });
  expect(rig.ids).toEqual(['s/0/0', 's/0/2', 's/0/7']);
});

test('where a refused record stops the run, what came before it leaves and nothing else', async () => {
  const rig = rigOf(0, { stopsAt: () => true, closesFor: () => 10 });
  rig.give(from('0', 1, 2, Number.NaN, 4));
  await rig.finish();
  expect(passed(rig)).toEqual([1, 2]);
});

test('the function is asked once for each record, and sees it', async () => {
  const seen: string[] = [];
  const operator = eventTime<number>((at, record) => {
    seen.push(record.id);
    return at;
  });
  const rig = new StationRig(operator, { chunkLimit: 2, closesFor: () => 5 });
  await rig.feed(from('0', 5, 9, 2, 9, 1, 10, 3));
  await rig.finish();
  expect(seen).toEqual(numbers(7).map((n) => `s/0/${n}`));
});

test('after a restore the watermark comes first, and what was late stays late', async () => {
  const rig = rigOf(5);
  await rig.feed(say(news('open', 'a', 'b')), from('a', 50), from('b', 30));
  const waiting = rigOf(5, { restored: rig.snapshot() });
  await waiting.clock.settle();
  expect(passed(waiting)).toEqual(['w25']);
  const going = rigOf(5, { restored: rig.snapshot() });
  going.give(from('a', 40, 46));
  await going.feed(say(news('open', 'a', 'b')), from('b', 90));
  expect(passed(going)).toEqual(['w25', 40, 46, 90, 'w45']);
});

test('time does not go back where a new version allows more disorder', async () => {
  const before = rigOf(0);
  await before.feed(from('0', 50));
  const rig = rigOf(20, { restored: before.snapshot() });
  await rig.feed(from('0', 55));
  const after = rigOf(20, { restored: rig.snapshot() });
  await after.feed(from('0', 80));
  expect([passed(rig), passed(after)]).toEqual([
    ['w50', 55],
    ['w50', 80, 'w60'],
  ]);
});

test('an abort forgets the chunk', () => {
  const rig = rigOf();
  rig.canEmit = false;
  rig.give(from('0', 1, 2));
  expect(rig.held).toBe(2);
  rig.abort();
  expect([rig.station.isDone, rig.held]).toEqual([true, 0]);
});

test('a disorder that is no duration is refused when it is written', () => {
  expect(() => eventTime<number>((at) => at, { disorder: -1 })).toThrow('eventTime disorder');
});

type Step = { readonly partition: string } & ({ readonly times: readonly number[] } | { readonly state: 'open' | 'ended' });

/** The same rules for one record at a time. */
class Interpreter {
  readonly greatest = new Map<string, number>();
  watermark: number = Number.NEGATIVE_INFINITY;
  open(partition: string, disorder: number): void {
    if (!this.greatest.has(partition)) this.greatest.set(partition, this.watermark + disorder);
  }
  record(partition: string, time: number, disorder: number): boolean {
    this.open(partition, disorder);
    const isLate = time < this.watermark;
    this.greatest.set(partition, Math.max(this.greatest.get(partition)!, time));
    this.settle(disorder);
    return isLate;
  }
  settle(disorder: number): void {
    if (this.greatest.size > 0) this.watermark = Math.max(this.watermark, Math.min(...this.greatest.values()) - disorder);
  }
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        partition: fc.constantFrom('a', 'b', 'c'),
        times: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 6 }),
      }),
    },
    fc.record({ partition: fc.constantFrom('a', 'b', 'c'), state: fc.constantFrom('open' as const, 'ended' as const) }),
  ),
  { maxLength: 25 },
);

function chunkOfStep(step: Step): Chunk<number> {
  return 'times' in step ? from(step.partition, ...step.times) : say(news(step.state, step.partition));
}

/** The records of neighbouring steps as one chunk, as if they had met before. */
function mixed(all: readonly Step[]): Chunk<number>[] {
  const out: Chunk<number>[] = [];
  let chunks: Chunk<number>[] = [];
  const close = (): void => {
    const where = chunks.flatMap((chunk, at) => chunk.values.map((_, i) => [at, i] as const));
    const origin = new MixedOrigin(
      chunks.map(pieceOf),
      Int32Array.from(where, ([at]) => at),
      Int32Array.from(where, ([, i]) => i),
    );
    out.push(
      new Chunk(
        chunks.flatMap(({ values }) => values),
        origin,
      ),
    );
    chunks = [];
  };
  for (const step of all) {
    if ('times' in step) chunks.push(chunkOfStep(step));
    else {
      close();
      out.push(chunkOfStep(step));
    }
  }
  close();
  return out;
}

test('whatever partitions bring, come and go, in chunks of their own or mixed, the interpreter says the same, also across a restore', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 0, max: 15 }),
      fc.boolean(),
      fc.constantFrom(2, 1024),
      fc.nat(30),
      async (all, disorder, isMixed, chunkLimit, cutAt) => {
        const oracle = new Interpreter();
        const expected: string[] = [];
        for (const step of all) {
          const { partition } = step;
          if ('times' in step) for (const time of step.times) expected.push(`${time} ${oracle.record(partition, time, disorder)}`);
          else if (step.state === 'open') oracle.open(partition, disorder);
          else oracle.greatest.delete(partition);
          oracle.settle(disorder);
        }
        let rig = rigOf(disorder, { chunkLimit });
        const items: (number | string)[] = [];
        for (const [at, chunk] of (isMixed ? mixed(all) : all.map(chunkOfStep)).entries()) {
          if (at === cutAt) {
            items.push(...passed(rig));
            rig = rigOf(disorder, { chunkLimit, restored: rig.snapshot() });
          }
          rig.give(chunk);
        }
        items.push(...passed(rig));
        let watermark = Number.NEGATIVE_INFINITY;
        const found: string[] = [];
        for (const item of items) {
          if (typeof item === 'number') found.push(`${item} ${item < watermark}`);
          else {
            expect(Number(item.slice(1))).toBeGreaterThanOrEqual(watermark);
            watermark = Number(item.slice(1));
          }
        }
        expect(found).toEqual(expected);
        expect(watermark).toBe(oracle.watermark);
      },
    ),
    { numRuns: 300 },
  );
});
