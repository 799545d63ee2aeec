import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const SEED = Number(process.env['HEADRACE_SEED'] ?? 1);
const LIVELY = isFull ? 520 : 10;
const CALM = isFull ? 100 : 5;
const BUSY = isFull ? 16 : 1;

test(`${LIVELY} random plans give the same records in one piece, as stages, and as stages in other processes, while crashes move their state from 2 owners to 3 and to 1`, async () => {
  const seen = (await all('lively', LIVELY)) as { readonly watched: number; readonly endsOfTime: number };
  expect(seen).toMatchObject({ plans: LIVELY });
  // Time crosses the exchanges: it is told to stages, and all of it, to the end.
  expect(seen.watched).toBeGreaterThan(LIVELY * 3);
  expect(seen.endsOfTime).toBeGreaterThanOrEqual(LIVELY * 2);
}, 600_000);

test(`${CALM} random plans without a cause of another answer give the same bytes in all these ways`, async () => {
  const seen = (await all('calm', CALM)) as { readonly deterministic: number };
  expect(seen).toMatchObject({ plans: CALM });
  expect(seen.deterministic).toBeGreaterThan(CALM / 2);
}, 600_000);

test(`a part on threads gives the same as without threads, in the same order, in ${BUSY} random plans and across crashes`, async () => {
  expect(await all('busy', BUSY)).toEqual({ plans: BUSY });
}, 600_000);

/** What fails is in the error, with the seed. */
async function all(kind: 'busy' | 'calm' | 'lively', plans: number): Promise<unknown> {
  const args = ['--conditions=headrace-source', join(import.meta.dirname, 'main.ts'), kind, String(SEED), String(plans)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
