// `headrace run` as a user meets it: the real program in a process of its own, with stderr a pipe.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/command.ts';
import { headrace, jsonLines, modules } from './headrace.ts';
import { written } from './modules.ts';

const { folder, remove } = modules(written);
afterAll(remove);
const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
/** The lines that the documentation shows. */
const documented = jsonLines(/```json\n([^]*?)```/.exec(page)?.[1] ?? '');

/** The names of all fields, those of an operator too. */
function shapeOf(line: object): readonly string[] {
  const operators = 'operators' in line ? (line.operators as object[]) : [];
  return [...Object.keys(line), ...Object.keys(operators[0] ?? {})];
}

const run = (args: readonly string[], env: Record<string, string> = {}) => headrace(['run', ...args], { cwd: folder, env });

describe('a run', () => {
  test.each([
    ['hello.ts', '16\n25\n81\n36\n'],
    ['./hello.ts', '16\n25\n81\n36\n'],
    [`${folder}/hello.ts`, '16\n25\n81\n36\n'],
    ['plain.mjs', 'as JavaScript\n'],
  ])('%s prints what its sinks print, and ends with 0', async (file, output) => {
    const { exit, stdout, stderr } = await run([file]);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: output });
    expect(jsonLines(stderr)).toHaveLength(1);
  });

  test('the last line on stderr is the report', async () => {
    const { stderr } = await run(['hello.ts']);
    expect(jsonLines(stderr).at(-1)).toEqual({
      type: 'report',
      at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      pipeline: 'hello',
      ended: 'end',
      in: 8,
      out: 4,
      skipped: 0,
      deadLetters: 0,
      dropped: 0,
      late: 0,
      open: 0,
      ms: expect.any(Number) as number,
      peakBytes: expect.any(Number) as number,
      rssBytes: expect.any(Number) as number,
    });
  });

  test('a line of metrics comes every second', async () => {
    const { exit, stderr } = await run(['busy.ts', '--until', '2500ms']);
    const lines = jsonLines(stderr);
    expect({ exit, types: lines.map(({ type }) => type) }).toEqual({ exit: 0, types: ['metrics', 'metrics', 'report'] });
    const [first, second] = lines as { ms: number; in: number; inPerSecond: number; operators: { id: string; skipped: number }[] }[];
    expect(Math.round(second!.ms / 1000) - Math.round(first!.ms / 1000)).toBe(1);
    expect(second!.in).toBeGreaterThan(first!.in);
    expect(second!.inPerSecond).toBeGreaterThan(0);
    expect(second!.operators.find(({ id }) => id === 'parse')!.skipped).toBeGreaterThan(0);
    expect([second!, lines.at(-1)!].map(shapeOf)).toEqual(documented.map(shapeOf));
  });

  test('--quiet leaves stderr empty', async () => {
    expect(await run(['hello.ts', '--quiet'])).toMatchObject({ exit: 0, stdout: '16\n25\n81\n36\n', stderr: '' });
  });

  test('--until caughtUp ends with what is there', async () => {
    const { exit, stderr } = await run(['hello.ts', '--until', 'caughtUp']);
    expect({ exit, report: jsonLines(stderr).at(-1) }).toMatchObject({ exit: 0, report: { in: 8, out: 4, ended: 'stop' } });
  });

  test('a timer that the module has left open does not keep it alive', async () => {
    expect(await run(['timer.ts'])).toMatchObject({ exit: 0, stdout: 'done\n' });
  });

  test('a reader of stdout that goes away ends it with an error that says so, not with a hang', async () => {
    const { exit, stderr } = await headrace(['run', 'endless.ts'], {
      cwd: folder,
      saw: (child) => child.stdout?.destroy(),
    });
    expect(exit).toBe(1);
    expect(jsonLines(stderr).at(-1)).toMatchObject({ type: 'failure', code: 'HR_PRINT_FAILED' });
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops it gracefully, with 0 and a report', async (signal) => {
    let isSent = false;
    const { exit, stdout, stderr } = await headrace(['run', 'ticks.ts'], {
      cwd: folder,
      saw(child, soFar) {
        if (!isSent && soFar.includes('tick 2')) isSent = child.kill(signal);
      },
    });
    const lines = jsonLines(stderr);
    expect(exit).toBe(0);
    expect(lines.find(({ type }) => type === 'stopping')).toMatchObject({ signal });
    expect(lines.at(-1)).toMatchObject({ type: 'report', ended: 'stop', out: stdout.trimEnd().split('\n').length });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('a second %s ends it at once with %i', async (signal, code) => {
    const { exit, stderr } = await headrace(['run', 'never.ts'], {
      cwd: folder,
      saw(child, _stdout, stderr) {
        if (stderr.includes('"metrics"')) child.kill(signal);
        if (stderr.includes('"stopping"')) child.kill(signal);
      },
    });
    expect(exit).toBe(code);
    expect(jsonLines(stderr).at(-1)).toMatchObject({ type: 'failure', code: 'HR_STOPPED_AT_ONCE' });
  });

  test('records that do not finish within --deadline are an error', async () => {
    let isSent = false;
    const { exit, stderr } = await headrace(['run', 'never.ts', '--deadline', '100ms'], {
      cwd: folder,
      saw(child, _stdout, soFar) {
        if (!isSent && soFar.includes('"metrics"')) isSent = child.kill('SIGINT');
      },
    });
    expect(exit).toBe(1);
    expect(jsonLines(stderr).at(-1)).toMatchObject({ type: 'failure', code: 'HR_STOP_TIMEOUT' });
  });
});

