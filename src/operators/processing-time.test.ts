import { expect, test } from 'vitest';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Chunk } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import { processingTime } from './processing-time.ts';
import { chunkOf, type RigOptions, StationRig } from './station-rig.ts';

const START = 1_000_000;
const rigOf = (options: RigOptions = {}) =>
  new StationRig<string, string>(processingTime<string>(), { clock: new VirtualClock(START), ...options });

/** Times of records since the start, and watermarks as text. */
function passed({ emitted }: { readonly emitted: readonly Chunk[] }): (number | string)[] {
  return emitted.flatMap((chunk) => {
    const mark = chunk.control?.watermark;
    return [...chunk.values.map((_, i) => timeOf(chunk, i) - START), ...(mark === undefined ? [] : [`w${mark - START}`])];
  });
}

test('a record has the time at which it passes, and the watermark is not ahead of it', async () => {
  const rig = rigOf();
  await rig.clock.advance(30);
  await rig.feed(chunkOf(['a', 'b']));
  await rig.clock.advance(5);
  await rig.feed(chunkOf(['c'], { control: { watermark: 99, idle: true, barrier: 1 } }));
  expect(passed(rig)).toEqual(['w0', 30, 30, 'w30', 35, 'w35']);
  expect(rig.emitted.at(-1)!.control).toEqual({ watermark: START + 35, barrier: 1 });
  expect(rig.ids).toEqual(['s/0/0', 's/0/1', 's/0/0']);
});

test('where nothing comes the watermark goes on with the clock', async () => {
  const rig = rigOf();
  await rig.clock.advance(350);
  await rig.feed(chunkOf(['a']));
  await rig.clock.advance(240);
  expect(passed(rig)).toEqual(['w0', 'w100', 'w200', 'w300', 350, 'w350', 'w450', 'w550']);
  await rig.finish();
  expect(passed(rig).at(-1)).toBe(`w${Number.POSITIVE_INFINITY}`);
  expect(rig.clock.pendingTimers).toBeLessThanOrEqual(1);
});

test('a stop leaves time where it is', async () => {
  const rig = rigOf();
  await rig.feed(chunkOf(['a']));
  await rig.finish('stop');
  await rig.clock.advance(1000);
  expect(passed(rig)).toEqual([0, 'w0']);
});

test('while the way down is closed nothing is said and nobody is busy; what came has the time at which it came', async () => {
  const rig = rigOf({ chunkLimit: 1, closesFor: () => 500 });
  await rig.feed(chunkOf(['a', 'b']));
  const before = rig.advances;
  await rig.clock.advance(499);
  expect(rig.advances - before).toBeLessThanOrEqual(1);
  await rig.clock.advance(1100);
  expect(passed(rig)).toEqual([0, 'w0', 0, 'w0', 'w1000', 'w1500']);
});

test('time stands still while a clock that was set back catches up, also after a restore', async () => {
  const rig = rigOf();
  await rig.clock.advance(200);
  rig.clock.jump(-150);
  await rig.feed(chunkOf(['a']));
  await rig.clock.advance(300);
  expect(passed(rig)).toEqual(['w0', 'w100', 'w200', 200, 'w200', 'w250', 'w350']);
  const again = rigOf({ restored: rig.snapshot() });
  await again.feed(chunkOf(['b']));
  expect(passed(again)).toEqual([350, 'w350']);
});

test('an abort forgets the chunk', () => {
  const rig = rigOf();
  rig.canEmit = false;
  rig.give(chunkOf(['a', 'b']));
  expect(rig.held).toBe(2);
  rig.abort();
  expect([rig.station.isDone, rig.held]).toEqual([true, 0]);
});
