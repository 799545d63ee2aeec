import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OperatorMetrics, RunMetrics } from '../runtime/report.ts';
import { Pace } from './pace.ts';
import { panelLines } from './panel.ts';
import { painted } from './text-line.ts';

function operator(id: string, parts: Partial<OperatorMetrics> = {}): OperatorMetrics {
  const none = {
    kind: 'map',
    in: 0,
    out: 0,
    errors: 0,
    skipped: 0,
    deadLetters: 0,
    late: 0,
    dropped: {},
    nsPerRecord: Number.NaN,
    heldRecords: 0,
    heldBytes: 0,
    waitsFor: [],
  };
  return { id, ...none, ...parts };
}

function shop(ms: number, count: number): RunMetrics {
  return {
    pipeline: 'shop',
    in: count,
    out: count - 3,
    ms,
    heldBytes: 13_002_342,
    latencyMs: { p50: 1.4, p99: 3, max: 12 },
    operators: [
      operator('orders', { in: count, out: count, waitsFor: ['disk'] }),
      operator('parse', { in: count, out: count - 3, errors: 3, skipped: 3, nsPerRecord: 42.3 }),
      operator('disk', { in: count - 3, out: count - 3, heldRecords: 4096, heldBytes: 1_048_576, dropped: { overflow: 12 } }),
    ],
  };
}

function shown(columns: number, rows = 40, metrics = shop(10_000, 1_000_000), isStopping = false): string[] {
  const pace = new Pace();
  pace.add(shop(9000, 800_000));
  pace.add(metrics);
  const lines = panelLines({ metrics, pace, rssBytes: 149_946_368, isStopping, columns, rows });
  return lines.map((line) => painted(line, columns, (_style, text) => text).text);
}

test('it shows how far event time has come, who is idle, who waits for others and what was late', () => {
  const watermark = Date.UTC(2026, 0, 1, 12, 0, 0, 250);
  const time = { watermark, lagMs: 83_000, partitions: 4, idle: 1, late: 1200 };
  const unknown = { ...time, watermark: Number.NEGATIVE_INFINITY, idle: 0, late: 0 };
  const { operators, ...rest } = shop(10_000, 1_000_000);
  const [orders] = operators;
  const timed = [
    { ...orders!, partitionsAhead: 2 },
    operator('clock', { kind: 'eventTime', time }),
    operator('none', { kind: 'eventTime', time: unknown }),
  ];
  const lines = shown(120, 40, { ...rest, operators: timed });
  expect(lines[4]).toBe('event time  2026-01-01T12:00:00.250Z  1 min 23 s behind the clock');
  expect(lines.find((line) => line.startsWith('  clock'))).toContain('1 of 4 partitions idle; 1,200 late');
  expect(lines.find((line) => line.includes('orders'))).toContain('2 partitions wait for others; waits for disk');
  expect(shown(120, 40, { ...rest, operators: [operator('none', { time: unknown })] }).join()).not.toContain('event time');
});

test('it shows rates now and overall, what is held and lost, and who waits for whom', () => {
  expect(shown(100)).toEqual([
    'shop  10.0 s  running, Ctrl-C stops',
    'in   1,000,000  200,000/s now  100,000/s overall',
    'out    999,997  200,000/s now  100,000/s overall',
    'latency  p50 1.4 ms, p99 3.0 ms',
    'held 4,096 records, 12.4 MiB  process 143.0 MiB  3 skipped  0 dead letters  12 dropped',
    '  operator     in/s  per record             held    out/s',
    '  orders    200,000           -                -  200,000  waits for disk',
    '  parse     200,000       42 ns                -  200,000  3 skipped',
    '  disk      200,000           -  4,096 (1.0 MiB)  200,000  12 dropped (overflow)',
  ]);
});

test('a run that keeps checkpoints shows the newest, and the one it went on from', () => {
  const line = (from: number, last: number) => shown(100, 40, { ...shop(10_000, 1_000_000), checkpoint: { from, last } })[4];
  expect([line(0, 0), line(0, 3), line(3, 3), line(3, 7)]).toEqual([
    'no checkpoint yet',
    'checkpoint 3',
    'no checkpoint yet, went on from 3',
    'checkpoint 7, went on from 3',
  ]);
});

test('on a narrow window the numbers that matter least go first, then texts are cut', () => {
  expect(shown(44)).toEqual([
    'shop  10.0 s  running, Ctrl-C stops',
    'in   1,000,000  200,000/s now  100,000/s ov…',
    'out    999,997  200,000/s now  100,000/s ov…',
    'latency  p50 1.4 ms, p99 3.0 ms',
    'held 4,096 records, 12.4 MiB  process 143.0…',
    '  operator     in/s',
    '  orders    200,000  waits for disk',
    '  parse     200,000  3 skipped',
    '  disk      200,000  12 dropped (overflow)',
  ]);
});

test('on a low window it says how many operators it leaves out', () => {
  expect(shown(80, 8).slice(5)).toEqual([
    '  operator     in/s  per record             held    out/s',
    '  orders    200,000           -                -  200,000  waits for disk',
    '  … and 2 more operators; a higher window shows them',
  ]);
  expect(shown(80, 7)).toHaveLength(5);
  expect(shown(80, 2)).toHaveLength(2);
});

test('a run that is being stopped says what a second Ctrl-C does', () => {
  expect(shown(100, 40, undefined, true)[0]).toBe('shop  10.0 s  stopping: records in flight finish, Ctrl-C again stops at once');
});

test('long names keep their end, which tells them apart', () => {
  const metrics = {
    ...shop(10_000, 1_000_000),
    operators: [operator('file:/var/lib/shop/orders/2026-11-21.jsonl'), operator('file:/var/lib/shop/orders/2026-11-22.jsonl')],
  };
  expect(
    shown(60, 40, metrics)
      .slice(6)
      .map((line) => line.slice(0, 26)),
  ).toEqual(['  …orders/2026-11-21.jsonl', '  …orders/2026-11-22.jsonl']);
});

test('it never grows beyond the window, whatever it shows', () => {
  const any = fc.record({
    id: fc.string({ unit: 'grapheme' }),
    count: fc.nat(),
    waitsFor: fc.array(fc.string()),
    held: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.array(any, { maxLength: 30 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (operators, columns, rows) => {
        const all = operators.map(({ id, count, waitsFor, held }) =>
          operator(id, { in: count, waitsFor, heldRecords: held, errors: count }),
        );
        const metrics = { ...shop(5000, 1), operators: all };
        const lines = panelLines({ metrics, pace: new Pace(), rssBytes: 1, isStopping: false, columns, rows });
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect(painted(line, columns, (_style, text) => text).width).toBeLessThanOrEqual(columns);
      },
    ),
  );
});
