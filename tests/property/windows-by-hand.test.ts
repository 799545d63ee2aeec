import { expect, test } from 'vitest';
import { inOrder, modelled, produced, type Scene } from './windows-compared.ts';
import type { Entry, Ways } from './windows-model.ts';
import type { Sent } from './windows-product.ts';
import type { Happening } from './windows-running.ts';

// What Beam's direct runner cannot be asked (tests/golden/beam.py says why), with the arithmetic beside it. Each case is
// held against the model too, so that the model is right where Beam does not say so.

let next = 1;
const add = (key: string, at: number): Happening<Sent> => ({ is: 'send', values: [{ key, at, value: next++ } satisfies Entry] });
const watermark = (mark: number): Happening<Sent> => ({ is: 'send', values: [{ mark }] });
const clock = (ms: number): Happening<Sent> => ({ is: 'clock', ms });
const together = (...all: readonly Happening<Sent>[]): Happening<Sent> => ({
  is: 'send',
  values: all.flatMap((one) => (one.is === 'send' ? one.values : [])),
});

interface Case {
  readonly says: string;
  readonly ways: Ways;
  happenings(): readonly Happening<Sent>[];
  /** In the order of their windows, and of one window as they came. */
  readonly panes: readonly string[];
  readonly late?: readonly number[];
}

const discarding = { panes: 'discarding', lateness: 0 } as const;
const accumulating = { panes: 'accumulating', lateness: 0 } as const;
const tens = { kind: 'tumbling', size: 10 } as const;
const fives = { kind: 'session', gap: 5 } as const;

