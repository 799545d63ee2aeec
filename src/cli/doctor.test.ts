import { expect, test } from 'vitest';
import { type Facts, checksOf } from './doctor.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const fit: Facts = {
  node: '24.21.0',
  engines: '>=24.6',
  memoryBytes: 16 * GiB,
  memoryLimitBytes: undefined,
  heapLimitBytes: 4 * GiB,
  cores: 4,
  mayGenerateCode: true,
  tempFolder: '/tmp',
  tempProblem: undefined,
  openFiles: 20_000,
  clock: { nowMs: Date.UTC(2026, 5, 1), wallMs: 100, steadyMs: 100.4 },
};

test('a fit machine has eight lines and nothing to do', () => {
  const checks = checksOf(fit);
  expect(checks).toHaveLength(8);
  expect(checks.filter(({ result, todo }) => result !== 'ok' || todo !== undefined)).toEqual([]);
});

test.each([
  ['an old Node', { node: '22.1.0' }, 'node', 'fail', 'Install a newer Node'],
  ['a container of 512 MiB', { memoryLimitBytes: 512 * MiB, heapLimitBytes: 256 * MiB }, 'memory', 'warn', 'give --memory 128MiB'],
  ['a container of 64 MiB', { memoryLimitBytes: 64 * MiB, heapLimitBytes: 48 * MiB }, 'memory', 'fail', 'Allow at least 128.0 MiB'],
  ['a heap beyond the container', { memoryLimitBytes: 2 * GiB }, 'heap', 'warn', '--max-old-space-size=1536'],
  ['a tiny heap', { heapLimitBytes: 64 * MiB }, 'heap', 'warn', 'Raise --max-old-space-size'],
  ['one core', { cores: 1 }, 'cores', 'warn', 'two or more are faster'],
  ['no code generation', { mayGenerateCode: false }, 'code generation', 'warn', 'run as closures'],
  ['a full temporary folder', { tempProblem: 'ENOSPC: no space left on device' }, 'temp folder', 'fail', 'set TMPDIR'],
  ['few open files', { openFiles: 256 }, 'open files', 'warn', 'ulimit -n 4096'],
  ['a clock that was never set', { clock: { nowMs: 0, wallMs: 100, steadyMs: 100 } }, 'clock', 'fail', 'Set the clock'],
  ['a clock that jumps', { clock: { nowMs: Date.UTC(2026, 5, 1), wallMs: -3500, steadyMs: 100 } }, 'clock', 'warn', 'time service'],
] as const)('%s is named, with what to do', (_case, facts, name, result, todo) => {
  const bad = checksOf({ ...fit, ...facts }).filter((check) => check.result !== 'ok');
  expect(bad).toEqual([{ name, result, what: expect.any(String) as string, todo: expect.stringContaining(todo) as string }]);
});

test('systems without a limit of open files are fine', () => {
  const lines = [undefined, Number.POSITIVE_INFINITY].flatMap((openFiles) =>
    checksOf({ ...fit, openFiles }).filter(({ name }) => name === 'open files'),
  );
  expect(lines.map(({ result, what }) => `${result} ${what}`)).toEqual(['ok this system has no such limit', 'ok no limit']);
});
