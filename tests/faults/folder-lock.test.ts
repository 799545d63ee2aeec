import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { each } from '../../src/connectors/values/each.ts';
import { values } from '../../src/connectors/values/values.ts';
import { pipeline } from '../../src/pipeline/pipeline.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { run } from '../../src/runtime/run.ts';

async function lockedBy(pid: number): Promise<{ readonly dir: string; readonly folder: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'headrace-lock-'));
  const folder = join(dir, 'pipelines', 'one');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'run.lock'), `${pid}\n`);
  return { dir, folder };
}

const one = (dir: string) =>
  run(
    pipeline('one')
      .from(values([1]))
      .to(each(() => {})),
    { runtime: embedded({ dir }), signals: false },
  );

test('a folder that another process runs in is refused, and one of a process that is gone is not', async () => {
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const { dir, folder } = await lockedBy(other.pid!);
  await expect(one(dir)).rejects.toMatchObject({ code: 'HR_FOLDER_IN_USE' });
  other.kill();
  await once(other, 'exit');
  expect((await one(dir)).ended).toBe('end');
  expect(await readdir(folder)).not.toContain('run.lock');
});

test('a lock that was cut off while it was written holds nobody up', async () => {
  const { dir, folder } = await lockedBy(1);
  await writeFile(join(folder, 'run.lock'), '1');
  expect((await one(dir)).ended).toBe('end');
});
