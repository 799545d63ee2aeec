import { expect, test } from 'vitest';
import { VirtualClock } from '../base/virtual-clock.ts';
import { timeOf } from '../core/record-of.ts';
import { eventTime } from './event-time.ts';
import type { FutureOptions } from './event-time-limits.ts';
import { chunkOf, StationRig } from './station-rig.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);

const rigOf = (future: FutureOptions | undefined, of: (at: number) => number = (at) => at, chunkLimit = 1024) =>
  new StationRig(eventTime<number>(of, future === undefined ? {} : { future }), { clock: new VirtualClock(NOW), chunkLimit });

const times = (rig: StationRig<number, number>): number[] => rig.emitted.flatMap((chunk) => chunk.values.map((_, i) => timeOf(chunk, i)));
const watermark = (rig: StationRig<number, number>): number | undefined =>
  rig.emitted.findLast(({ control }) => control?.watermark !== undefined)?.control?.watermark;
const codes = (rig: StationRig<number, number>): unknown[] => rig.refused.map(({ error }) => (error as { readonly code?: string }).code);

test('a time is what a Date can hold: beyond that, and for what is no number, the record is refused', async () => {
  const given = [
    8.64e15,
    8.64e15 + 1,
    -8.64e15,
    -8.64e15 - 1,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    '5',
    5n,
    null,
  ];
  const rig = rigOf(undefined, (at) => given[at] as number);
  await rig.feed(chunkOf(given.map((_, at) => at)));
  expect(times(rig)).toEqual([8.64e15, -8.64e15]);
  expect(codes(rig)).toEqual(Array.from({ length: 8 }, () => 'HR_TIME_INVALID'));
});

test('a record years ahead of the clock is refused and does not make the others late', async () => {
  const rig = rigOf({ beyond: '1d' });
  await rig.feed(chunkOf([NOW, NOW + DAY, NOW + 3650 * DAY, NOW + DAY + 1]));
  expect([times(rig), watermark(rig), codes(rig)]).toEqual([[NOW, NOW + DAY], NOW + DAY, ['HR_TIME_AHEAD', 'HR_TIME_AHEAD']]);
  expect(String(rig.refused[0]!.error)).toContain('2035-12-30T00:00:00.000Z, is more than 86400000 ms ahead of the clock (rig).');
  // It would be taken a day later.
  await rig.clock.advance(DAY);
  await rig.feed(chunkOf([NOW + DAY + 1]));
  expect(watermark(rig)).toBe(NOW + DAY + 1);
});

test('one that is dropped is counted, wherever it stands, and its neighbours go on', async () => {
  for (const chunkLimit of [1, 2, 1024]) {
    const rig = rigOf({ beyond: '1d', fate: 'drop' }, undefined, chunkLimit);
    await rig.feed(chunkOf([NOW + 9 * DAY, NOW, NOW + 9 * DAY, NOW + 1, NOW + 9 * DAY], { control: { barrier: 1 } }));
    await rig.finish();
    expect([times(rig), rig.refused, [...rig.dropped]]).toEqual([[NOW, NOW + 1], [], [['ahead', 3]]]);
    expect(rig.ids).toEqual(['s/0/1', 's/0/3']);
    expect(rig.emitted.find(({ control }) => control?.barrier === 1)?.control?.watermark).toBe(NOW + 1);
  }
});

test('one that may pass keeps the time it claims and moves nothing', async () => {
  const rig = rigOf({ beyond: '1d', fate: 'pass' });
  await rig.feed(chunkOf([NOW, NOW + 9 * DAY, NOW + 5]), chunkOf([NOW + 4]));
  expect(times(rig)).toEqual([NOW, NOW + 9 * DAY, NOW + 5, NOW + 4]);
  expect(rig.emitted.map(({ control }) => control?.watermark)).toEqual([NOW + 5, undefined]);
});

test('ahead of the watermark of its own partition, whatever the clock says; a new one stands where the stream is', async () => {
  const rig = rigOf({ beyond: '1h', of: 'watermark' });
  const hour = 3_600_000;
  await rig.feed(
    chunkOf([5 * hour, 6 * hour, 7 * hour + 1, 7 * hour], { partition: 'a' }),
    chunkOf([90 * hour, 8 * hour], { partition: 'b' }),
  );
  expect([times(rig), codes(rig)]).toEqual([
    [5 * hour, 6 * hour, 7 * hour, 8 * hour],
    ['HR_TIME_AHEAD', 'HR_TIME_AHEAD'],
  ]);
  expect(String(rig.refused[0]!.error)).toContain('ahead of the watermark of its partition');
});

test('what is no choice is refused when it is written', () => {
  expect(() => rigOf({ beyond: -1 })).toThrow('eventTime future.beyond');
  expect(() => rigOf({ beyond: 1, of: 'moon' as 'clock' })).toThrow('eventTime future.of');
  expect(() => rigOf({ beyond: 1, fate: 'laugh' as 'drop' })).toThrow('eventTime future.fate');
  expect(() => eventTime<number>((at) => at, { idleAfter: 'soon' as '1s' })).toThrow('eventTime idleAfter');
  expect(() => eventTime<number>((at) => at, { alignWithin: -1 })).toThrow('eventTime alignWithin');
});
