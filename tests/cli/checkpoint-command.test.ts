// `headrace checkpoint`, on a folder that runs have left.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { realFiles } from '../../src/base/files.ts';
import { crc32c } from '../../src/base/crc32c.ts';
import { realWorld } from '../../src/base/real-world.ts';
import { checkpointCommand } from '../../src/cli/checkpoint-command.ts';
import { lockFolder } from '../../src/runtime/folder-lock.ts';
import { headrace, modules } from './headrace.ts';

const fixture = join(import.meta.dirname, '../fixtures/v1/state/run');
const { folder, remove } = modules({
  'few.ts': `import { json, type Pipeline, pipeline, text } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
const few: Pipeline = pipeline('few')
  .from(fileSource('few.txt', text()))
  .keyBy((line) => line)
  .scan('seen', () => 0, (n) => n + 1)
  .to(fileSink('few.jsonl', json()));
export default few;`,
  'few.txt': 'a\nb\na\n',
});
afterAll(remove);

const stock = join(folder, 'state/pipelines/stock');
const pathOf = (n: number): string => join(stock, `${String(n).padStart(10, '0')}.ckpt`);
beforeEach(() => {
  rmSync(join(folder, 'state'), { recursive: true, force: true });
  cpSync(join(fixture, 'state'), join(folder, 'state'), { recursive: true });
});

/** In this process, which is faster by far than one of its own for each. */
async function checkpoint(
  ...args: readonly string[]
): Promise<{ readonly exit: number; readonly stdout: string; readonly stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name];
    process[name].write = ((text: string) => ((said[name] += text), true)) as typeof write;
    return () => void (process[name].write = write);
  });
  const before = process.cwd();
  process.chdir(folder);
  try {
    return { exit: await checkpointCommand(args, realWorld()), ...said };
  } finally {
    process.chdir(before);
    for (const undo of restore) undo();
  }
}

/** Turns one byte of a file over. */
function spoil(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}

/** Says that no sink had anything to commit. */
function withoutTokens(path: string): void {
  const bytes = readFileSync(path);
  bytes.writeUInt32LE(0, 12);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 16)), 16);
  writeFileSync(path, bytes);
}

const names = (): string[] => readdirSync(stock).filter((name) => /ckpt|part/.test(name));

describe('ls', () => {
  test('lists the checkpoints of each pipeline, newest first', async () => {
    renameSync(pathOf(1), `${pathOf(3)}.aside`);
    const { exit, stdout, stderr } = await checkpoint('ls', 'state');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(/^stock {2}state\/pipelines\/stock\n {2}n {2}taken at +size +sections +tokens\n/);
    expect(stdout).toMatch(/\n {2}3 +- +- +- +- {2}set aside, DAMAGED: it is checkpoint 1 under another name\n/);
    expect(stdout).toMatch(/\n {2}2 {2}2026-\S+Z {2}\d+\.\d KiB +\d+ +6 {2}newest\n/);
    const [first] = JSON.parse((await checkpoint('ls', 'state', '--json')).stdout) as [{ checkpoints: object[] }];
    expect(first).toMatchObject({
      pipeline: 'stock',
      more: 0,
      checkpoints: [
        { n: 3, aside: true, sound: false },
        { n: 2, sound: true, tokens: 6, stop: false, completed: false },
      ],
    });
  });

  test('a folder with ten thousand is listed without reading them all', async () => {
    const bytes = readFileSync(pathOf(2));
    for (let n = 3; n <= 10_000; n++) writeFileSync(pathOf(n), n > 9_990 ? bytes : '');
    const { exit, stdout } = await checkpoint('ls', 'state', '--limit', '5');
    expect(exit).toBe(0);
    expect(stdout).toContain('\n  10000 ');
    expect(stdout).toContain('  and 9995 older: --limit 10000 shows all\n');
    expect(stdout.split('\n')).toHaveLength(9);
  });

  test('what is no state folder is an error with advice, an empty one is said to be empty', async () => {
    expect(await checkpoint('ls', 'nowhere')).toMatchObject({
      exit: 1,
      stderr: /^HR_STATE_MISSING: there is no such folder \(nowhere\)\. Name the folder/,
    });
    expect(await checkpoint('ls', 'few.txt')).toMatchObject({ exit: 1, stderr: /^HR_STATE_MISSING: this is a file/ });
    expect(await checkpoint('ls', stock)).toMatchObject({ exit: 1, stderr: /^HR_STATE_MISSING: this is the folder of one pipeline/ });
    mkdirSync(join(folder, 'state/empty'));
    expect(await checkpoint('ls', 'state/empty')).toMatchObject({ exit: 0, stdout: 'no checkpoints in state/empty\n' });
    expect(await checkpoint('verify', 'state/empty')).toMatchObject({ exit: 0, stdout: 'no checkpoints in state/empty\n' });
    expect(await checkpoint('show', 'state/empty')).toMatchObject({ exit: 1, stderr: /^HR_CHECKPOINT_MISSING: there are no checkpoints/ });
  });
});

