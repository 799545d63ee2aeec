// `headrace dlq` as a user meets it: what was refused is looked at, and sent in again once it is mended.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ending, headrace, jsonLines, modules } from './headrace.ts';

const { folder, remove } = modules({
  'shop.ts': `import { every, json, type Pipeline, pipeline, setting, topic, values } from 'headrace';
const mended = setting('mended', 'no') === 'yes';
const endless = setting('endless', 'no') === 'yes';
const shop: Pipeline = pipeline('shop', { onError: 'deadLetter' })
  .from(endless ? every('5ms') : values(Array.from({ length: 20 }, (_, index) => ({ index }))))
  .map(({ index: n }) => ({ n, at: new Date(n), big: BigInt(n), evil: 'a\\u001b[31mred\\u009b' }), { name: 'make' })
  .map((order) => {
    if (!mended && order.n % 5 === 4) throw new RangeError('sold \\u001b[31mout');
    return { n: order.n };
  }, { name: 'sell' })
  .to(topic('orders', json(), { partitions: 1 }));
export default shop;`,
  'other.ts': `import { each, pipeline, values } from 'headrace';
export default pipeline('other').from(values([1])).to(each(() => {}));`,
});
afterAll(remove);

const dlq = (...args: readonly string[]): Promise<Ending> => headrace(['dlq', ...args], { cwd: folder });
const orders = async (dir: string): Promise<number[]> =>
  jsonLines((await headrace(['log', 'cat', dir, 'orders'], { cwd: folder })).stdout).map(({ n }) => n as number);

