import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { LATE } from './late-plan.ts';

test('threads send late records to where they are kept, and without a dir only count them', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'headrace-late-'));
  try {
    const args = ['--conditions=headrace-source', join(import.meta.dirname, 'late-main.ts'), dir];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { without, kept, letters } = JSON.parse(stdout) as Record<'without' | 'kept', object> & { readonly letters: string[] };
    expect(without).toMatchObject({ late: LATE, dropped: LATE, deadLetters: 0 });
    expect(kept).toMatchObject({ late: LATE, dropped: 0, deadLetters: LATE });
    const wanted = Array.from({ length: LATE }, (_, n) => `tens HR_RECORD_LATE values/0/${n * 10 + 9}`);
    expect(letters.toSorted()).toEqual(wanted.toSorted());
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 60_000);
