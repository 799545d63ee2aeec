// What writing Parquet adds to the memory of a process, beside what the same rows take as CSV.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outside } from './outside.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
/** By hand also HEADRACE_PARQUET_MIB=300: 86 MiB were measured, and 61 for 24. */
const MEBIBYTES = Number(process.env['HEADRACE_PARQUET_MIB'] ?? (isFull ? 120 : 24));
const MOST_MIB = 150;

test.skipIf(process.platform !== 'linux')(
  `writing ${MEBIBYTES} MiB of Parquet adds at most ${MOST_MIB} MiB to what the same rows take as CSV (only Linux tells)`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headrace-parquet-'));
    const { exit, stdout, stderr } = await outside(
      [join(import.meta.dirname, 'parquet-writing.ts'), join(folder, 'rows.parquet'), String(MEBIBYTES)],
      { cwd: folder, longestMs: 120_000 },
    );
    rmSync(folder, { recursive: true });
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const { bytes, addedMiB, cpuSeconds } = JSON.parse(stdout) as Record<string, number>;
    expect(bytes).toBeGreaterThan(MEBIBYTES * 2 ** 20);
    expect(addedMiB).toBeLessThan(MOST_MIB);
    console.log(`${Math.round(bytes! / 1e6)} MB in ${cpuSeconds!.toFixed(1)} CPU seconds, ${Math.round(addedMiB!)} MiB more`);
  },
  150_000,
);
