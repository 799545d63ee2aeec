// `headrace log` as a user meets it, on real folders, also while another process writes and after it was killed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileCache, type Ending, headrace, main, modules } from './headrace.ts';

const { folder, remove } = modules({
  'copy.ts': `import { json, type Pipeline, pipeline, topic } from 'headrace';
const copy: Pipeline = pipeline('copy').from(topic('read', json())).to(topic('copied', json()));
export default copy;`,
  'mailer.ts': `import { json, openTopic, topic } from 'headrace';
await using read = await openTopic(topic('read', json()), { dir: 'watched' });
const records = read.read({ consumer: 'mailer', until: 'caughtUp' });
let left = 2;
for await (const _ of records) if (--left === 0) break;
await records.commit();`,
});
const begun: ChildProcess[] = [];
afterAll(() => {
  // What a failed test has left must not outlive its folder.
  for (const child of begun) child.kill('SIGKILL');
  remove();
});

const log = (...args: readonly string[]): Promise<Ending> => headrace(['log', ...args], { cwd: folder });
const node = ['--conditions=headrace-source', main, 'log'];
const env = { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: compileCache };

/** What append says, given these lines. */
function append(input: string | Uint8Array, ...args: readonly string[]): { readonly exit: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [...node, 'append', ...args], { cwd: folder, input, encoding: 'utf8', env });
  return { exit: status, stderr };
}

function begin(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [...node, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  begun.push(child);
  return child;
}

/** Settles when the process has printed this on stdout. */
function printed(child: ChildProcess, part: string): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes(part)) resolve(text);
    });
    child.on('close', () => reject(new Error(`ended without '${part}' after: ${text}`)));
  });
}

async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const segment = (dir: string, topic: string): string => {
  const partition = join(folder, dir, 'topics', topic, '0');
  return join(partition, readdirSync(partition).find((name) => name.endsWith('.log'))!);
};

describe('append and cat', () => {
  test('lines become records, and come back as they were', async () => {
    const lines = Buffer.concat([
      Buffer.from('plain\n'),
      Buffer.of(0xff, 0, 10),
      Buffer.from('{"n": 12345678901234567890}\r\nwithout end'),
    ]);
    expect(append(lines, 'state', 'mixed', '--key', 'k', '--header', 'from=test')).toEqual({
      exit: 0,
      stderr: '4 records appended to mixed, which is new and has 4 partitions\n',
    });
    const text = 'plain\n<2 bytes> ff00\n{"n": 12345678901234567890}\nwithout end\n';
    expect(await log('cat', 'state', 'mixed')).toEqual({ exit: 0, signal: null, stdout: text, stderr: '' });
    expect((await log('cat', 'state', 'mixed', '--keys', '--limit', '1')).stdout).toBe('k\tplain\n');
    const partition = /"partition":(\d)/.exec((await log('cat', 'state', 'mixed', '--json')).stdout)?.[1];
    const common = `{"partition":${partition},"position":`;
    const rest = '"key":"k","time":null,"headers":{"from":"test"}';
    const json = `${common}1,${rest},"bytes":"/wA="}\n${common}2,${rest},"value":{"n": 12345678901234567890}}\n`;
    expect((await log('cat', 'state', 'mixed', '--json', '--partition', partition!, '--from', '1', '--limit', '2')).stdout).toBe(json);
  });

  test('nothing of a value does anything to a terminal, also not as JSON', async () => {
    append('a\u001b[31mred\u009b2J\u202e\n', 'state', 'evil', '--partitions', '1', '--key', '\u001b]0;title\u0007');
    for (const form of ['--keys', '--json']) {
      const { stdout } = await log('cat', 'state', 'evil', form);
      expect(stdout).toContain('\\u001b[31mred\\u009b2J\\u202e');
      expect(stdout).not.toMatch(/(?![\t\n])\p{Cc}|\u202e/u);
    }
  });

  test('lines without a key are spread, also when they come one by one', async () => {
    for (const line of ['a', 'b', 'c']) append(`${line}\n`, 'state', 'spread', '--partitions', '3');
    const { stdout } = await log('ls', 'state', '--json');
    const { topics } = JSON.parse(stdout) as { topics: { name: string; partitions: { records: number }[] }[] };
    expect(topics.find(({ name }) => name === 'spread')!.partitions.map(({ records }) => records)).toEqual([1, 1, 1]);
  });

  test('a reader that goes away ends it quietly', async () => {
    append(Array.from({ length: 100_000 }, (_, n) => `line ${n}\n`).join(''), 'state', 'long', '--partitions', '1');
    const child = begin('cat', 'state', 'long');
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout!.once('data', () => child.stdout!.destroy());
    expect([(await once(child, 'close'))[0], stderr]).toEqual([0, '']);
  });

  test('--follow prints what other processes append, also after one was killed, until Ctrl-C', async () => {
    append('first\n', 'followed', 'live', '--partitions', '1');
    const reader = begin('cat', 'followed', 'live', '--follow');
    await printed(reader, 'first\n');
    const writer = begin('append', 'followed', 'live');
    writer.stdin!.write('of the killed one\n');
    await printed(reader, 'of the killed one\n');
    writer.kill('SIGKILL');
    await once(writer, 'close');
    append('of the next one\n', 'followed', 'live');
    await printed(reader, 'of the next one\n');
    reader.kill('SIGINT');
    expect(await once(reader, 'close')).toEqual([0, null]);
  });

  test('a second writer is told who writes, and a killed one keeps nobody out', async () => {
    append('', 'shared', 'orders', '--partitions', '1');
    const writer = begin('append', 'shared', 'orders');
    writer.stdin!.write('held\n');
    await until(async () => (await log('ls', 'shared')).stdout.includes(`process ${writer.pid} writes`));
    const second = append('second\n', 'shared', 'orders');
    expect(second.exit).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(`^0 records were appended before this:\n|^HR_LOG_IN_USE: process ${writer.pid} writes this partition`),
    );
    expect(second.stderr).toContain('close that one first, or stop its process');
    await until(async () => (await log('cat', 'shared', 'orders')).stdout === 'held\n');
    writer.kill('SIGKILL');
    await once(writer, 'close');
    expect((await log('ls', 'shared')).stdout).not.toContain('writes');
    expect(append('second\n', 'shared', 'orders').exit).toBe(0);
    expect((await log('cat', 'shared', 'orders')).stdout).toBe('held\nsecond\n');
  });
});

