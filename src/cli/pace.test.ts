import { expect, test } from 'vitest';
import type { RunMetrics } from '../runtime/report.ts';
import { Pace } from './pace.ts';

const at = (ms: number, records: number): RunMetrics => ({
  pipeline: 'shop',
  in: records,
  out: records / 2,
  ms,
  heldBytes: 0,
  latencyMs: { p50: Number.NaN, p99: Number.NaN, max: Number.NaN },
  operators: [],
});

test("'now' is the last second, not the whole run", () => {
  const pace = new Pace();
  for (const [ms, records] of [
    [0, 0],
    [5000, 1000],
    [5200, 1020],
    [5400, 1040],
    [6000, 1100],
    [6200, 1120],
  ] as const)
    pace.add(at(ms, records));
  expect(pace.of()).toEqual({ in: 100, out: 50 });
});

test('a source that has gone quiet shows as zero within a second or so', () => {
  const pace = new Pace();
  for (let ms = 0; ms <= 3000; ms += 200) pace.add(at(ms, Math.min(ms, 1500)));
  expect(pace.of().in).toBe(0);
});

test('with a single sample it is the average since the start, and before that nothing', () => {
  const pace = new Pace();
  expect(pace.of()).toEqual({ in: 0, out: 0 });
  pace.add(at(300, 30));
  expect(pace.of().in).toBe(100);
  expect(pace.of('unknown')).toEqual({ in: 0, out: 0 });
});
