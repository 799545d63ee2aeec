import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const isFull = process.env['HEADRACE_TEST'] === 'full';
/** Of 4 KB each in memory, and three times as much on the disk. */
const KEYS = 6000;
/** The program takes about 20 MB without state. */
const HEAP_MIB = 40;

function outcome(where: 'disk' | 'memory'): { readonly status: number | null; readonly told: string } {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-many-'));
  try {
    const program = join(import.meta.dirname, '../faults/programs/many-states.ts');
    const args = [`--max-old-space-size=${HEAP_MIB}`, '--conditions=headrace-source', program, folder, where, `${KEYS}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL' });
    return { status, told: status === 0 ? stdout.trim() : stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.runIf(isFull)(
  'a handler, a join and windows keep more by key than memory holds, on a disk',
  () => {
    const { status, told } = outcome('disk');
    expect({ status, told }).toEqual({ status: 0, told: JSON.stringify({ handled: KEYS, paired: KEYS, listed: KEYS, wrong: 0 }) });
  },
  120_000,
);

test.runIf(isFull)(
  'in memory the same does not fit',
  () => {
    const { status, told } = outcome('memory');
    expect(status).not.toBe(0);
    expect(told).toMatch(/heap|memory/i);
  },
  120_000,
);
