import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { each } from '../../src/connectors/values/each.ts';
import { values } from '../../src/connectors/values/values.ts';
import { pipeline } from '../../src/pipeline/pipeline.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { run } from '../../src/runtime/run.ts';

const program = join(import.meta.dirname, 'programs/lock-holder.ts');
const flags = ['--conditions=headrace-source'];

async function folders(): Promise<{ readonly dir: string; readonly folder: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'headrace-lock-'));
  const folder = join(dir, 'pipelines', 'one');
  await mkdir(folder, { recursive: true });
  return { dir, folder };
}

const one = (dir: string, seen: () => void | Promise<void> = () => {}) =>
  run(
    pipeline('one')
      .from(values([1]))
      .to(each(seen)),
    { runtime: embedded({ dir }), signals: false },
  );

test('a folder that another process runs in is refused by its number, and free the moment that one is killed', async () => {
  const { dir, folder } = await folders();
  const other = spawn(process.execPath, [...flags, program, dir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = (await once(other.stdout, 'data')) as [Buffer];
  expect(String(said)).toBe('held');
  const refused = await one(dir).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'HR_FOLDER_IN_USE', what: expect.stringContaining(`process ${other.pid} runs`) as string });
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(await readdir(folder)).toEqual(['run.lock', 'run.lock.owner']);
  expect((await one(dir)).ended).toBe('end');
  expect(await readdir(folder)).toContain('run.lock');
  expect(await readdir(folder)).not.toContain('run.lock.owner');
});

test('a second run of this process on one folder is refused too, and a run after the first is not', async () => {
  const { dir } = await folders();
  let second: unknown;
  await one(dir, async () => {
    second = await one(dir).catch((error: unknown) => error);
  });
  expect(second).toMatchObject({ code: 'HR_FOLDER_IN_USE', what: expect.stringContaining(`process ${process.pid}, this one`) as string });
  const { dir: other } = await folders();
  await one(dir, async () => void (await one(other)));
  expect((await one(dir)).ended).toBe('before');
});

test('of two threads of one process one gets the folder, and a thread that ends lets go of it', async () => {
  const { dir } = await folders();
  const threads = [0, 1].map(() => new Worker(program, { workerData: dir, execArgv: flags }));
  const said = (await Promise.all(threads.map((thread) => once(thread, 'message')))).map(([text]) => String(text)).sort();
  expect(said[0]).toMatch('this one');
  expect(said[1]).toBe('held');
  await expect(one(dir)).rejects.toMatchObject({ code: 'HR_FOLDER_IN_USE' });
  for (const thread of threads) await thread.terminate();
  expect((await one(dir)).ended).toBe('end');
});

test('a lock file of before, with the number of a process in it, holds nobody up', async () => {
  for (const text of ['1\n', '1', '\n'.repeat(5000)]) {
    const { dir, folder } = await folders();
    await writeFile(join(folder, 'run.lock'), text);
    expect((await one(dir)).ended).toBe('end');
  }
});