const cases: readonly Case[] = [
  {
    // [0,10) and lateness 3: over at 10, gone at 13. At 9 and 10 - 1 the window is open, at 12 it is not gone, at 13 it is.
    says: 'a window is open until the watermark is its end, and takes corrections until it is its end and the lateness',
    ways: { window: tens, panes: 'discarding', lateness: 3 },
    happenings: () => [
      add('a', 1),
      watermark(9),
      add('a', 2),
      watermark(10),
      add('a', 3),
      watermark(12),
      add('a', 4),
      watermark(13),
      add('a', 5),
    ],
    panes: ['a [0,10) onTime 0: 1 2', 'a [0,10) late 1: 3', 'a [0,10) late 2: 4'],
    late: [5],
  },
  {
    says: 'without lateness a record is too late at the end itself',
    ways: { window: tens, ...accumulating },
    happenings: () => [add('a', 9), watermark(10), add('a', 9), add('a', 10)],
    panes: ['a [0,10) onTime 0: 1', 'a [10,20) onTime 0: 3'],
    late: [2],
  },
  {
    // The watermark 12 is brought by the mark in the middle: the record behind it is late, the one before it is not.
    says: 'a watermark in the middle of a read counts from there on',
    ways: { window: tens, panes: 'accumulating', lateness: 5 },
    happenings: () => [together(add('a', 1), add('b', 2), watermark(12), add('b', 3), add('a', 4), add('a', 11)), watermark(30)],
    panes: ['a [0,10) onTime 0: 1', 'a [0,10) late 1: 1 4', 'a [10,20) onTime 0: 5', 'b [0,10) onTime 0: 2', 'b [0,10) late 1: 2 3'],
  },
  {
    says: 'discarding, a window whose records were all shown is not emitted on time, and no index is used up by it',
    ways: { window: tens, panes: 'discarding', lateness: 10, early: { records: 2 } },
    happenings: () => [add('a', 1), add('a', 2), watermark(11), add('a', 3), watermark(50)],
    panes: ['a [0,10) early 0: 1 2', 'a [0,10) late 1: 3'],
  },
  {
    says: 'accumulating, it is emitted on time once more',
    ways: { window: tens, panes: 'accumulating', lateness: 10, early: { records: 2 } },
    happenings: () => [add('a', 1), add('a', 2), watermark(11), add('a', 3), watermark(50)],
    panes: ['a [0,10) early 0: 1 2', 'a [0,10) onTime 1: 1 2', 'a [0,10) late 2: 1 2 3'],
  },
  {
    // Before 0 windows begin at floor(t / 10) * 10 too, and -10 belongs to [-10,0).
    says: 'windows before 1970 are cut like all others',
    ways: { window: tens, ...accumulating },
    happenings: () => [add('a', -11), add('a', -10), add('a', -1), add('a', 0)],
    panes: ['a [-10,0) onTime 0: 2 3', 'a [-20,-10) onTime 0: 1', 'a [0,10) onTime 0: 4'],
  },
  {
    // Starts are 3 behind each ten.
    says: 'an offset moves where windows begin',
    ways: { window: { ...tens, offset: 3 }, ...accumulating },
    happenings: () => [add('a', 2), add('a', 3), add('a', 12), add('a', 13)],
    panes: ['a [-7,3) onTime 0: 1', 'a [13,23) onTime 0: 4', 'a [3,13) onTime 0: 2 3'],
  },
  {
    // Starts are multiples of 3: 7 lies in [0,7)? no. In [3,10) and [6,13); 9 in [3,10), [6,13), [9,16).
    says: 'sliding windows whose step does not divide their size',
    ways: { window: { kind: 'sliding', size: 7, every: 3 }, ...accumulating },
    happenings: () => [add('a', 7), add('a', 9)],
    panes: ['a [3,10) onTime 0: 1 2', 'a [6,13) onTime 0: 1 2', 'a [9,16) onTime 0: 2'],
  },
  {
    // 6 lies in [0,10) and [5,15). At 12 the first is over; lateness 1 makes it gone (10 + 1 <= 12), the second is open.
    says: 'a record that is too late for one sliding window is in the others, and is no late record',
    ways: { window: { kind: 'sliding', size: 10, every: 5 }, panes: 'accumulating', lateness: 1 },
    happenings: () => [add('a', 7), watermark(12), add('a', 6), watermark(16), add('a', 6)],
    panes: ['a [0,10) onTime 0: 1', 'a [5,15) onTime 0: 1 2'],
    late: [3],
  },
  {
    // [0,5) and [5,10) touch at 5, which is in the second only.
    says: 'sessions that touch are two',
    ways: { window: fives, ...accumulating },
    happenings: () => [add('a', 0), add('a', 5), add('a', 9)],
    panes: ['a [0,5) onTime 0: 1', 'a [5,14) onTime 0: 2 3'],
  },
  {
    // [0,5), [6,11) and [12,17) are three until 4 and then 10 come: [4,9) meets two of them, [10,15) what is left.
    says: 'records between sessions make one of them and keep every record',
    ways: { window: fives, ...accumulating },
    happenings: () => [add('a', 0), add('a', 12), add('a', 6), add('b', 6), add('a', 4), add('a', 10)],
    panes: ['a [0,17) onTime 0: 1 2 3 5 6', 'b [6,11) onTime 0: 4'],
  },
  {
    // At 9 [0,5) is over and not gone. 3 makes it [0,8), which is over too: late. 6 makes it [0,11), which is not: it is open
    // again, and emitted at 11 as a window of its own.
    says: 'a late record that makes a closed session end behind the watermark opens it again',
    ways: { window: fives, panes: 'accumulating', lateness: 10 },
    happenings: () => [add('a', 0), watermark(9), add('a', 3), add('a', 6), watermark(11), watermark(12)],
    panes: ['a [0,11) onTime 0: 1 2 3', 'a [0,5) onTime 0: 1', 'a [0,8) late 0: 1 2'],
  },
  {
    says: 'the same, discarding: what was shown before is not shown again',
    ways: { window: fives, panes: 'discarding', lateness: 10 },
    happenings: () => [add('a', 0), watermark(9), add('a', 3), add('a', 6), watermark(11), watermark(12)],
    panes: ['a [0,11) onTime 0: 3', 'a [0,5) onTime 0: 1', 'a [0,8) late 0: 2'],
  },
  {
    // At 8 [0,5) is gone (5 + 2 <= 8). 4 would be in it: [4,9) is not over, so it is taken, and begins anew.
    says: 'a session that is gone is joined by nobody',
    ways: { window: fives, panes: 'accumulating', lateness: 2 },
    happenings: () => [add('a', 0), watermark(8), add('a', 4), watermark(20)],
    panes: ['a [0,5) onTime 0: 1', 'a [4,9) onTime 0: 2'],
  },
  {
    // [1,6) is gone at 8 although [3,12) is open: what is too late does not depend on what others it would have met.
    says: 'whether a record is too late for a session is a matter of its own time',
    ways: { window: fives, panes: 'accumulating', lateness: 2 },
    happenings: () => [add('a', 3), add('a', 7), watermark(8), add('a', 1), watermark(20)],
    panes: ['a [3,12) onTime 0: 1 2'],
    late: [3],
  },
  {
    // 2 records wait in [0,5) and [6,11), one each; the one between makes three, and it is the record that fires.
    says: 'what waits in sessions that meet counts together for early panes',
    ways: { window: fives, ...discarding, early: { records: 2 } },
    happenings: () => [add('a', 0), add('a', 6), add('a', 4), add('a', 9), watermark(30)],
    panes: ['a [0,11) early 0: 1 2 3', 'a [0,14) onTime 0: 4'],
  },
  {
    // Due at 10 and at 14 of the clock; together they are due at 10, and at 14 there is nothing new.
    says: 'sessions that meet have one pane by the clock, when the first of them was due',
    ways: { window: fives, ...accumulating, early: { clock: 10 } },
    happenings: () => [add('a', 0), clock(4), add('a', 6), clock(4), add('a', 4), clock(2), clock(2), clock(2), clock(100)],
    panes: ['a [0,11) early 0: 1 2 3', 'a [0,11) onTime 1: 1 2 3'],
  },
  {
    // The first record without a pane is due 10 behind it, whatever comes after it: at 10, and for the third at 13 + 10.
    says: 'a pane by the clock comes so long behind the first record that none has shown',
    ways: { window: { kind: 'tumbling', size: 1000 }, ...discarding, early: { clock: 10 } },
    happenings: () => [add('a', 1), clock(9), add('a', 2), clock(1), clock(3), add('a', 3), clock(9), add('a', 4), clock(1), clock(50)],
    panes: ['a [0,1000) early 0: 1 2', 'a [0,1000) early 1: 3 4'],
  },
  {
    says: 'a global window is emitted on time when the data ends',
    ways: { window: { kind: 'global' }, ...accumulating, early: { records: 3 } },
    happenings: () => [add('a', 5), add('b', 1_000_000), watermark(999_999), add('a', 0), add('a', 7), add('a', 8)],
    panes: ['a [-Infinity,Infinity) early 0: 1 3 4', 'a [-Infinity,Infinity) onTime 1: 1 3 4 5', 'b [-Infinity,Infinity) onTime 0: 2'],
  },
];

