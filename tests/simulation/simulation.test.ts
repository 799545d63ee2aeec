import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const SEED = Number(process.env['HEADRACE_SEED'] ?? 1);
const SEEDS = isFull ? 2000 : 60;
/** A seed does not know of others, so there may be a process for each core. */
const PROCESSES = 2;

const script = join(import.meta.dirname, '../../scripts/simulate.ts');

async function simulated(from: number, seeds: number): Promise<string> {
  const args = [
    '--max-semi-space-size=64',
    '--conditions=headrace-source',
    script,
    '--seeds',
    String(seeds),
    '--seed',
    String(from),
    '--twice',
    isFull ? '10' : '1',
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return stdout;
}

/** Fault, operator and sink that never met. */
function emptyIn(stdout: string): ReadonlySet<string> {
  const listed = /^\d+ cells are empty:\n((?: {2}.*\n)+)/m.exec(stdout)?.[1];
  return new Set(listed?.trimEnd().split('\n'));
}

test(`${SEEDS} random pipelines on a disk that goes wrong commit what they commit on one that does not, whenever they are killed`, async () => {
  console.log(`seeds from ${SEED} (HEADRACE_SEED moves it)`);
  const share = SEEDS / PROCESSES;
  const said = await Promise.all(Array.from({ length: PROCESSES }, async (_, i) => simulated(SEED + i * share, share)));
  let all = { seeds: 0, crashes: 0, faults: 0 };
  for (const stdout of said) {
    const last = stdout.trim().split('\n').at(-1)!;
    expect(last, stdout).toMatch(/ 0 violations$/);
    const [seeds, crashes, faults] = last.match(/\d+/g)!.map(Number) as [number, number, number];
    all = { seeds: all.seeds + seeds, crashes: all.crashes + crashes, faults: all.faults + faults };
  }
  expect(all.seeds).toBe(SEEDS);
  expect(all.crashes).toBeGreaterThanOrEqual(SEEDS);
  expect(all.faults).toBeGreaterThanOrEqual(SEEDS * 3);
  const [first, ...others] = said.map(emptyIn);
  const empty = [...first!].filter((cell) => others.every((cells) => cells.has(cell)));
  if (isFull) expect(empty).toEqual([]);
}, 900_000);
