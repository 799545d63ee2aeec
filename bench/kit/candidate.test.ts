import { expect, test } from 'vitest';
import { isSame, measure } from './candidate.ts';

test('counts must be equal to the last one, sums but for the order in which they were added', () => {
  expect(isSame({ records: 10_000_000_000 }, { records: 10_000_000_000 })).toBe(true);
  expect(isSame({ records: 9_999_999_999 }, { records: 10_000_000_000 })).toBe(false);
  expect(isSame({ sum: 0.1 + 0.2 + 0.3 }, { sum: 0.3 + 0.2 + 0.1 })).toBe(true);
  expect(isSame({ sum: 36574057.1 }, { sum: 36574057.2 })).toBe(false);
});

test('an answer that leaves something out, adds something or is no number is wrong', () => {
  expect(isSame({}, { records: 1 })).toBe(false);
  expect(isSame({ records: 1, more: 1 }, { records: 1 })).toBe(false);
  expect(isSame({ records: Number.NaN }, { records: 1 })).toBe(false);
});

test('a candidate that prepares its input says itself how long it took for what is asked', async () => {
  const candidate = { name: 'ours', records: 10, isCold: true, run: () => ({ answer: { records: 10 }, wallMs: 1, cpuMs: 2 }) };
  const contest = { title: 'work', by: 'wall' as const, ours: candidate, peers: [], expected: (records: number) => ({ records }) };
  const { cpuNs, wallNs, wrong } = await measure(contest, candidate);
  expect([cpuNs, wallNs, wrong]).toEqual([2e5, 1e5, undefined]);
});
