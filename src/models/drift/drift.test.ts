import { expect, test } from 'vitest';
import { adwin } from './adwin.ts';
import { ddm } from './ddm.ts';
import type { DriftDetector } from './detector.ts';
import { eddm } from './eddm.ts';
import { pageHinkley } from './page-hinkley.ts';

const detectors: readonly (readonly [string, () => DriftDetector])[] = [
  ['adwin', () => adwin()],
  ['ddm', () => ddm()],
  ['eddm', () => eddm()],
  ['pageHinkley', () => pageHinkley({ threshold: 10 })],
];

/** Right and wrong by a fixed pattern: one in eleven is wrong at first, then three in five. */
const isWrong = (i: number): number => Number(i < 1000 ? (i * i) % 11 === 1 : (i * 7) % 5 < 3);

function changesOf(detector: DriftDetector, numbers: number, from = 0): number[] {
  return Array.from({ length: numbers }, (_, i) => from + i).filter((i) => detector.update(isWrong(i)));
}

test.each(detectors)('%s sees a change soon after it came, and none before', (_name, make) => {
  const [first = 0] = changesOf(make(), 2000);
  expect(first).toBeGreaterThanOrEqual(1000);
  expect(first).toBeLessThan(1200);
});

test.each(detectors)('%s goes on from a snapshot as if nothing had happened', (_name, make) => {
  const whole = changesOf(make(), 2000);
  for (const cut of [1, 31, 999, 1040]) {
    const first = make();
    const before = changesOf(first, cut);
    const second = first.clone();
    changesOf(second, 50);
    const kept = structuredClone(first.snapshot());
    changesOf(first, 100, cut);
    second.restore(kept);
    expect([...before, ...changesOf(second, 2000 - cut, cut)]).toEqual(whole);
  }
});

test.each(detectors)('a clone of %s has seen nothing', (_name, make) => {
  const detector = make();
  changesOf(detector, 1500);
  expect(detector.clone().snapshot()).toEqual(make().snapshot());
});

test('ddm and eddm warn before they are sure', () => {
  for (const make of [ddm, eddm]) {
    const detector = make();
    const warned = Array.from({ length: 2000 }, (_, i) => {
      const isChange = detector.update(isWrong(i));
      return { i, isChange, isWarning: detector.isWarning };
    });
    const change = warned.findIndex(({ isChange }) => isChange);
    expect(warned.slice(1000, change).some(({ isWarning }) => isWarning)).toBe(true);
    expect(warned[change]!.isWarning).toBe(false);
  }
});

test('adwin keeps a long window in few buckets', () => {
  const detector = adwin();
  for (let i = 0; i < 200_000; i++) detector.update(i % 3);
  const { rows } = detector.snapshot() as { rows: readonly { totals: Float64Array }[] };
  expect(rows.reduce((sum, { totals }) => sum + totals.length, 0)).toBeLessThan(100);
});

test('an option that makes no sense is refused by its name', () => {
  expect(() => adwin({ delta: 1 })).toThrow('delta is 1');
  expect(() => ddm({ grace: 0 })).toThrow('grace is 0');
  expect(() => eddm({ change: 1.5 })).toThrow('change is 1.5');
  expect(() => pageHinkley({ threshold: 0 })).toThrow('threshold is 0');
});
