import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command } from '../../scripts/command.ts';

// Files in front of `onWorkers`, with real threads: what comes out is what comes without them, letters too.

let folder: string;
const ROWS = 3000;
// Threads that start are most of the time: CSV stands for JSON by columns in the quick form.
const codecs = process.env['HEADRACE_TEST'] === 'full' ? ['csv', 'columns', 'lines'] : ['csv', 'lines'];
let all: Readonly<Record<string, { readonly rows: readonly string[]; readonly letters: readonly string[] }>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-workers-'));
  const ids = Array.from({ length: ROWS }, (_, id) => id);
  writeFileSync(join(folder, 'csv'), `id,big,price,ok,at,land,name\n${ids.map(csvRow).join('\n')}\n`);
  writeFileSync(join(folder, 'columns'), ids.map(jsonRow).join('\n'));
  writeFileSync(join(folder, 'lines'), `\n${ids.map(jsonRow).join('\n\n')}`);
  const { stdout, stderr } = await command('node', ['--conditions=headrace-source', 'tests/files/workers/rows.ts'], {
    env: { HEADRACE_FOLDER: folder, HEADRACE_CODECS: codecs.join() },
  });
  expect(stderr).toBe('');
  all = JSON.parse(stdout) as typeof all;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nulls in any column, 41 names and more so that a dictionary is full, some refused rows, and one that a function refuses. */
function csvRow(id: number): string {
  if (id % 997 === 5) return `x${id},,,,2026-01-31,,bad`;
  const at = `2026-01-31T12:${10 + (id % 50)}:00.${100 + (id % 900)}Z`;
  const land = id % 4 === 0 ? '' : ['CH', '"D\nE"', 'Ö'][id % 3];
  return `${id},${id % 5 === 0 ? '' : `${id}00000000000`},${id % 3 === 0 ? '' : id / 8},${id % 6 === 0 ? '' : id % 2 === 0},${at},${land},name ${id % (id < 1500 ? 20 : 100)}`;
}

function jsonRow(id: number): string {
  if (id % 997 === 5) return `{"id":${id},`;
  const row = {
    ...(id % 5 === 0 ? {} : { big: id * 1e5 }),
    id,
    price: id % 3 === 0 ? null : id / 8,
    ok: id % 6 === 0 ? null : id % 2 === 0,
    at: `2026-01-31T12:${10 + (id % 50)}:00.${100 + (id % 900)}Z`,
    land: id % 4 === 0 ? null : ['CH', 'D\nE', 'Ö'][id % 3],
    name: `name ${id % (id < 1500 ? 20 : 100)}`,
  };
  return JSON.stringify(row);
}

test.each(codecs)('%s in front of threads gives the rows and letters it gives without them', (codec) => {
  const threads = all[`${codec} threads`]!;
  const here = all[`${codec} here`]!;
  // Four bad ones, and one that a function refuses. Every seventh is filtered out.
  expect(here.letters).toHaveLength(5);
  expect(here.rows.length).toBeGreaterThan(ROWS * 0.8);
  // A column without a value is null, and a member that is not there is none.
  expect(here.rows.some((row) => row.includes('"land":null'))).toBe(true);
  expect(threads.rows).toEqual(here.rows);
  expect(threads.letters).toEqual(here.letters);
});

test('the letter of a line that a thread could not decode says its line', () => {
  const { letters } = all['lines threads']!;
  // Behind an empty line, and each has an empty one between.
  expect(letters.map((letter) => /"where":"[^"]*, (line \d+), position/.exec(letter)?.[1] ?? 'no line').sort()).toEqual([
    'line 12',
    'line 2006',
    'line 4000',
    'line 5994',
    'no line',
  ]);
});
