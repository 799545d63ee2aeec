import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import type { Control } from '../core/chunk.ts';
import { timeOf } from '../core/record-of.ts';
import type { StationOperator } from '../core/station.ts';
import { count } from '../windows/aggregates/count.ts';
import { variance } from '../windows/aggregates/moments.ts';
import { sum } from '../windows/aggregates/sum.ts';
import { calendar } from '../windows/calendar.ts';
import { global, session, sliding, tumbling } from '../windows/time.ts';
import { chunkOf, type RigOptions, StationRig } from './station-rig.ts';
import { timeWindow } from './time-window.ts';

interface Hit {
  readonly key?: string;
  readonly at: number;
}

/** Records at these times, of one key or of the keys named, and a watermark behind them. */
class Life<Out> {
  readonly keys = new InternedKeys();
  readonly rig: StationRig<Hit, Out>;
  #sent = 0;

  constructor(operator: StationOperator<Hit, Out>, options: RigOptions = {}) {
    this.rig = new StationRig(operator, { keys: this.keys, ...options });
  }

  async send(hits: readonly (number | Hit)[], watermark?: number): Promise<void> {
    const values = hits.map((hit) => (typeof hit === 'number' ? { at: hit } : hit));
    const control: Control | undefined = watermark === undefined ? undefined : { watermark };
    const keyIds = Int32Array.from(values, ({ key = 'a' }) => this.keys.idOf(key));
    const times = Float64Array.from(values, ({ at }) => at);
    await this.rig.feed(chunkOf(values, { first: this.#sent, keys: this.keys, keyIds, times, ...(control && { control }) }));
    this.#sent += values.length;
  }

  get panes(): string[] {
    return this.rig.values.map((pane) => {
      const {
        key,
        window,
        pane: of,
        n,
      } = pane as never as {
        key: string;
        window: Hit & { start: number; end: number };
        pane: { index: number; timing: string };
        n: number;
      };
      return `${key} ${window.start}..${window.end} ${of.timing} ${of.index}: ${n}`;
    });
  }
}

const counted = (...args: Parameters<typeof timeWindow<Hit, string>> extends [string, ...infer Rest] ? Rest : never) =>
  timeWindow<Hit, string>('w', ...args).aggregate({ n: count() });

test('a window is emitted when the watermark has come to its end, by end and then by first record of its key, with the time end - 1', async () => {
  const life = new Life(counted(tumbling(10)));
  await life.send(
    [
      { key: 'b', at: 12 },
      { key: 'a', at: 3 },
      { key: 'a', at: 11 },
      { key: 'b', at: 9 },
    ],
    9,
  );
  expect(life.panes).toEqual([]);
  await life.send([], 20);
  expect(life.panes).toEqual(['a 0..10 onTime 0: 1', 'b 0..10 onTime 0: 1', 'b 10..20 onTime 0: 1', 'a 10..20 onTime 0: 1']);
  expect(life.rig.emitted.flatMap((chunk) => chunk.values.map((_, i) => timeOf(chunk, i)))).toEqual([9, 9, 19, 19]);
  expect(life.rig.ids).toEqual(['rig/"a"/0/0', 'rig/"b"/0/0', 'rig/"b"/10/0', 'rig/"a"/10/0']);
  expect(life.rig.held).toBe(0);
});

test('panes leave in chunks as large as may be, in front of the watermark that closed their windows', async () => {
  const life = new Life(counted(sliding(4, 1), { lateness: 100 }), { chunkLimit: 1, closesFor: () => 3 });
  await life.send([5], 50);
  await life.send([5]);
  await life.rig.finish();
  const late = [2, 3, 4, 5].map((start) => `a ${start}..${start + 4} late 1: 2`);
  expect(life.panes).toEqual([...[2, 3, 4, 5].map((start) => `a ${start}..${start + 4} onTime 0: 1`), ...late]);
  expect(life.rig.emitted.map(({ control }) => control?.watermark)).toEqual([
    undefined,
    undefined,
    undefined,
    50,
    ...late.map(() => undefined),
  ]);
});

test('a record that is too late is counted, named with its code, and in no window; it never stops a run', async () => {
  const life = new Life(counted(tumbling(10), { lateness: 5, onError: 'stop' }), { stopsAt: () => true });
  await life.send([3], 14);
  await life.send([4]);
  await life.send([], 15);
  await life.send([5]);
  expect(life.panes).toEqual(['a 0..10 onTime 0: 1', 'a 0..10 late 1: 2']);
  expect(life.rig.late.map(({ id, error }) => [id, (error as { code: string }).code])).toEqual([['s/0/2', 'HR_RECORD_LATE']]);
  expect([life.rig.refused, life.rig.dropped.get('late'), life.rig.held]).toEqual([[], 1, 0]);
});

test('a record without a time is refused and counted nowhere', async () => {
  const life = new Life(counted(tumbling(10)));
  await life.send([1, Number.NaN, Number.POSITIVE_INFINITY, -9e15, 2], 10);
  expect(life.panes).toEqual(['a 0..10 onTime 0: 2']);
  expect(life.rig.refused.map(({ error }) => (error as { code: string }).code)).toEqual(Array(3).fill('HR_TIME_INVALID'));
});

test('a function that fails leaves the windows of its record as they were, all of them', async () => {
  const picky = ({ at }: Hit): number => {
    if (at % 10 === 7) throw new Error('seven');
    return at;
  };
  for (const [windows, options] of [
    [sliding(10, 5), {}],
    [sliding(10, 5), { lateness: 1 }],
    [session(8), {}],
  ] as const) {
    for (const fold of ['aggregate', 'reduce'] as const) {
      const window = timeWindow<Hit, string>('w', windows, options);
      const step = (total: number, hit: Hit): number => total + picky(hit);
      const build = (): StationOperator<Hit, unknown> =>
        fold === 'reduce' ? window.reduce(() => 0, step) : window.aggregate({ n: count(), value: sum(picky) });
      const failing = new Life(build());
      await failing.send([1, 7, 3, 17, 12], 6);
      const without = new Life(build());
      await without.send([1, 3, 12], 6);
      for (const life of [failing, without]) await life.rig.finish();
      expect(failing.rig.values).toEqual(without.rig.values);
      expect(failing.rig.refused).toHaveLength(2);
    }
  }
});

test('a session that a record brings together keeps what each part had, over early panes and into late ones', async () => {
  const life = new Life(counted(session(10), { lateness: 100, early: { records: 3 } }));
  await life.send([0, 15]);
  await life.send([8], 20); // 0..10 and 15..25 become 0..25: the third record that no pane has shown.
  await life.send([], 25);
  await life.send([36], 40); // 36..46 touches nothing yet.
  await life.send([30]); // Its own end is at the watermark; with 36..46 it is 30..46, which is open.
  await life.send([24], 46); // 24..34 with 0..25 and 30..46: all of them.
  expect(life.panes).toEqual(['a 0..25 early 0: 3', 'a 0..25 onTime 1: 3', 'a 0..46 early 0: 6', 'a 0..46 onTime 1: 6']);
  expect(life.rig.ids).toEqual(['rig/"a"/0..25/0', 'rig/"a"/0..25/1', 'rig/"a"/0..46/0', 'rig/"a"/0..46/1']);
});

test('early panes by the clock come so long after the first record that no pane has shown, and never without one', async () => {
  const life = new Life(counted(tumbling(1000), { early: '50ms', panes: 'discarding' }));
  await life.send([1, 2]);
  await life.rig.clock.advance(49);
  expect(life.panes).toEqual([]);
  await life.send([3]);
  await life.rig.clock.advance(1);
  await life.rig.clock.advance(500);
  await life.send([4, 1001], 1000);
  await life.rig.clock.advance(500);
  expect(life.panes).toEqual(['a 0..1000 early 0: 3', 'a 0..1000 onTime 1: 1', 'a 1000..2000 early 0: 1']);
  expect(life.rig.station.wakeAt).toBeUndefined();
});

test('a stop leaves windows open, and their records are reported as held; the end of the data emits all of them in order', async () => {
  for (const windows of [tumbling(10), sliding(10, 5), session(10), calendar('day'), global({ untilEnd: true })]) {
    const stopped = new Life(counted(windows));
    await stopped.send([25, 1, 12]);
    await stopped.rig.finish('stop', { keepsOpen: true });
    expect([stopped.panes, stopped.rig.held]).toEqual([[], 3]);
    const ended = new Life(counted(windows));
    await ended.send([25, 1, 12]);
    await ended.rig.finish();
    const ends = ended.rig.values.map(({ window }) => window.end);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    expect(ended.rig.held + ended.rig.heldBytes).toBe(0);
  }
});

test('a watermark between two milliseconds is told as the whole one before, so that the next pane is not late behind it', async () => {
  const life = new Life(counted(tumbling(10)));
  await life.send([5], 9.5);
  await life.send([], 10);
  expect(life.rig.emitted.map(({ control }) => control?.watermark)).toEqual([9, 10]);
});

test('sliding windows that share their slices have the panes of windows that are each by itself, also of disordered records', async () => {
  // Mostly of a number of slices, which are put together of sums.
  const shapes = fc
    .record({ every: fc.integer({ min: 1, max: 4 }), slices: fc.integer({ min: 1, max: 6 }), rest: fc.constantFrom(0, 0, 0, 1) })
    .map(({ every, slices, rest }) => [every * slices + Math.min(rest, every - 1), every] as const);
  // Some come into slices that panes have shown, and that are in windows still open.
  const hit = fc.record({ key: fc.constantFrom('a', 'b'), from: fc.integer({ min: -16, max: 8 }) });
  const reads = fc.array(fc.record({ hits: fc.array(hit, { maxLength: 5 }), further: fc.integer({ min: 0, max: 6 }) }), {
    minLength: 4,
    maxLength: 24,
  });
  await fc.assert(
    fc.asyncProperty(shapes, reads, async ([size, every], chunks) => {
      const window = timeWindow<Hit, string>('w', sliding(size, every));
      const sliced = new Life(window.aggregate({ n: count(), value: sum(({ at }) => at) }));
      const single = new Life(
        window.reduce(
          () => 0,
          (total, { at }) => total + at,
        ),
      );
      let watermark = -20;
      for (const { hits, further } of chunks) {
        const sent = hits.map(({ key, from }) => ({ key, at: watermark + from }));
        watermark += further;
        for (const life of [sliced, single]) await life.send(sent, watermark);
      }
      for (const life of [sliced, single]) await life.rig.finish();
      expect(sliced.rig.values.map(({ n: _, ...pane }) => pane)).toEqual(single.rig.values);
      expect(sliced.rig.late).toEqual(single.rig.late);
      expect(sliced.rig.ids).toEqual(single.rig.ids);
    }),
    { numRuns: 60 },
  );
});

test('sliding windows answer the same to the last digit, however often they are asked for', async () => {
  const operator = (): StationOperator<Hit, unknown> =>
    timeWindow<Hit, string>('w', sliding(30, 5)).aggregate({ spread: variance(({ at }) => at * 0.1) });
  const hits = Array.from({ length: 200 }, (_, i) => ({ key: i % 3 === 0 ? 'a' : 'b', at: i + ((i * 7) % 5) }));
  const [often, once] = [new Life(operator()), new Life(operator())];
  for (const [i, hit] of hits.entries()) await often.send([hit], i - 5);
  await once.send(hits);
  for (const life of [often, once]) await life.rig.finish();
  expect(often.rig.values.length).toBeGreaterThan(80);
  expect(often.rig.values).toEqual(once.rig.values);
});

test('one key with very many open windows, and late ones among them', async () => {
  const life = new Life(counted(tumbling(1)));
  const times = Array.from({ length: 3000 }, (_, i) => (i * 1789) % 3000);
  await life.send(times);
  await life.send(times, 3000);
  expect(life.panes).toHaveLength(3000);
  expect(new Set(life.panes.map((pane) => pane.split(': ')[1]))).toEqual(new Set(['2']));
});

test('what cannot be meant is refused when the window is declared', () => {
  const declared =
    (...args: Parameters<typeof counted>) =>
    () =>
      counted(...args);
  expect(declared(global())).toThrow('may be never');
  expect(declared(global(), { early: '1s', lateness: '1s' })).toThrow('never late');
  expect(declared(tumbling(10), { early: 0 })).toThrow('a pane for every record');
  expect(declared(tumbling(10), { early: { records: 0 } })).toThrow('whole number');
  expect(declared(tumbling(10), { panes: 'retracting' as never })).toThrow("'accumulating' or 'discarding'");
  expect(() => sliding('1m', '2m')).toThrow('would leave out');
  expect(() => tumbling(0)).toThrow('whole number');
  expect(() => session(0.5)).toThrow('whole number');
  expect(() => timeWindow('w', tumbling(10)).aggregate({ pane: count() })).toThrow("a pane has a 'pane' of its own");
});