describe('letters', () => {
  test('are listed, shown and sent in again, each once', async () => {
    const file = 'shop.ts';
    expect((await headrace(['run', file, '--dir', 'state', '--quiet'], { cwd: folder })).exit).toBe(0);
    const listed = await dlq('ls', 'state');
    expect(listed).toMatchObject({ exit: 0, stderr: '' });
    expect(listed.stdout).toMatch(
      /^shop {2}4 dead letters, none sent in again yet, \d{4}-.*Z to \d{4}-.*Z\n {2}sell {2}HR_OPERATOR_FAILED {2}4 letters {2}none sent in again yet\n$/,
    );

    const shown = await dlq('show', 'state', 'shop', '--limit', '1');
    expect(shown.stderr).toBe('there are more: --from 1\n');
    expect(shown.stdout).toMatch(
      /^0 {2}\d{4}-.*Z {2}refused by sell\n {2}record {2}.*, position 4\n {2}error {3}HR_OPERATOR_FAILED: sold \\u001b\[31mout\n/,
    );
    expect(shown.stdout).toContain(String.raw`value   { n: 4, at: 1970-01-01T00:00:00.004Z, big: 4n, evil: 'a\x1B[31mred\x9B' }`);
    const json = jsonLines((await dlq('show', 'state', 'shop', '--json', '--from', '2', '--operator', 'sell')).stdout);
    expect(json).toMatchObject([
      { position: 2, sentInAgain: false, operator: 'sell', value: { n: 14, at: '1970-01-01T00:00:00.014Z', big: '14' } },
      { position: 3, value: { n: 19 } },
    ]);

    // Not mended: they are letters again, and the exit code is that of a run which set records aside.
    const refused = await dlq('redrive', file, '--dir', 'state', '--json');
    expect(refused.exit).toBe(0);
    expect(jsonLines(refused.stderr).at(-1)).toMatchObject({ type: 'report', in: 4, out: 0, deadLetters: 4 });
    expect((await dlq('ls', 'state')).stdout).toContain('8 dead letters, 4 letters not sent in again yet');
    const mended = await dlq('redrive', file, '--dir', 'state', '--set', 'mended=yes', '--json');
    expect(jsonLines(mended.stderr).at(-1)).toMatchObject({ type: 'report', in: 4, out: 4, deadLetters: 0 });
    expect((await dlq('ls', 'state')).stdout).toContain('8 dead letters, all sent in again');
    expect((await dlq('show', 'state', 'shop', '--limit', '1')).stdout).toContain('refused by sell, sent in again\n');
    const none = await dlq('redrive', file, '--dir', 'state', '--set', 'mended=yes', '--json');
    expect(jsonLines(none.stderr).at(-1)).toMatchObject({ type: 'report', in: 0 });
    expect((await orders('state')).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(JSON.parse((await dlq('ls', 'state', '--json')).stdout)).toMatchObject({
      pipelines: [
        {
          pipeline: 'shop',
          letters: 8,
          waiting: 0,
          refusals: [{ operator: 'sell', code: 'HR_OPERATOR_FAILED', count: 8, waiting: 0 }],
          problems: [],
        },
      ],
    });
  });

  test('wait while a run has the folder; once it was killed they are sent in', async () => {
    let redrive: Promise<Ending> | undefined;
    let asked = false;
    const run = await headrace(['run', 'shop.ts', '--dir', 'killed', '--checkpoint-every', '50ms', '--set', 'endless=yes', '--json'], {
      cwd: folder,
      saw(child, _stdout, stderr) {
        if (asked || !stderr.includes('"metrics"')) return;
        asked = true;
        redrive = dlq('redrive', 'shop.ts', '--dir', 'killed', '--set', 'endless=yes').finally(() => child.kill('SIGKILL'));
      },
    });
    expect(run.signal).toBe('SIGKILL');
    const refused = await redrive!;
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toMatch(/^HR_FOLDER_IN_USE: process \d+ runs this pipeline.*stop that run, then redrive, then start it again/);
    const before = (JSON.parse((await dlq('ls', 'killed', '--json')).stdout) as { pipelines: { waiting: number }[] }).pipelines[0]!;
    expect(before.waiting).toBeGreaterThan(0);
    const sent = await dlq('redrive', 'shop.ts', '--dir', 'killed', '--set', 'endless=yes', '--set', 'mended=yes', '--json');
    expect(jsonLines(sent.stderr).at(-1)).toMatchObject({ in: before.waiting, out: before.waiting, deadLetters: 0 });
    const all = await orders('killed');
    expect(new Set(all).size).toBe(all.length);
  });
});

test('letters that are damaged do not hide the others, and a redrive says what to do', async () => {
  await headrace(['run', 'shop.ts', '--dir', 'damaged', '--quiet'], { cwd: folder });
  await dlq('redrive', 'shop.ts', '--dir', 'damaged', '--quiet');
  const file = join(folder, 'damaged/topics/shop.dead/0/00000000000000000000.log');
  const bytes = readFileSync(file);
  // The second batch: that is what the redrive has refused again.
  bytes[bytes.lastIndexOf('sold')]! ^= 1;
  writeFileSync(file, bytes);
  const { exit, stdout } = await dlq('ls', 'damaged');
  expect(exit).toBe(1);
  expect(stdout).toMatch(/^shop {2}4 dead letters, all sent in again/);
  expect(stdout).toContain('records 4 to 7 are lost');
  const shown = await dlq('show', 'damaged', 'shop', '--json');
  expect(shown.exit).toBe(1);
  expect(shown.stderr).toContain('records 4 to 7 are lost');
  expect(jsonLines(shown.stdout)).toHaveLength(4);
  const redrive = await dlq('redrive', 'shop.ts', '--dir', 'damaged');
  expect(redrive.exit).toBe(1);
  expect(redrive.stderr).toContain('HR_LOG_DAMAGED');
  expect(redrive.stderr).toContain('`headrace log repair damaged shop.dead`');
  expect((await headrace(['log', 'repair', 'damaged', 'shop.dead', '--yes'], { cwd: folder })).exit).toBe(0);
  expect((await dlq('redrive', 'shop.ts', '--dir', 'damaged', '--quiet')).exit).toBe(0);
});

describe('wrong input', () => {
  test.each([
    ['a folder that is not there', ['ls', 'nowhere'], 1, 'HR_STATE_MISSING: there is no such folder'],
    [
      'a misspelt pipeline',
      ['show', 'wrong', 'shpo'],
      1,
      "HR_LETTERS_MISSING: there are no dead letters of a pipeline 'shpo' (wrong). Did you mean 'shop'?",
    ],
    [
      'an operator',
      ['show', 'wrong', 'shop', '--operator', 'make'],
      1,
      "no letters that 'make' has refused (wrong). There are some of: sell.",
    ],
    ['a folder to redrive', ['redrive', 'shop.ts', '--dir', 'nowhere'], 1, 'HR_STATE_MISSING: there is no such folder'],
    [
      'the folder of others',
      ['redrive', 'other.ts', '--dir', 'wrong'],
      1,
      "HR_LETTERS_MISSING: there are no dead letters of a pipeline 'other'",
    ],
    ['a module', ['redrive', 'none.ts', '--dir', 'wrong'], 3, 'HR_MODULE_MISSING: there is no such file'],
    ['a setting', ['redrive', 'shop.ts', '--dir', 'wrong', '--set', 'mendet=yes'], 2, 'Did you mean --set mended=…?'],
    ['a number', ['show', 'wrong', 'shop', '--from', 'x'], 2, "--from wants a whole number of at least 0, and 'x' is none"],
  ])('%s is refused with what to do', async (_what, args, exit, message) => {
    await made('wrong');
    const ending = await dlq(...args);
    expect(ending).toMatchObject({ exit, stdout: '' });
    expect(ending.stderr).toContain(message);
  });

  test('a pipeline that was never refused anything has nothing to send in', async () => {
    await headrace(['run', 'other.ts', '--dir', 'fine', '--quiet'], { cwd: folder });
    expect(await dlq('ls', 'fine')).toMatchObject({ exit: 0, stdout: 'there are no dead letters in fine\n' });
    expect(await dlq('redrive', 'other.ts', '--dir', 'fine')).toMatchObject({
      exit: 0,
      stderr: "pipeline 'other' has no dead letters in fine: there is nothing to send in\n",
    });
  });
});

const there = new Map<string, Promise<Ending>>();
async function made(dir: string): Promise<void> {
  if (!there.has(dir)) there.set(dir, headrace(['run', 'shop.ts', '--dir', dir, '--quiet'], { cwd: folder }));
  await there.get(dir);
}
