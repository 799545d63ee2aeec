// The demo against a plain loop over the same bytes, and its command line.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'headrace';
import { afterAll, describe, expect, test } from 'vitest';
import { BatchTimes } from '../../examples/demo/batch-times.ts';
import { PurchaseBytes } from '../../examples/demo/bytes.ts';
import { BATCH, purchasePipeline, WINDOW } from '../../examples/demo/pipeline.ts';
import { plainLoop } from '../../examples/demo/plain-loop.ts';
import { Reasons } from '../../examples/demo/reasons.ts';
import { type SegmentRow, SegmentTotals } from '../../examples/demo/segments.ts';
import { purchases } from '../../examples/demo/source.ts';
import { command, root } from '../../scripts/command.ts';

const RECORDS = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'headrace-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runDemo(seed: number) {
  const out = join(folder, `${seed}.jsonl`);
  const [times, dropped, totals] = [new BatchTimes(), new Reasons(), new SegmentTotals()];
  const source = purchases({ records: RECORDS, seed, times });
  const report = await run(purchasePipeline({ source, out, times, dropped, totals }));
  const rows = readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SegmentRow);
  return { report, rows, times, dropped, totals };
}

function near(measured: number, expected: number): void {
  expect(Math.abs(measured - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
}

describe.each([1, 20_260])('with seed %i', (seed) => {
  const both = runDemo(seed).then((demo) => ({ ...demo, plain: plainLoop({ records: RECORDS, seed, window: WINDOW }) }));

  test('as many records are dropped for each reason, filtered and scored as in the plain loop', async () => {
    const { report, dropped, times, plain } = await both;
    const lost = [...plain.dropped.values()].reduce((all, records) => all + records, 0);
    expect(report).toMatchObject({ in: RECORDS, deadLetters: lost, skipped: 0, dropped: 0, late: 0, open: 0, ended: 'end' });
    expect(Object.fromEntries(dropped.list())).toEqual(Object.fromEntries(plain.dropped));
    expect(dropped.total).toBe(lost);
    expect(times.records).toBe(plain.scored);
    // On a machine that is busy elsewhere the time may cut a batch short, so there may be more.
    expect(times.batches).toBeGreaterThanOrEqual(Math.ceil(plain.scored / BATCH));
    expect(lost + plain.filtered + plain.scored).toBe(RECORDS);
  });

  test('the file holds the windows of the plain loop, full and partial ones', async () => {
    const { rows, plain } = await both;
    const ordered = (lines: readonly { segment: string; from: number }[]) =>
      lines.toSorted((a, b) => a.segment.localeCompare(b.segment) || a.from - b.from);
    const counts = ({ segment, from, to, records, minAmount, maxAmount, risky }: SegmentRow) => ({
      segment,
      from,
      to,
      records,
      minAmount,
      maxAmount,
      risky,
    });
    const [measured, expected] = [ordered(rows) as SegmentRow[], ordered(plain.lines) as SegmentRow[]];
    expect(measured.map(counts)).toEqual(expected.map(counts));
    measured.forEach((row, i) => {
      near(row.meanAmount, expected[i]!.meanAmount);
      near(row.meanScore, expected[i]!.meanScore);
    });
  });

  test('the table of the report adds the windows up', async () => {
    const { totals, plain } = await both;
    expect(totals.rows).toBe(plain.lines.length);
    expect(totals.records).toBe(plain.scored);
    for (const total of totals.list()) {
      const lines = plain.lines.filter(({ segment }) => segment === total.segment);
      const sum = (of: (line: SegmentRow) => number) => lines.reduce((all, line) => all + of(line), 0);
      expect(total.records).toBe(sum((line) => line.records));
      expect(total.risky).toBe(sum((line) => line.risky));
      expect(total.minAmount).toBe(Math.min(...lines.map((line) => line.minAmount)));
      expect(total.maxAmount).toBe(Math.max(...lines.map((line) => line.maxAmount)));
      near(total.meanAmount, sum((line) => line.meanAmount * line.records) / total.records);
      near(total.meanScore, sum((line) => line.meanScore * line.records) / total.records);
    }
  });
});

test('bodies have at least 120 bytes, one in twenty cannot be used, and all four ways occur', () => {
  const bodies = new PurchaseBytes(3).read(0, 20_000);
  expect(Math.min(...bodies.map((body) => body.length))).toBeGreaterThanOrEqual(120);
  const { dropped } = plainLoop({ records: 20_000, seed: 3, window: WINDOW });
  const ways = [/^not JSON/, / missing$/, / is not (a number|true or false)$/, / out of range$/];
  const byWay = ways.map((way) => [...dropped].reduce((all, [reason, records]) => all + (way.test(reason) ? records : 0), 0));
  for (const records of byWay) expect(records / 20_000).toBeCloseTo(0.0125, 2);
  expect(byWay.reduce((all, records) => all + records, 0)).toBe([...dropped.values()].reduce((all, records) => all + records, 0));
});

test('a record is the same however the reads were cut', () => {
  const [whole, parts] = [new PurchaseBytes(9), new PurchaseBytes(9)];
  expect([...parts.read(0, 1), ...parts.read(1, 6), ...parts.read(7, 93)]).toEqual(whole.read(0, 100));
});

const MAIN = ['--conditions=headrace-source', join(root, 'examples/demo/main.ts')];

test('the report accounts for every record and stands beside what was asked', async () => {
  const out = join(folder, 'report.jsonl');
  const { exit, stdout, stderr } = await command('node', [...MAIN, '--records', '30_000', '--seed', '5', '--out', out, '--quiet']);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const plain = plainLoop({ records: 30_000, seed: 5, window: WINDOW });
  expect(stdout).toContain('Every record is accounted for.');
  expect(stdout).toContain(`${plain.lines.length} lines in ${out}`);
  for (const asked of ['10,000/s', '9,500/s', '50.0 ms', '500 MB']) expect(stdout).toContain(asked);
  for (const [reason, records] of plain.dropped)
    expect(stdout).toMatch(new RegExp(`^  ${reason} +${records.toLocaleString('en-US')} *$`, 'm'));
});

test.each([
  [['--records', 'many'], "--records wants a whole number from 1 to 99999999999 and got 'many'"],
  [['--records', '0'], '--records wants a whole number'],
  [['--speed', '9'], '--speed'],
  [['fast'], 'fast'],
])('%j is refused with a sentence and exit code 2', async (flags, sentence) => {
  const { exit, stdout, stderr } = await command('node', [...MAIN, ...flags]);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(stderr).toContain(sentence);
  expect(stderr).toContain('npm start -- [--records');
});

test('a file that cannot be written is named, with exit code 1', async () => {
  const out = join(folder, 'no', 'such', 'folder.jsonl');
  const { exit, stderr } = await command('node', [...MAIN, '--records', '1000', '--quiet', '--out', out]);
  expect(exit).toBe(1);
  expect(stderr).toContain(out);
  expect(stderr).not.toContain('    at ');
});

test('Ctrl-C stops gracefully: what was read is finished and reported', async () => {
  const out = join(folder, 'stopped.jsonl');
  const child = spawn(process.execPath, [...MAIN, '--records', '9_000_000_000', '--out', out], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (bytes: Buffer) => {
    const isFirst = !stdout.includes('/s in');
    stdout += bytes.toString();
    if (isFirst && stdout.includes('/s in')) child.kill('SIGINT');
  });
  const exit = await new Promise((resolve) => child.on('close', resolve));
  expect(exit).toBe(0);
  expect(stdout).toContain('Stopped after');
  expect(stdout).toContain('Every record is accounted for.');
  expect(readFileSync(out, 'utf8').endsWith('}\n')).toBe(true);
}, 20_000);
