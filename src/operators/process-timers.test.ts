import { expect, test } from 'vitest';
import { isHeadraceError } from '../core/error.ts';
import { type Ctx, deed, ProcessRig } from './process-rig.ts';

const sets = (key: string, at: number, ...timers: readonly (readonly [name: string, at: number])[]) =>
  deed(key, at, ({ timers: own }) => {
    for (const [name, when] of timers) own.set(name, when);
  });

test('timers fire in the order of their times, then of setting, across keys, when the watermark has come to them and no sooner', async () => {
  const rig = new ProcessRig();
  await rig.give([sets('a', 1, ['late', 30], ['x', 10]), sets('b', 2, ['y', 10], ['z', 5])], 9);
  expect(rig.take()).toEqual(['z of b at 5, 5']);
  await rig.give([], 9.5);
  expect(rig.take()).toEqual([]);
  await rig.give([], 10);
  expect(rig.take()).toEqual(['x of a at 10, 10', 'y of b at 10, 10']);
  await rig.give([], 1e9);
  expect(rig.take()).toEqual(['late of a at 30, 30']);
  await rig.give([], 2e9);
  expect(rig.take()).toEqual([]);
});

test('a key has one timer of each name: setting it again moves it, and what is cancelled never fires', async () => {
  const rig = new ProcessRig();
  await rig.give([sets('a', 1, ['x', 10], ['y', 10]), sets('a', 2, ['x', 20]), sets('b', 2, ['x', 12])], 3);
  await rig.give([deed('a', 4, ({ timers }) => [timers.get('x'), timers.get('y'), timers.get('z')])]);
  expect(rig.take()).toEqual([20, 10, undefined]);
  await rig.give([deed('a', 5, ({ timers }) => timers.cancel('y')), deed('a', 5, ({ timers }) => timers.cancel('never set'))], 15);
  expect(rig.take()).toEqual(['x of b at 12, 12']);
  await rig.give([sets('a', 16, ['x', 17])], 18);
  expect(rig.take()).toEqual(['x of a at 17, 17']);
  await rig.give([], 100);
  expect(rig.take()).toEqual([]);
});

test('a timer set to a time that has come fires with the next watermark, and what it emits is not late', async () => {
  const rig = new ProcessRig();
  await rig.give([], 100);
  await rig.give([sets('a', 150, ['x', 40])]);
  expect(rig.take()).toEqual([]);
  await rig.give([], 100);
  expect(rig.takeAll()).toMatchObject([{ value: 'x of a at 40, 150', time: 150, id: 'rig/"a"/"x"/40~0/0' }]);
});

test('a timer may set others: those that are due fire at once, in their place among the others', async () => {
  const rig = new ProcessRig({
    onTimer({ name, at }, { timers, key }) {
      if (name === 'first') {
        timers.set('second', at + 5);
        timers.set('now', at);
      }
      return [`${key} ${name} ${at}`];
    },
  });
  await rig.give([sets('a', 1, ['first', 10]), sets('b', 1, ['other', 12])], 20);
  expect(rig.take()).toEqual(['a first 10', 'a now 10', 'b other 12', 'a second 15']);
});

test('at the end of the data all timers fire, those they set too, and who asks is told that it is the end', async () => {
  const rig = new ProcessRig({
    onTimer({ name, at }, { timers, isEnd, watermark }) {
      if (name === 'tick' && !isEnd) timers.set('tick', at + 10);
      if (name === 'x') timers.set('y', at + 1_000_000);
      return [`${name} ${at} ${isEnd} ${watermark}`];
    },
  });
  await rig.give([sets('a', 1, ['tick', 10], ['x', 1_000])], 25);
  expect(rig.take()).toEqual(['tick 10 false 25', 'tick 20 false 25']);
  await rig.rig.finish();
  expect(rig.take()).toEqual(['tick 30 true Infinity', 'x 1000 true Infinity', 'y 1001000 true Infinity']);
});

test('timers that set each other for ever while time stands still are refused', async () => {
  const again = ({ name, at }: { readonly name: string; readonly at: number }, { timers }: Ctx): void => timers.set(name, at);
  const still = new ProcessRig({ onTimer: again });
  await still.give([sets('a', 1, ['x', 10])], 20);
  expect(still.rig.refused.map(({ error }) => isHeadraceError(error) && error.code)).toEqual(['HR_TIMERS_ENDLESS']);

  const ending = new ProcessRig({ onTimer: ({ at }, { timers }) => timers.set('tick', at + 10) });
  await ending.give([sets('a', 1, ['tick', 10])], 50_000);
  expect(ending.rig.refused).toEqual([]);
  await ending.rig.finish();
  expect(ending.rig.refused.map(({ error }) => isHeadraceError(error) && error.code)).toEqual(['HR_TIMERS_ENDLESS']);
});

test('timers by the clock fire when it has come so far, also when no record comes, and keep to the time of the record that set them', async () => {
  const rig = new ProcessRig();
  await rig.give([
    deed('a', 7, ({ clock }) => clock.set('x', clock.now() + 500)),
    deed('b', 8, ({ clock }) => clock.set('x', clock.now() + 300)),
  ]);
  await rig.rig.clock.advance(299);
  expect(rig.take()).toEqual([]);
  await rig.rig.clock.advance(1);
  expect(rig.takeAll()).toMatchObject([{ value: 'x of b at 1300, 8', time: 8 }]);
  await rig.give([], 100);
  await rig.rig.clock.advance(200);
  expect(rig.takeAll()).toMatchObject([{ value: 'x of a at 1500, 100', time: 100 }]);
  expect(rig.rig.clock.pendingTimers).toBe(0);
});

