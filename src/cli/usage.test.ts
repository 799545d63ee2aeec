import { expect, test } from 'vitest';
import { doctorWish, runWish, wantsStack } from './usage.ts';

const problem = (argv: readonly string[], wish: (argv: readonly string[]) => unknown = runWish): string => {
  try {
    wish(argv);
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return 'none';
};

test('everything has a default but the file', () => {
  expect(runWish(['shop.ts'])).toEqual({
    file: 'shop.ts',
    settings: {},
    until: 'end',
    deadlineMs: undefined,
    memoryBytes: undefined,
    dir: undefined,
    checkpointEveryMs: undefined,
    parallelism: undefined,
    state: undefined,
    again: false,
    from: undefined,
    acceptDuplicates: false,
    json: false,
    quiet: false,
  });
});

test('spans and sizes have units, and a bare number is milliseconds or bytes', () => {
  const wish = runWish(['shop.ts', '--until', '10s', '--deadline=250', '--memory', '256MiB', '--json', '--quiet']);
  expect(wish).toMatchObject({ until: 10_000, deadlineMs: 250, memoryBytes: 268_435_456, json: true, quiet: true });
  expect(runWish(['shop.ts', '--until', 'caughtUp'])).toMatchObject({ until: 'caughtUp' });
});

test('checkpoints are kept in a folder, and their options mean nothing without one', () => {
  const wish = runWish(['shop.ts', '--dir', './state', '--checkpoint-every', '1s', '--again', '--parallelism', '2', '--state', 'disk']);
  expect(wish).toMatchObject({ dir: './state', checkpointEveryMs: 1000, again: true, parallelism: 2, state: 'disk' });
});

test('a setting may hold anything behind its first =, also nothing, and the last of a name counts', () => {
  const wish = runWish(['--set', 'url=a=b', '--set', 'empty=', '--set', 'url=c d', 'shop.ts']);
  expect(wish).toMatchObject({ file: 'shop.ts', settings: { url: 'c d', empty: '' } });
});

test('a setting named __proto__ is a setting like any other', () => {
  const { settings } = runWish(['shop.ts', '--set', '__proto__=x']) as { settings: Record<string, string> };
  expect(Object.entries(settings)).toEqual([['__proto__', 'x']]);
});

test.each([
  [[], 'HR_USAGE: run wants the file that exports the pipeline. Write: headrace run shop.ts. `headrace run --help` lists the options.'],
  [['shop.ts', '--untill', '3s'], "HR_USAGE: Unknown option '--untill'. Did you mean --until? `headrace run --help` lists the options."],
  [['shop.ts', '--until'], "HR_USAGE: Option '--until <value>' argument missing. `headrace run --help` lists the options."],
  [['shop.ts', '--until', '3 parsecs'], 'HR_UNIT_INVALID: "3 parsecs" is not an amount we understand (--until).'],
  [['shop.ts', '--again'], 'HR_USAGE: --again means nothing without --dir. Checkpoints are kept in a folder: --dir ./state.'],
  [['shop.ts', '--from', '3'], 'HR_USAGE: --from means nothing without --dir. Checkpoints are kept in a folder: --dir ./state.'],
  [
    ['shop.ts', '--dir', 's', '--from', '3', '--again'],
    'HR_USAGE: --from and --again do not go together. Go on from a checkpoint, or begin anew.',
  ],
  [
    ['shop.ts', '--dir', 's', '--accept-duplicates'],
    'HR_USAGE: --accept-duplicates means nothing without --from. Say which checkpoint to go on from: --from 12.',
  ],
  [['shop.ts', '--checkpoint-every', '1s'], 'HR_USAGE: --checkpoint-every means nothing without --dir.'],
  [['shop.ts', '--state', 'disk'], 'HR_USAGE: --state disk means nothing without --dir.'],
  [['shop.ts', '--dir', 's', '--state', 'tape'], 'HR_USAGE: --state is memory or disk. Write: --state disk.'],
  [['shop.ts', '--dir', ''], 'HR_USAGE: --dir names no folder. Write: --dir ./state.'],
  [['shop.ts', '--parallelism', '1.5'], 'HR_OPTION_INVALID: 1.5 is not a whole number of at least 1 (--parallelism).'],
  [['shop.ts', '--memory', '1GB'], 'HR_UNIT_INVALID: "1GB" is not an amount we understand (--memory).'],
])('%j is refused with what to write', (argv, message) => {
  expect(problem(argv)).toContain(message);
});

test.each([
  [['shop.ts', '--set', 'hunter2']],
  [['shop.ts', '--set', '=hunter2']],
  [['shop.ts', '--set', 'password', 'hunter2']],
  [['shop.ts', '--set', 'password=a', 'hunter2']],
  [['shop.ts', '--set=hunter2']],
  [['shop.ts', '--sett=hunter2']],
  [['shop.ts', '--json=hunter2']],
])('what may be a secret is not repeated: %j', (argv) => {
  expect(problem(argv)).toMatch(/^HR_USAGE/);
  expect(problem(argv)).not.toContain('hunter2');
});

test('doctor takes no file', () => {
  expect(doctorWish(['--json'])).toEqual({ json: true });
  expect(doctorWish(['-h'])).toBe('help');
  expect(problem(['shop.ts'], doctorWish)).toContain('doctor takes no file');
});

test('stacks are asked for by an option or by the environment', () => {
  expect(wantsStack(['run', 'x.ts', '--stack'], {})).toBe(true);
  expect(wantsStack([], { HEADRACE_STACK: '1' })).toBe(true);
  expect([{}, { HEADRACE_STACK: '' }, { HEADRACE_STACK: '0' }].map((env) => wantsStack([], env))).toEqual([false, false, false]);
});