describe('settings', () => {
  test('--set gives a value to setting()', async () => {
    expect(await run(['settings.ts', '--set', 'token=hunter2', '--set', 'greeting=good day'])).toMatchObject({
      exit: 0,
      stdout: 'good day\na token of 7\n',
    });
  });

  test('one that the module never asks for is an error that lists those it does', async () => {
    const { exit, stdout, stderr } = await run(['settings.ts', '--set', 'token=hunter2', '--set', 'greting=good day']);
    expect({ exit, stdout, stderr }).toEqual({
      exit: 2,
      stdout: '',
      stderr:
        "HR_SETTING_UNKNOWN: the module never asks for the setting 'greting'. Did you mean --set greeting=…? It asks for: greeting, token.\n",
    });
  });

  test('one without a value or a default is named', async () => {
    const { exit, stderr } = await run(['settings.ts']);
    expect(exit).toBe(3);
    expect(stderr).toMatch(/^HR_SETTING_MISSING: the setting 'token' has no value and no default/);
  });

  test.each([
    [['settings.ts', '--set', 'token=hunter2', '--set', 'x=hunter2'], {}],
    [['settings.ts', '--set', 'token', 'hunter2'], {}],
    [['settings.ts', '--set', 'hunter2'], { HEADRACE_STACK: '1' }],
    [['throws.ts', '--set', 'token=hunter2', '--stack'], {}],
    [['settings.ts', '--set', 'token=hunter2', '--json'], {}],
  ])('their values are never printed: %j', async (args, env) => {
    const { stdout, stderr } = await run(args, env);
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('what goes wrong', () => {
  test("an operator that throws: 1, and the user's own line", async () => {
    const { exit, stdout, stderr } = await run(['throws.ts']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '3\n' });
    expect(jsonLines(stderr).at(-1)).toMatchObject({
      type: 'failure',
      code: 'HR_OPERATOR_FAILED',
      frame: 'priceOf (throws.ts:5:23)',
      because: [],
    });
  });

  test('the same as text, in short and with --stack', async () => {
    const short = await run(['throws.ts', '--quiet']);
    expect(short.stderr).toMatch(/^HR_OPERATOR_FAILED: map refused a record: .*\n {4}at priceOf \(throws\.ts:5:23\)\n$/);
    for (const long of [await run(['throws.ts', '--quiet', '--stack']), await run(['throws.ts', '--quiet'], { HEADRACE_STACK: '1' })]) {
      expect(long.stderr).toMatch(/^HR_OPERATOR_FAILED: map refused a record/);
      expect(long.stderr).toMatch(/src\/runtime\//);
    }
  });

  test('an error outside of the pipeline: 1', async () => {
    const { exit, stderr } = await run(['uncaught.ts', '--quiet']);
    expect({ exit, stderr }).toEqual({
      exit: 1,
      stderr: expect.stringMatching(
        /^HR_UNCAUGHT: an error outside of the pipeline was caught by nobody: from a timer\n {4}at .*uncaught\.ts:3/,
      ) as string,
    });
  });

  test('a run that nothing can wake up any more does not end as if all were well', async () => {
    const { exit, stderr } = await run(['never.ts', '--quiet']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /^HR_NOTHING_PENDING: the run is not over \(values\/mapAsync holds 2 records\), and nothing is left that could wake it up/,
    );
  });

  test.each([
    ['gone.ts', 'HR_MODULE_MISSING: there is no such file (gone.ts).'],
    ['.', 'HR_MODULE_MISSING: this is a folder (.).'],
    ['no-default.ts', 'HR_MODULE_INVALID: the module has no pipeline as its default export (no-default.ts). Write'],
    ['function.ts', 'HR_MODULE_INVALID: the default export is a function, not a pipeline (function.ts).'],
    [
      'runs-itself.ts',
      "HR_MODULE_RUNS: the module has run or started 'itself' by itself while it was being loaded (runs-itself.ts). Write `if (import.meta.main) await run(…)`",
    ],
    [
      'enum.ts',
      'HR_MODULE_SYNTAX: TypeScript enum is not supported in strip-only mode (enum.ts:1). Node runs TypeScript by leaving out the types',
    ],
    [
      'syntax.ts',
      'HR_MODULE_SYNTAX: Expression expected (syntax.ts:2). Mend the line.\n    const a = 1;\n    const b = ;\n              ^\n',
    ],
    ['no-ending.ts', "HR_MODULE_IMPORT: there is no module 'hello' (no-ending.ts). Node wants the ending in the import"],
    ['no-package.ts', "HR_MODULE_IMPORT: the package '@acme/db' is not installed (no-package.ts). Run `npm install @acme/db`"],
    [
      'type-import.ts',
      "HR_MODULE_IMPORT: 'headrace' has no export 'Pipeline' (type-import.ts:1). If Pipeline is a type, write `import type`",
    ],
    [
      'throws-at-top.ts',
      'HR_MODULE_FAILED: the module threw while it was being loaded: TypeError: boom (throws-at-top.ts). Mend the line.\n    at load (throws-at-top.ts:2:9)\n',
    ],
    ['unused.ts', "HR_PLAN_INVALID: pipeline 'unused' has 2 problems."],
    ['text.txt', 'HR_MODULE_IMPORT: Unknown file extension ".txt"'],
    ['commonjs/shop.ts', 'Write "type": "module" in the nearest package.json'],
  ])('%s cannot be run: 3, and what to do', async (file, message) => {
    const { exit, stderr } = await run([file]);
    expect(stderr).toContain(message);
    expect(exit).toBe(3);
  });

  test('a module that runs itself only under node is fine', async () => {
    expect(await run(['guarded.ts', '--quiet'])).toEqual({ exit: 0, signal: null, stdout: 'once\n', stderr: '' });
  });

  test('with --json such errors are JSON too', async () => {
    const { exit, stderr } = await run(['gone.ts', '--json']);
    expect({ exit, lines: jsonLines(stderr) }).toMatchObject({ exit: 3, lines: [{ type: 'failure', code: 'HR_MODULE_MISSING' }] });
  });
});