describe('show', () => {
  test('shows positions, tokens, state and plan of the newest', async () => {
    const { exit, stdout } = await checkpoint('show', 'state');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^stock, checkpoint 2\n/);
    expect(stdout).toMatch(/\nPositions\n {2}file:in\.txt {2}\S+ {2}\S+\n/);
    expect(stdout).toMatch(/\nTokens\n[^]* {2}file:totals\.jsonl +0 +\{"version":1/);
    expect(stdout).toMatch(/\n {2}sales +cell +\d+ B +3 key groups +cells\/1\n/);
    expect(stdout).toMatch(/\n {2}ask +pending +\d+ B +1 partition +pending\/1\n/);
    expect(stdout).toMatch(/\nPlan\n {2}file:in\.txt +file/);
    const whole = JSON.parse((await checkpoint('show', 'state', 'stock', '1', '--json')).stdout) as object;
    expect(whole).toMatchObject({ n: 1, pipeline: 'stock', isStop: false, maxParallelism: 128 });
    expect((await checkpoint('show', 'state', '1')).stdout).toMatch(/^stock, checkpoint 1\n/);
  });

  test('--state shows the keys and values of an operator: numbers, objects, windows, records without an answer', async () => {
    const { exit, stdout } = await checkpoint('show', 'state', '--state', 'sales');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^sales\n {2}cell {2}key +value\n/);
    expect(stdout).toMatch(/\n {2}cell {2}'größe' +\d+\n/);
    expect((await checkpoint('show', 'state', '--state', 'prices')).stdout).toMatch(
      /\n {2}cell {2}\[ 'north', '茶' \] +\{ last: \d+, seen: Map\(1\) \{ '茶' => \d+ \}, ids: Set\(1\) \{ 1180591620717411303424n \}, since: \S+Z, bytes: Uint8Array\(2\) \[ \d+, \d+ \] \}\n/,
    );
    expect((await checkpoint('show', 'state', '--state', 'ask')).stdout).toMatch(
      /\n {2}pending {2}partition file:in\.txt\/\S+ {2}'\d+ \S+ \S+ \d+'\n/,
    );
    const json = JSON.parse((await checkpoint('show', 'state', '--state', 'total', '--json')).stdout) as { entries: object[] };
    expect(json).toMatchObject({ operator: 'total', more: false, entries: [{ cell: 'cell', scope: { kind: 'one' } }] });
    const few = (await checkpoint('show', 'state', '--state', 'prices', '--limit', '2')).stdout;
    expect(few.split('\n')).toHaveLength(6);
    expect(few).toContain('  and more: --limit 20\n');
  });

  test('what is not there is named, with what is', async () => {
    expect(await checkpoint('show', 'state', 'stock', '9')).toMatchObject({
      exit: 1,
      stderr: /^HR_CHECKPOINT_MISSING: there is no checkpoint 9 .* There are 2 and 1\.\n$/,
    });
    expect(await checkpoint('show', 'state', 'shop')).toMatchObject({
      exit: 1,
      stderr: /there is no pipeline 'shop' \(state\)\. Name one: stock\./,
    });
    expect(await checkpoint('show', 'state', '--state', 'salse')).toMatchObject({
      exit: 1,
      stderr: /no state of 'salse' .* It has state of .*sales/,
    });
    spoil(pathOf(2), readFileSync(pathOf(2)).length - 1);
    expect(await checkpoint('show', 'state')).toMatchObject({
      exit: 1,
      stderr: /^HR_CHECKPOINT_DAMAGED: the checkpoint cannot be read: its end is damaged/,
    });
  });

  test('escape sequences in what was kept do not reach the terminal', async () => {
    writeFileSync(join(folder, 'few.txt'), '\u001b[31mred\n');
    await headrace(['run', 'few.ts', '--dir', 'state', '--quiet'], { cwd: folder });
    const { stdout } = await checkpoint('show', 'state', 'few', '--state', 'seen');
    expect(stdout).toContain('red');
    expect(stdout).not.toContain('\u001b');
    writeFileSync(join(folder, 'few.txt'), 'a\nb\na\n');
  });
});

