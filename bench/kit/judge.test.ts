import { expect, test } from 'vitest';
import type { Measured } from './candidate.ts';
import { judge } from './judge.ts';
import type { Contest } from './question.ts';

const none = { records: 1, run: () => ({ answer: {} }) };
const contest: Contest = {
  title: 'work',
  ours: { name: 'ours', ...none },
  peers: [{ name: 'peer', ...none, atLeast: 10 }],
  limits: [
    { figure: 'delay', unit: 'ms', atMost: 10 },
    { figure: 'growth', unit: 'MB', atMost: 20 },
  ],
  expected: () => ({}),
};

function once(cpuNs: number, more: Partial<Measured> = {}): Measured {
  return { cpuNs, wallNs: cpuNs, figures: { delay: 1, growth: 1 }, wrong: undefined, ...more };
}

function missed(ours: readonly Measured[], peer: readonly Measured[], share = 1): readonly string[] {
  const rounds = new Map([
    ['ours', ours],
    ['peer', peer],
  ]);
  return judge(contest, rounds, share).flatMap(({ verdicts }) => verdicts.filter(({ isMet }) => !isMet).map(({ why }) => why));
}

test('a peer that needs as many times our CPU time as the floor says is passed, and one that needs less is not', () => {
  expect(missed([once(1)], [once(10)])).toEqual([]);
  expect(missed([once(1)], [once(9)])).toEqual(['peer takes 9.00 x our CPU time, the floor is >= 10 x']);
});

test('where wall time is asked, CPU time counts for nothing', () => {
  const byWall = { ...contest, by: 'wall' as const };
  const rounds = (wallNs: number) =>
    new Map([
      ['ours', [once(1)]],
      ['peer', [once(1, { wallNs })]],
    ]);
  const why = (wallNs: number) => judge(byWall, rounds(wallNs), 1).flatMap(({ verdicts }) => verdicts.filter(({ isMet }) => !isMet));
  expect(why(10)).toEqual([]);
  expect(why(9).map((verdict) => verdict.why)).toEqual(['peer takes 9.00 x our wall time, the floor is >= 10 x']);
});

test('a wrong answer fails, however fast it was given, on either side and in any round', () => {
  const wrong = once(1, { wrong: 'answered 1, right is 2' });
  expect(missed([once(1), wrong, once(1)], [once(10), once(10), once(10)])).toEqual(['ours answered 1, right is 2']);
  expect(missed([once(1), once(1), once(1)], [once(10), once(10), { ...wrong, cpuNs: 10 }])).toEqual(['peer answered 1, right is 2']);
});

test('rounds are compared in pairs: a machine that slows down for all of them changes nothing', () => {
  expect(missed([once(1), once(5), once(20)], [once(11), once(55), once(220)])).toEqual([]);
});

test('in CI a floor of 10 is held at 7, and a delay may be longer, but memory may not grow more', () => {
  expect(missed([once(1)], [once(7)], 0.7)).toEqual([]);
  expect(missed([once(1)], [once(6.9)], 0.7)).toHaveLength(1);
  const slow = once(1, { figures: { delay: 14, growth: 21 } });
  expect(missed([slow], [once(10)], 0.7)).toEqual(['growth is 21.0 MB, the limit is 20 MB']);
});

test('a figure that was never measured is missed', () => {
  expect(missed([once(1, { figures: {} })], [once(10)])).toHaveLength(2);
});

test('a floor that is missed so far is still missed, and CI holds what was reached instead', () => {
  const behind = { ...contest, peers: [{ name: 'peer', ...none, atLeast: 10, reached: 6 }] };
  const rounds = (peer: number) =>
    new Map([
      ['ours', [once(1)]],
      ['peer', [once(peer)]],
    ]);
  const isMet = (peer: number, share: number) =>
    judge(behind, rounds(peer), share).every(({ verdicts }) => verdicts.every((one) => one.isMet));
  expect([isMet(6, 1), isMet(6, 0.7), isMet(4.3, 0.7), isMet(4.1, 0.7)]).toEqual([false, true, true, false]);
});
