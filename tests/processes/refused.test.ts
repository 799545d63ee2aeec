// Folders that cannot be written, and folders that another process has: refused by name, and nothing comes to harm.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { fileSink } from '../../src/connectors/files/index.ts';
import { sqliteSink } from '../../src/connectors/sqlite/index.ts';
import { collect, json, openTopic, pipeline, run, type RunOptions, type Sink, topic, values } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { type Event, eventAt, events, type Member } from './flow.ts';
import { programs } from './member.ts';
import { mayMount, smallDisk } from './small-disk.ts';

const withDisk = mayMount() ? test : test.skip;
if (withDisk === test.skip) console.warn('SKIPPED: this user may not mount a small disk, so no test here sees a read-only one');

const cleaning: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleaning.splice(0).reverse()) clean();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-refused-'));
  cleaning.push(() => rmSync(folder, { recursive: true }));
  return folder;
}

const rows: readonly Event[] = Array.from({ length: 20 }, (_, i) => eventAt(i));

function into(sink: Sink<Event>, dir: string, options: RunOptions = {}): Promise<unknown> {
  const made = pipeline('rows').from(values(rows)).to(sink);
  return run(made, { ...options, runtime: embedded({ dir }), signals: false }).catch((error: unknown) => error);
}

async function topicRows(dir: string): Promise<number> {
  await using opened = await openTopic(events, { dir });
  let count = 0;
  for await (const _record of opened.read({ until: 'caughtUp' })) count++;
  return count;
}

withDisk('a folder that can only be read is refused by name, for checkpoints, files, topics and databases', async () => {
  const disk = smallDisk(8)!;
  cleaning.push(() => disk.unmount());
  const [full, roomy] = [disk.folder, newFolder()];
  for (const name of ['state', 'new']) mkdirSync(join(full, name));
  const create = 'create table rows ("key" text, i integer)';
  const database = (): Sink<Event> => sqliteSink<Event>({ path: `${full}/rows.db`, table: 'rows', create });
  const file = (): Sink<Event> => fileSink(`${full}/rows.jsonl`, json<Event>());
  // All of it was written before, and is there to be found.
  expect(await into(file(), `${full}/state`)).toMatchObject({ ended: 'end' });
  expect(await into(database(), `${roomy}/database`)).toMatchObject({ ended: 'end' });
  expect(await into(events as Sink<Event>, `${full}/topics`)).toMatchObject({ ended: 'end' });
  disk.readOnly(true);
  const unavailable = { code: 'HR_STATE_UNAVAILABLE', what: expect.stringContaining('read-only') as string, cause: { code: 'EROFS' } };
  expect(await into(collect<Event>(), `${full}/state`)).toMatchObject(unavailable);
  expect(await into(collect<Event>(), `${full}/new`)).toMatchObject(unavailable);
  expect(await into(topic('others', json<Event>()) as Sink<Event>, `${full}/topics`)).toMatchObject(unavailable);
  expect(await into(file(), `${roomy}/file`)).toMatchObject({
    code: 'HR_FILE_DENIED',
    what: expect.stringContaining('reading only') as string,
  });
  expect(await into(database(), `${roomy}/database`, { again: true })).toMatchObject({ code: 'HR_SQLITE_READONLY' });
  disk.readOnly(false);
  expect(await topicRows(`${full}/topics`)).toBe(rows.length);
  expect(await into(topic('others', json<Event>()) as Sink<Event>, `${full}/topics2`)).toMatchObject({ ended: 'end' });
});

/** A process of the three, and what it says. */
function begin(program: keyof typeof programs, told: Member) {
  const path = fileURLToPath(programs[program]);
  const child = spawn(process.execPath, ['--conditions=headrace-source', '--no-warnings', path, JSON.stringify(told)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += String(text);
  });
  const closed = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, said }));
  cleaning.push(() => child.kill('SIGKILL'));
  return { child, closed, firstLine: once(createInterface(child.stdout), 'line') };
}

test('of two processes that run one pipeline on one folder the second is refused, and the first goes on', async () => {
  const dir = newFolder();
  const told = { dir, output: dir, count: rows.length };
  const first = begin('inference', told);
  const producer = begin('producer', told);
  producer.child.stdin.write('8\n');
  await first.firstLine;
  const second = begin('inference', told);
  const { code, said } = await second.closed;
  expect(code).toBe(1);
  expect(said).toContain('HR_FOLDER_IN_USE');
  expect(said).toContain(`process ${first.child.pid} runs this pipeline in the same folder`);
  // The first takes what still comes, and stops when it is told to.
  producer.child.stdin.write(`${rows.length}\n`);
  expect(await producer.closed).toMatchObject({ code: 0 });
  first.child.kill('SIGTERM');
  expect(await first.closed).toMatchObject({ code: 0 });
});

test('of two processes that write one topic the second is refused by the number of the first, until that one is killed', async () => {
  const dir = newFolder();
  const producer = begin('producer', { dir, output: dir, count: 1000 });
  producer.child.stdin.write('8\n');
  await producer.firstLine;
  await using opened = await openTopic(events, { dir });
  await expect(opened.write(eventAt(8))).rejects.toMatchObject({
    code: 'HR_LOG_IN_USE',
    what: expect.stringContaining(`process ${producer.child.pid}`) as string,
  });
  expect(await into(events as Sink<Event>, dir)).toMatchObject({ code: 'HR_LOG_IN_USE' });
  producer.child.kill('SIGKILL');
  await producer.closed;
  await opened.write(eventAt(8));
  await opened.close();
  expect(await topicRows(dir)).toBe(9);
});