describe('verify', () => {
  test('all sound', async () => {
    expect(await checkpoint('verify', 'state')).toMatchObject({ exit: 0, stdout: '2 checkpoints of 1 pipeline: all sound\n' });
    expect(JSON.parse((await checkpoint('verify', 'state', '--json')).stdout)).toEqual({ checkpoints: 2, sound: 2, damaged: [] });
  });

  test('a damaged newest that sinks may have committed stops the next run', async () => {
    spoil(pathOf(2), 25);
    expect((await checkpoint('ls', 'state')).stdout).not.toContain('DAMAGED');
    const { exit, stdout } = await checkpoint('verify', 'state');
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /^stock, checkpoint 2: DAMAGED, its section '\S+' \S+ \(.*\) is damaged\n {2}state\/pipelines\/stock\/0000000002\.ckpt\n/,
    );
    expect(stdout).toContain('`headrace run … --from 1 --accept-duplicates`.\n2 checkpoints of 1 pipeline: 1 damaged\n');
  });

  test('one that no sink has committed, an older one, one that was set aside, and one of a newer version mean less', async () => {
    withoutTokens(pathOf(2));
    spoil(pathOf(2), readFileSync(pathOf(2)).length - 1);
    expect((await checkpoint('verify', 'state')).stdout).toContain('No sink has committed it: the next run goes on from 1 by itself');
    cpSync(join(fixture, 'state'), join(folder, 'state'), { recursive: true });
    spoil(pathOf(1), 25);
    expect((await checkpoint('verify', 'state')).stdout).toContain('A newer one, 2, is sound');
    renameSync(pathOf(1), `${pathOf(7)}.aside`);
    expect((await checkpoint('verify', 'state')).stdout).toContain('It was set aside, and no run goes on from it.');
    const bytes = readFileSync(pathOf(2));
    bytes.writeUInt32LE(9, 8);
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, 16)), 16);
    writeFileSync(pathOf(2), bytes);
    expect(await checkpoint('verify', 'state')).toMatchObject({
      exit: 1,
      stdout: /has version 9 of the format[^]*The next run stops at it\./,
    });
  });
});

describe('rm', () => {
  test('removes an older one, once it is told twice', async () => {
    expect(await checkpoint('rm', 'state', 'stock', '1')).toMatchObject({
      exit: 2,
      stderr: /^HR_USAGE: this would remove 1 file \(.* KiB\) for good; nothing was removed/,
    });
    expect(names()).toHaveLength(2);
    expect(await checkpoint('rm', 'state', 'stock', '1', '--yes')).toMatchObject({ exit: 0, stdout: /^removed 1 file, .* KiB\.\n$/ });
    expect(names()).toEqual(['0000000002.ckpt']);
  });

  test('keeps the newest unless all go', async () => {
    expect(await checkpoint('rm', 'state', 'stock', '2', '--yes')).toMatchObject({
      exit: 1,
      stderr: /^HR_CHECKPOINT_NEEDED: checkpoint 2 is the newest/,
    });
    writeFileSync(join(stock, '3.part'), 'half');
    cpSync(pathOf(1), `${pathOf(9)}.aside`);
    expect(await checkpoint('rm', 'state', 'stock', '--all', '--yes')).toMatchObject({
      exit: 0,
      stdout: /^removed 4 files, .*The next run begins anew\.\n$/,
    });
    expect(names()).toEqual([]);
    expect(existsSync(stock)).toBe(true);
  });

  test('refuses while a run holds the folder', async () => {
    const unlock = await lockFolder(realFiles, join(folder, 'state'), 'stock');
    try {
      expect(await checkpoint('rm', 'state', 'stock', '1', '--yes')).toMatchObject({ exit: 1, stderr: /^HR_FOLDER_IN_USE: / });
      expect(names()).toHaveLength(2);
      expect(await checkpoint('verify', 'state')).toMatchObject({ exit: 0 });
    } finally {
      await unlock();
    }
  });
});

test('the whole way: a damaged newest, verify says so, the run stops, --from goes on', async () => {
  const run = (...more: readonly string[]) => headrace(['run', 'few.ts', '--dir', 'state', '--quiet', ...more], { cwd: folder });
  rmSync(join(folder, 'few-00000001.jsonl'), { force: true });
  for (const name of readdirSync(folder).filter((file) => /^\.?few.*(jsonl|committed)/.test(file))) rmSync(join(folder, name));
  expect(await run('--until', 'caughtUp')).toMatchObject({ exit: 0 });
  expect(await run('--again')).toMatchObject({ exit: 0 });
  const few = join(folder, 'state/pipelines/few');
  const all = readdirSync(few).filter((name) => name.endsWith('.ckpt'));
  expect(all).toHaveLength(2);
  spoil(join(few, all[1]!), 25);
  const stopped = await run();
  expect(stopped.exit).toBe(3);
  expect(stopped.stderr).toMatch(/^HR_CHECKPOINT_DAMAGED: .* --from 1 --accept-duplicates/);
  expect(await run('--from', '1')).toMatchObject({ exit: 3, stderr: /^HR_CHECKPOINT_OLDER: / });
  expect(await run('--from', '1', '--accept-duplicates')).toMatchObject({ exit: 0, stderr: '' });
  const verified = await headrace(['checkpoint', 'verify', 'state'], { cwd: folder });
  expect(verified).toMatchObject({ exit: 1, stdout: /It was set aside/, stderr: '' });
  expect(await headrace(['checkpoint'], { cwd: folder })).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: /^HR_USAGE: checkpoint wants to know/,
  });
  expect(readdirSync(few).filter((name) => name.includes('.ckpt'))).toContain(`${all[1]}.aside`);
});
