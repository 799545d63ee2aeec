import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realWorld } from '../base/real-world.ts';
import { planCommand } from './plan-command.ts';
import { planWish } from './usage.ts';

const world = realWorld();
const { files } = world;
const folder = join(tmpdir(), `headrace-plan-${process.pid}`);
beforeAll(() => files.makeFolder(folder));
afterAll(async () => {
  for (const name of await files.list(folder)) await files.remove(join(folder, name));
  await files.remove(folder);
});

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  const file = await files.open(path, 'create');
  await file.write(new TextEncoder().encode(text), 0);
  await file.close();
  return path;
}

let modules = 0;
/** A module of its own for each call, since Node loads a file once. */
async function moduleOf(body: string): Promise<string> {
  const index = pathToFileURL(join(import.meta.dirname, '../index.ts')).href;
  return await write(`shop-${modules++}.ts`, `import { collect, pipeline, setting, values } from '${index}';\n${body}`);
}

async function plan(
  ...argv: readonly string[]
): Promise<{ readonly exit: number | undefined; readonly stdout: string; readonly stderr: string }> {
  const said = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name];
    process[name].write = ((text: string) => ((said[name] += text), true)) as typeof write;
    return () => void (process[name].write = write);
  });
  try {
    return { exit: await planCommand(argv, world), ...said };
  } finally {
    for (const undo of restore) undo();
  }
}

/** `name` is an expression. */
const scan = (name: string, options = ''): string =>
  `const shop = pipeline('shop'${options}).from(values([1])).scan(${name}, () => 0, (a, n) => a + n).to(collect());
export default shop;`;

test('it prints the plan and runs nothing', async () => {
  const { exit, stdout, stderr } = await plan(await moduleOf(scan("'total'")));
  expect([exit, stderr]).toEqual([0, '']);
  expect(stdout).toContain('total    scan, remembers');
  expect(stdout).toContain('Parallelism ends\n  total  needs all records of values in one place\n');
});

test.each([
  ['--json', '  "pipeline": "shop",\n'],
  ['--dot', 'digraph "shop" {\n'],
  ['--mermaid', 'flowchart LR\n'],
  ['--stages', 'stage total: one copy\n'],
])('with %s it prints that form', async (form, part) => {
  const { exit, stdout } = await plan(await moduleOf(scan("'total'")), form);
  expect(exit).toBe(0);
  expect(stdout).toContain(part);
});

test('every problem of the plan is listed with its line, as run does it', async () => {
  const path = await moduleOf(`const shop = pipeline('shop');
const numbers = shop.from(values([1]));
numbers.map((n) => n);
numbers.filter((n) => n > 1);
export default shop;`);
  const { exit, stdout, stderr } = await plan(path);
  expect([exit, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/HR_PLAN_INVALID: .*2 problems[^]*HR_STREAM_UNUSED: .*shop-\d+\.ts:4:9[^]*HR_STREAM_UNUSED: .*shop-\d+\.ts:5:9/);
});

test('against a plan that was kept it says what becomes of state, and fails where some would be lost', async () => {
  const kept = await write('plan.json', (await plan(await moduleOf(scan("'total'")), '--json')).stdout);
  const moved = await plan(await moduleOf(scan("'spent'", ", { renamed: { total: 'spent' } }")), '--against', kept);
  expect(moved).toEqual({ exit: 0, stdout: 'State\n  values  positions kept\n  total   state moved to spent\n', stderr: '' });
  const lost = await plan(await moduleOf(scan("'spent'")), '--against', kept);
  expect(lost.stdout).toBe('State\n  values  positions kept\n  total   state orphaned\n  spent   state new\n');
  expect([lost.exit, lost.stderr]).toEqual([3, expect.stringContaining("HR_STATE_ORPHANED: the checkpoint keeps state for 'total'")]);
  const json = await plan(await moduleOf(scan("'spent'")), '--against', kept, '--json');
  expect(JSON.parse(json.stdout)).toContainEqual({ piece: 'state', from: 'total', became: 'orphaned' });
});

test('what is no plan to compare with is refused', async () => {
  for (const against of [join(folder, 'none.json'), await moduleOf('export default 1;')]) {
    const { exit, stderr } = await plan(await moduleOf(scan("'total'")), '--against', against);
    expect([exit, stderr.split(':')[0]]).toEqual([3, 'HR_PLAN_UNREADABLE']);
  }
});

test('forms do not go together, and a file is wanted', () => {
  expect(planWish(['shop.ts'])).toEqual({ file: 'shop.ts', settings: {}, form: 'text', against: undefined });
  expect(() => planWish(['shop.ts', '--dot', '--json'])).toThrow('--json and --dot do not go together');
  expect(() => planWish(['shop.ts', '--stages', '--against', 'x'])).toThrow('--stages and --against do not go together');
  expect(() => planWish([])).toThrow('plan wants the file that exports the pipeline. Write: headrace plan shop.ts');
  expect(() => planWish(['shop.ts', '--jsom'])).toThrow('Did you mean --json?');
});

// Settings belong to the process, so this one comes last.
test('settings are given, and one that nobody asks for is refused', async () => {
  expect((await plan(await moduleOf(scan("setting('name', 'total')")), '--set', 'name=spent')).stdout).toContain('spent    scan');
  const { exit, stderr } = await plan(await moduleOf(scan("setting('name', 'total')")), '--set', 'nome=spent');
  expect([exit, stderr.split(':')[0]]).toEqual([2, 'HR_SETTING_UNKNOWN']);
});
