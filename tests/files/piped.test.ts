// CSV of any length through a pipe, in the memory of a little of it.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { node, outside, quoted } from './outside.ts';
import { purchases } from './purchases.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
/** Of CSV; by hand also HEADRACE_PIPED_MIB=10240. */
const MEBIBYTES = Number(process.env['HEADRACE_PIPED_MIB'] ?? (isFull ? 2048 : 64));
const MOST_MIB = 200;

test(`${MEBIBYTES} MiB of CSV through stdin: every record once, in at most ${MOST_MIB} MiB of memory`, async () => {
  const { bytes, ...expected } = purchases(MEBIBYTES);
  const before = quoted([...node, join(import.meta.dirname, 'purchases.ts'), String(MEBIBYTES)]);
  const { exit, stdout, stderr, seconds, peakMiB } = await outside([join(import.meta.dirname, 'piped-reading.ts')], {
    cwd: import.meta.dirname,
    before,
    longestMs: 280_000,
  });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const { cpuSeconds, ...said } = JSON.parse(stdout) as Record<string, number>;
  expect(said).toEqual({ ...expected, in: expected.rows });
  expect(peakMiB).toBeLessThan(MOST_MIB);
  const mb = bytes / 1e6;
  console.log(
    `${Math.round(mb)} MB in ${seconds.toFixed(1)} s: ${Math.round(mb / seconds)} MB/s, ${Math.round(mb / cpuSeconds!)} MB per CPU second, ${Math.round(peakMiB)} MiB`,
  );
}, 300_000);
