import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { sqliteSource } from '../../src/connectors/sqlite/source.ts';
import { open } from '../../src/testing/source-reading.ts';
import type { Life } from './child.ts';
import { newPath, rowsOf } from './rig.ts';

const INTERVALS = 5;
const ROWS = 12_000;
const STEPS = ['writing', 'prepared', 'committing', 'committed'] as const;

function live(life: Omit<Life, 'intervals' | 'rows'>): { readonly signal: string | null; readonly stdout: string } {
  const told = JSON.stringify({ ...life, intervals: INTERVALS, rows: ROWS } satisfies Life);
  const { signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=headrace-source', '--no-warnings', join(import.meta.dirname, 'child.ts'), told],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return { signal, stdout };
}

/** A half-written commit has reached the file, and its journal is to be taken back: our source comes first to do that. */
function plainReaderFails(path: string): boolean {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.prepare('select count(*) from counts').get();
    return false;
  } catch (error) {
    return (error as { readonly errcode?: number }).errcode === 776;
  } finally {
    database.close();
  }
}

test.each([
  ['delete', 'new'],
  ['delete', 'standing'],
  ['wal', 'new'],
] as const)(
  'killed at every step of a checkpoint (journal %s, %s reader), each row is in the table once',
  async (journal, kind) => {
    const path = newPath();
    for (const [i, at] of STEPS.entries()) {
      const look = () => open({ source: sqliteSource({ path, table: 'headrace_commits', cursor: 'sink' }), values: [] });
      const standing = kind === 'standing' && i > 0 ? await look() : undefined;
      expect(live({ path, journal, dies: { interval: i + 1, at } }).signal).toBe('SIGKILL');
      if (at === 'committing' && journal === 'delete') expect(plainReaderFails(path)).toBe(true);
      const { reader, reading } = standing ?? (await look());
      const [line] = (await reader.read(9, reading.signal)).values as { readonly checkpoint: number | null }[];
      await reader.close();
      const decided = at === 'committed' ? i + 1 : i;
      expect(line?.checkpoint ?? 0).toBe(decided);
      expect(rowsOf(path, 'select count(*) n from counts')).toEqual([{ n: decided * ROWS }]);
    }
    expect(live({ path, journal })).toEqual({ signal: null, stdout: 'done' });
    expect(rowsOf(path, 'select count(*) n, count(distinct id) ids, min(id) low, max(id) high from counts')).toEqual([
      { n: INTERVALS * ROWS, ids: INTERVALS * ROWS, low: 0, high: INTERVALS * ROWS - 1 },
    ]);
  },
  60_000,
);
