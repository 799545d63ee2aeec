import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimit, type RateLimitOptions } from './rate-limit.ts';
import { chunkOf, chunksOf, numbers, type RigOptions, StationRig } from './station-rig.ts';

function rigOf(options: RateLimitOptions, rig: RigOptions = {}) {
  const times: number[] = [];
  const station: StationRig<number, number> = new StationRig(rateLimit<number>(options), {
    ...rig,
    closesFor: (chunk) => {
      for (const _ of chunk.values) times.push(station.clock.monotonic());
      return rig.closesFor?.(chunk) ?? 0;
    },
  });
  return { rig: station, times };
}

test('records pass one by one, exactly when their time has come', async () => {
  const { rig, times } = rigOf({ records: 100, per: '1s', burst: 1 });
  await rig.feed(chunkOf(numbers(5)));
  await rig.finish();
  expect(times).toEqual([0, 10, 20, 30, 40]);
  expect(rig.advances).toBe(4); // Never woken in vain.
  expect(rig.ids).toEqual(numbers(5).map((n) => `s/0/${n}`));
});

test('after a pause a burst passes at once, and no more', async () => {
  const { rig, times } = rigOf({ records: 10, per: '1s', burst: 3 });
  await rig.clock.advance(60_000);
  await rig.feed(chunkOf(numbers(5)));
  await rig.finish();
  expect(times.map((at) => at - 60_000)).toEqual([0, 0, 0, 100, 200]);
});

test('a rate that is no whole number of milliseconds does not drift', async () => {
  const { rig, times } = rigOf({ records: 3, per: 100, burst: 1 });
  await rig.feed(...chunksOf(numbers(3001), 1024));
  await rig.finish();
  expect(times).toHaveLength(3001);
  expect(times.at(-1)).toBeCloseTo(100_000, 6);
});

test('setting the clock of the system changes nothing', async () => {
  const { rig, times } = rigOf({ records: 1, per: '1s', burst: 1 });
  rig.give(chunkOf(numbers(3)));
  rig.clock.jump(-86_400_000);
  await rig.clock.advance(1000);
  rig.clock.jump(172_800_000);
  await rig.finish();
  expect(times).toEqual([0, 1000, 2000]);
});

test('one chunk is held and no more, and its control leaves with its last record', async () => {
  const { rig } = rigOf({ records: 1, per: '1s', burst: 1 });
  rig.give(chunkOf([1, 2, 3], { control: { watermark: 5 } }));
  expect([rig.station.isFull, rig.held]).toEqual([true, 2]);
  await rig.clock.advance(2000);
  expect(rig.station.isFull).toBe(false);
  rig.give(chunkOf([], { control: { watermark: 6 } }));
  await rig.finish();
  expect(rig.emitted.map(({ values, control }) => [values, control?.watermark])).toEqual([
    [[1], undefined],
    [[2], undefined],
    [[3], 5],
    [[], 6],
  ]);
});

test('an abort forgets the chunk and asks for no time', () => {
  const { rig } = rigOf({ records: 1, per: '1s', burst: 1 });
  rig.give(chunkOf(numbers(3)));
  rig.abort();
  expect([rig.station.isDone, rig.station.wakeAt]).toEqual([true, undefined]);
});

test('a rate that lets nothing pass is refused when it is written', () => {
  expect(() => rateLimit({ records: 0, per: '1s' })).toThrow('rateLimit');
  expect(() => rateLimit({ records: 1, per: 0 })).toThrow('rateLimit');
});

test('whatever comes when, no span passes more than records + burst, and nothing is lost', async () => {
  const pauses = fc.array(fc.constantFrom(0, 0, 13, 400), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(1, 7, 1024),
      pauses,
      async (records, per, burst, size, pauses) => {
        let emits = 0;
        const { rig, times } = rigOf({ records, per, burst }, { closesFor: () => pauses[emits++ % pauses.length]! });
        await rig.feed(...chunksOf(numbers(100), size));
        await rig.finish();
        expect(rig.values).toEqual(numbers(100));
        for (const [i, from] of times.entries())
          expect(times.slice(i).filter((at) => at < from + per - 1e-6).length).toBeLessThanOrEqual(records + burst);
      },
    ),
    { numRuns: 60 },
  );
});
