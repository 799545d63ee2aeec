import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { realFiles } from './files.ts';
import { testFiles } from './files-conformance.ts';

testFiles(
  'real files',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headrace-files-'));
    return { files: realFiles, folder, close: () => rm(folder, { recursive: true }) };
  },
  test,
);