for (const { says, ways, happenings, panes, late = [] } of cases) {
  test(says, async () => {
    next = 1;
    const scene: Scene = { ways, happenings: happenings() };
    const model = modelled(scene);
    expect(inOrder(model.panes, false)).toEqual([...panes]);
    expect(model.late).toEqual(late);
    for (const chunk of [1, 1024]) {
      const product = await produced(scene, { codegen: 'never', chunk });
      expect(inOrder(product.panes, true)).toEqual(inOrder(model.panes, true));
      expect(product.late).toEqual(late);
    }
  });
}

// At 25 [0,10) is over and gone. The record of 2 waits for its answer when the barrier comes, so it is in the checkpoint, and
// reaches the window of the next life before anything else does. It must be too late there too.
test('what was too late when it was captured in front of a window is too late in the next life', async () => {
  const entry = (at: number, value: number): Entry => ({ key: 'a', at, value });
  const scene: Scene = {
    ways: { window: tens, ...accumulating },
    disorder: 0,
    isAsync: true, // A value waits for its rest by 5.
    happenings: [
      { is: 'send', values: [entry(1, 5), entry(25, 10)] },
      { is: 'send', values: [entry(2, 14)] },
      { is: 'send', values: [entry(26, 15)] },
      { is: 'send', values: [entry(27, 20)] },
    ],
  };
  for (const elsewhere of [{}, { copies: [2, 3] }, { keeps: 'files' as const }]) {
    const product = await produced(scene, { codegen: 'never', chunk: 7, checkpoints: [2], deaths: [3], ...elsewhere });
    expect(inOrder(product.panes, false)).toEqual(['a [0,10) onTime 0: 5', 'a [20,30) onTime 0: 10 15 20']);
    expect(product.late).toEqual([14]);
  }
});
