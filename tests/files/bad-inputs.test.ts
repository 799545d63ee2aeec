// Bad inputs, each read by a process of its own from the real disk (in the quick form smaller, and by one process for all):
// the defined error with its place, in bounded memory and time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { badInputs } from './bad-inputs.ts';
import type { Told } from './bad-reading.ts';
import { outside } from './outside.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
/** Node and the sources take 80 of it, and what CSV holds of a record that is too long up to four times recordBytes. */
const MOST_MIB = isFull ? 200 : 160;
/** Of CPU for one input: a hundred times less than anything that goes over its bytes more than a few times. */
const MOST_SECONDS = isFull ? 15 : 3;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-bad-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reader = join(import.meta.dirname, 'bad-reading.ts');
const sizeOf = (name: string): number => badInputs[name]!.mebibytes[isFull ? 1 : 0];

/** Makes these inputs, and has one process read them. */
async function read(names: readonly string[]): Promise<{ readonly told: ReadonlyMap<string, Told>; readonly peakMiB: number }> {
  const words = names.flatMap((name, i) => [name, join(folder, `${i}-${name.replace(/\W+/g, '-')}`)]);
  for (const [i, name] of names.entries()) badInputs[name]!.make(words[2 * i + 1]!, sizeOf(name));
  const { exit, stdout, stderr, peakMiB } = await outside([reader, ...words], { cwd: folder, longestMs: 110_000 });
  for (let i = 1; i < words.length; i += 2) rmSync(words[i]!);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  return { told: new Map(lines.map((line) => JSON.parse(line) as Told).map((told) => [told.name, told])), peakMiB };
}

function check(name: string, told: Told | undefined): void {
  expect(told, name).toBeDefined();
  const { rows, letters, error: says } = badInputs[name]!.expected(sizeOf(name));
  const error = told!.error ?? '';
  expect({ name, rows: told!.rows, letters: told!.letters }).toEqual({
    name,
    rows: typeof rows === 'number' ? rows : rows(error),
    letters,
  });
  if (says === undefined) expect(error, name).toBe('');
  else for (const part of says) expect(error, name).toContain(part);
  expect(error.startsWith(says?.[0] ?? ''), error).toBe(true);
  expect(told!.cpuSeconds, name).toBeLessThan(MOST_SECONDS);
}

/** Those that are small in any form take no process each. */
const large = Object.keys(badInputs).filter((name) => isFull && sizeOf(name) > 0);
const others = Object.keys(badInputs).filter((name) => !large.includes(name));

test(`${others.length} bad inputs: each is told by its code and its place`, async () => {
  const { told, peakMiB } = await read(others);
  for (const name of others) check(name, told.get(name));
  expect(peakMiB).toBeLessThan(MOST_MIB);
}, 120_000);

test.each(large)(
  '%s is told in bounded memory and time',
  async (name) => {
    const { told, peakMiB } = await read([name]);
    check(name, told.get(name));
    expect(peakMiB).toBeLessThan(MOST_MIB);
  },
  120_000,
);