test('ls says who reads and how far: programs, and pipelines by their checkpoints', async () => {
  append('1\n2\n3\n', 'watched', 'read', '--partitions', '1');
  spawnSync(process.execPath, ['--conditions=headrace-source', 'mailer.ts'], { cwd: folder, env });
  expect((await headrace(['run', 'copy.ts', '--dir', 'watched', '--until', 'caughtUp', '--quiet'], { cwd: folder })).exit).toBe(0);
  append('4\n', 'watched', 'read');
  const { stdout, exit } = await log('ls', 'watched');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^read {2}1 partition, 4 records, \d+ B$/m);
  expect(stdout).toMatch(/^ {2}consumer {2}mailer {2}2 records behind {2}0 at 2$/m);
  expect(stdout).toMatch(/^ {2}pipeline {2}copy {4}1 record behind {3}0 at 3$/m);
  expect((await log('cat', 'watched', 'copied')).stdout.trim().split('\n').sort()).toEqual(['1', '2', '3']);
});

describe('fsck and repair', () => {
  test('damage is told with what it means, repair asks first, and the rest can then be read', async () => {
    for (const line of ['aaaa', 'bbbb', 'cccc']) append(`${line}\n`, 'damaged', 'orders', '--partitions', '1');
    append('dddd\n', 'damaged', 'sound', '--partitions', '1');
    expect(await log('fsck', 'damaged')).toMatchObject({ exit: 0, stderr: '' });
    const file = segment('damaged', 'orders');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('bbbb')]! ^= 1;
    writeFileSync(file, bytes);

    const { stdout, exit } = await log('fsck', 'damaged');
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /^orders\/0 {2}damaged, 2 records.*\n.*, bytes \d+ to \d+: the checksum of its records does not fit; record 1 is lost$/m,
    );
    expect(stdout).toContain('sound/0  sound, 1 record (0 to 0)');
    expect(stdout).toContain('`headrace log repair damaged orders`');
    expect(JSON.parse((await log('fsck', 'damaged', 'orders', '--json')).stdout)).toMatchObject({
      isSound: false,
      topics: [{ name: 'orders', partitions: [{ damage: [{ first: 1, next: 2 }] }] }],
    });
    const cat = await log('cat', 'damaged', 'orders');
    expect(cat).toMatchObject({ exit: 1, stdout: 'aaaa\n' });
    expect(cat.stderr).toContain('To go on behind it: --partition 0 --from 2.');
    expect((await log('cat', 'damaged', 'orders', '--from', '2')).stdout).toBe('cccc\n');

    const asked = await log('repair', 'damaged');
    expect(asked.exit).toBe(2);
    expect(asked.stdout).toContain('put aside: ');
    expect(asked.stderr).toContain('nothing was changed');
    // Opening the log meanwhile may cut its end or write it anew; the damage is still there.
    expect((await log('fsck', 'damaged')).exit).toBe(1);

    const mended = await log('repair', 'damaged', '--yes');
    expect(mended).toMatchObject({ exit: 0, stderr: '' });
    expect(mended.stdout).toMatch(/bytes put aside in .*\.damaged-\d+; record 1 is lost, and readers pass over that/);
    expect(await log('fsck', 'damaged')).toMatchObject({ exit: 0 });
    expect((await log('cat', 'damaged', 'orders')).stdout).toBe('aaaa\ncccc\n');
    expect((await log('ls', 'damaged')).stdout).toContain('a repair has put a part aside');
    expect((await log('repair', 'damaged', '--yes')).stdout).toBe('nothing to repair: 2 topics looked through\n');
  });

  test('what a killed writer left at the end is told, and is no damage', async () => {
    append('whole\n', 'torn', 'orders', '--partitions', '1');
    const file = segment('torn', 'orders');
    const before = statSync(file).size;
    appendFileSync(file, Buffer.alloc(37, 7));
    const { exit, stdout } = await log('fsck', 'torn');
    expect(exit).toBe(0);
    expect(stdout).toContain(`37 B at the end, from byte ${before}, belong to a write that was not finished: no damage`);
    expect(statSync(file).size).toBe(before + 37);
    expect((await log('repair', 'torn', '--yes')).stdout).toContain('37 bytes of an unfinished write cut off');
    expect(statSync(file).size).toBe(before);
  });

  test('a repair while somebody writes is refused, and other topics are mended all the same', async () => {
    append('aaaa\n', 'busy', 'other', '--partitions', '1');
    append('bbbb\n', 'busy', 'orders', '--partitions', '1');
    const writer = begin('append', 'busy', 'orders');
    writer.stdin!.write('cccc\n');
    await until(async () => (await log('ls', 'busy')).stdout.includes('writes'));
    for (const topic of ['other', 'orders']) appendFileSync(segment('busy', topic), Buffer.alloc(40, 7));
    const { exit, stdout } = await log('repair', 'busy', '--yes');
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^orders {2}not sound\n {2}HR_LOG_IN_USE: process \d+ writes this partition/m);
    expect(stdout).toMatch(/^other {2}repaired$/m);
    writer.kill('SIGKILL');
    await once(writer, 'close');
  });
});