test('a timer by the clock that sets itself to now comes again a turn later, and others have theirs in between', async () => {
  let fired = 0;
  const rig = new ProcessRig({
    onClock(_timer, { clock }) {
      if (++fired < 10) clock.set('x', clock.now());
    },
  });
  await rig.give([deed('a', 1, ({ clock }) => clock.set('x', clock.now()))]);
  await rig.rig.clock.advance(1);
  expect(fired).toBe(10);
});

test('at the end of the data timers by the clock are dropped and counted', async () => {
  const rig = new ProcessRig();
  await rig.give([deed('a', 1, ({ clock }) => clock.set('x', 1e12)), deed('b', 1, ({ clock }) => clock.set('y', 1e12))]);
  await rig.rig.finish();
  expect(rig.take()).toEqual([]);
  expect([...rig.rig.dropped]).toEqual([['clockTimers', 2]]);
  expect(rig.rig.station.wakeAt).toBeUndefined();
});

test('a stop keeps all timers: what came due by the clock in the meantime fires at the start, the others at their time, each once', async () => {
  const first = new ProcessRig();
  await first.give(
    [
      sets('a', 1, ['x', 10], ['x2', 10]),
      sets('b', 1, ['y', 20]),
      deed('a', 2, ({ clock, timers }) => {
        clock.set('soon', 1_500);
        clock.set('later', 90_000);
        timers.cancel('x2');
      }),
    ],
    5,
  );
  await first.rig.finish('stop', { keepsOpen: true });
  expect(first.take()).toEqual([]);
  const restored = first.rig.snapshot();

  const second = new ProcessRig({}, { restored });
  await second.rig.clock.advance(1_000);
  expect(second.take()).toEqual(['soon of a at 1500, 2']);
  await second.give([], 10);
  expect(second.take()).toEqual(['x of a at 10, 10']);
  await second.give([sets('b', 11, ['z', 20])], 20);
  expect(second.take()).toEqual(['y of b at 20, 20', 'z of b at 20, 20']);
  await second.rig.clock.advance(100_000);
  expect(second.take()).toEqual(['later of a at 90000, 20']);
  await second.rig.finish();
  expect([...second.take(), ...second.rig.dropped]).toEqual([]);
});

test('a capture has the timers of its moment, whatever is set, moved or fired behind it', async () => {
  const first = new ProcessRig();
  await first.give([sets('a', 1, ['x', 10], ['y', 20]), sets('b', 1, ['x', 15])], 5);
  const restored = first.rig.snapshot();
  await first.give([sets('a', 6, ['x', 100], ['z', 11]), deed('b', 6, ({ forget }) => forget())], 12);
  const second = new ProcessRig({}, { restored });
  await second.give([], 1e6);
  expect(second.take()).toEqual(['x of a at 10, 10', 'x of b at 15, 15', 'y of a at 20, 20']);
});

test('a key has as many timers as it may, and a time that is none is refused', async () => {
  const rig = new ProcessRig({}, { timersPerKey: 2 });
  await rig.give([sets('a', 1, ['x', 10], ['y', 20]), sets('a', 2, ['z', 30]), sets('a', 3, ['y', 21])], 4);
  await rig.give([
    deed('a', 5, ({ timers }) => {
      timers.cancel('x');
      timers.set('z', 30);
    }),
  ]);
  await rig.give([sets('a', 5, ['y', Number.NaN]), sets('a', 5, ['y', new Date('never') as never])], 100);
  expect(rig.rig.refused.map(({ error }) => isHeadraceError(error) && error.code)).toEqual([
    'HR_TIMERS_FULL',
    'HR_TIME_INVALID',
    'HR_TIME_INVALID',
  ]);
  expect(rig.take()).toEqual(['y of a at 21, 21', 'z of a at 30, 30']);
});

test('a timer that nobody would hear is refused when it is set', async () => {
  const rig = new ProcessRig({ onTimer: undefined as never, onClock: undefined as never });
  await rig.give([sets('a', 1, ['x', 10]), deed('a', 1, ({ clock }) => clock.set('x', 1))], 100);
  expect(rig.rig.refused.map(({ error }) => isHeadraceError(error) && error.code)).toEqual(['HR_TIMER_UNHEARD', 'HR_TIMER_UNHEARD']);
});

test('many timers of one watermark leave in chunks of the limit, with turns for others in between, and the watermark last', async () => {
  let fired = 0;
  const rig = new ProcessRig({ onTimer: ({ at }) => (++fired % 5 === 0 ? [at, at] : []) }, { chunkLimit: 100, closesFor: () => 1 });
  const deeds = Array.from({ length: 5_000 }, (_, i) => sets(`k${i}`, 0, ['a', 5_000 - i], ['b', 8_000 - i]));
  await rig.give(deeds, 1e6);
  await rig.rig.finish();
  const last = rig.rig.emitted.at(-1)!;
  expect([last.values.length, last.control]).toEqual([0, { watermark: 1e6 }]);
  const times = rig.take() as number[];
  expect(times.length).toBe(4_000);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('firing many timers gives the event loop back now and then', async () => {
  const rig = new ProcessRig({ onTimer: () => {} });
  await rig.give(Array.from({ length: 20_000 }, (_, i) => sets(`k${i}`, 0, ['a', i])));
  const { advances } = rig.rig;
  await rig.give([], 1e6);
  expect(rig.rig.advances - advances).toBeGreaterThanOrEqual(4);
});
