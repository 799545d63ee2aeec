import { expect, test } from 'vitest';
import type { RunMetrics, RunReport } from '../runtime/report.ts';
import { reportLines } from './report-lines.ts';

const report: RunReport = {
  pipeline: 'shop',
  ended: 'end',
  in: 1_000_000,
  out: 999_985,
  skipped: 0,
  deadLetters: 0,
  dropped: 0,
  late: 0,
  open: 0,
  ms: 10_000,
  peakBytes: 2048,
};
const metrics: RunMetrics = {
  pipeline: 'shop',
  in: 1_000_000,
  out: 999_985,
  ms: 10_000,
  heldBytes: 0,
  latencyMs: { p50: Number.NaN, p99: Number.NaN, max: Number.NaN },
  operators: [],
};
const text = (one: RunReport, of: RunMetrics = metrics): string[] =>
  reportLines(one, of, 149_946_368).map((line) => line.map((span) => span.text).join(''));

test('it says what came, what went, how fast, and how much it took', () => {
  expect(text(report)).toEqual([
    'shop ended after 10.0 s: 1,000,000 in, 999,985 out',
    '  100,000/s in, 99,999/s out; held at most 2.0 KiB, process 143.0 MiB',
    '  0 skipped, 0 dead letters, 0 dropped',
  ]);
});

test('a run that keeps checkpoints says which it has left, and which it went on from', () => {
  expect(text(report, { ...metrics, checkpoint: { from: 3, last: 7 } })[2]).toBe('  checkpoint 7, went on from 3');
});

test('one that found its data worked off says so, and what to do', () => {
  expect(text({ ...report, ended: 'before', in: 0, out: 0 }, { ...metrics, checkpoint: { from: 3, last: 3 } })).toEqual([
    'shop has nothing to do: an earlier run has come to the end of its data; --again begins anew',
  ]);
});

test('losses name the operators they happened at', () => {
  const parse = {
    id: 'parse',
    kind: 'map',
    in: 1_000_000,
    out: 999_997,
    errors: 3,
    skipped: 3,
    deadLetters: 0,
    late: 0,
    dropped: {},
    nsPerRecord: 1,
    heldRecords: 0,
    heldBytes: 0,
    waitsFor: [],
  };
  const queue = { ...parse, id: 'queue', skipped: 0, dropped: { overflow: 12 } };
  const calm = { ...parse, id: 'calm', skipped: 0 };
  expect(text({ ...report, skipped: 3, dropped: 12 }, { ...metrics, operators: [parse, queue, calm] }).slice(2)).toEqual([
    '  3 skipped, 0 dead letters, 12 dropped',
    '    parse: 3 skipped of 1,000,000',
    '    queue: 12 dropped (overflow) of 1,000,000',
  ]);
});

test('a stop says so, with what windows still held', () => {
  const lines = text({ ...report, ended: 'stop', open: 7 });
  expect(lines[0]).toMatch(/^shop stopped after/);
  expect(lines[2]).toBe('  0 skipped, 0 dead letters, 0 dropped; windows still held 7 records');
});