describe('wrong input', () => {
  test.each([
    ['a folder that is not there', ['ls', 'nowhere'], 1, 'HR_STATE_MISSING: there is no such folder (nowhere). Name the folder'],
    ['a file', ['ls', 'copy.ts'], 1, 'HR_STATE_MISSING: this is a file, not a folder'],
    ['the folder of a topic', ['cat', 'wrong/topics/orders', 'orders'], 1, 'HR_STATE_MISSING: this is the folder of one topic'],
    [
      'a misspelt topic',
      ['cat', 'wrong', 'ordres'],
      1,
      "HR_TOPIC_MISSING: there is no topic 'ordres' (wrong). Did you mean 'orders'? There is: orders.",
    ],
    ['a topic to check', ['fsck', 'wrong', 'nothing'], 1, "HR_TOPIC_MISSING: there is no topic 'nothing'"],
    ['a partition', ['cat', 'wrong', 'orders', '--partition', '2'], 2, "topic 'orders' has no partition 2. It has partitions 0 to 1."],
    ['a position without partition', ['cat', 'wrong', 'orders', '--from', '1'], 2, '--from with a position wants --partition'],
    [
      'a position behind the end',
      ['cat', 'wrong', 'orders', '--partition', '0', '--from', '9'],
      1,
      'HR_POSITION_UNKNOWN: position 9 lies behind the end',
    ],
    [
      'more partitions',
      ['append', 'wrong', 'orders', '--partitions', '3'],
      1,
      'HR_TOPIC_PARTITIONS: the topic has 2 partitions and 3 were asked for',
    ],
    ['dead letters', ['append', 'wrong', 'shop.dead'], 2, 'lines of text are not'],
    ['an option of another', ['ls', 'wrong', '--follow'], 2, '--follow means nothing to ls'],
  ])('%s is refused with what to do', async (_what, args, exit, message) => {
    append('a\n', 'wrong', 'orders', '--partitions', '2', '--key', 'k');
    const ending = await log(...args);
    expect(ending).toMatchObject({ exit, stdout: '' });
    expect(ending.stderr).toContain(message);
  });

  test('a topic of a newer version or without its description does not hide the others', async () => {
    append('a\n', 'mixed', 'newer', '--partitions', '1');
    append('b\n', 'mixed', 'older', '--partitions', '1');
    cpSync(join(folder, 'mixed/topics/older'), join(folder, 'mixed/topics/lost'), { recursive: true });
    rmSync(join(folder, 'mixed/topics/lost/topic.json'));
    const description = join(folder, 'mixed/topics/newer/topic.json');
    writeFileSync(description, readFileSync(description, 'utf8').replace('"version":1', '"version":2'));
    for (const action of ['ls', 'fsck']) {
      const { exit, stdout } = await log(action, 'mixed');
      expect(exit).toBe(1);
      expect(stdout).toContain('HR_LOG_VERSION: the log has version 2 of the format');
      expect(stdout).toContain('HR_TOPIC_DAMAGED: the description of the topic cannot be used: it is missing');
      expect(stdout).toMatch(/^older/m);
    }
    expect((await log('cat', 'mixed', 'newer')).stderr).toContain('It was written by a newer Headrace: start that one.');
    expect((await log('cat', 'mixed', 'older')).stdout).toBe('b\n');
  });
});
