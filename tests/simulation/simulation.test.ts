import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const SEED = Number(process.env['HEADRACE_SEED'] ?? 1);
const SEEDS = isFull ? 2000 : 60;

test(`${SEEDS} random pipelines on a disk that goes wrong commit what they commit on one that does not, whenever they are killed`, async () => {
  console.log(`seeds from ${SEED} (HEADRACE_SEED moves it)`);
  const script = join(import.meta.dirname, '../../scripts/simulate.ts');
  const args = ['--conditions=headrace-source', script, '--seeds', String(SEEDS), '--seed', String(SEED), '--twice', isFull ? '20' : '2'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  const last = stdout.trim().split('\n').at(-1)!;
  expect(last, stdout).toMatch(/ 0 violations$/);
  const [seeds, crashes, faults] = last.match(/\d+/g)!.map(Number) as [number, number, number];
  expect(seeds).toBe(SEEDS);
  expect(crashes).toBeGreaterThanOrEqual(SEEDS);
  expect(faults).toBeGreaterThanOrEqual(SEEDS * 3);
  if (isFull) expect(stdout).not.toContain('cells are empty');
}, 900_000);
