import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { root as repository } from './command.ts';
import type { Budget, Form } from './test/budget.ts';
import { budgetFaults, readBudget } from './test/budget.ts';
import { type Counts, runTests } from './test.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A small repository with these test files, inside ours so that vitest is found. */
function repositoryOf(files: Readonly<Record<string, string>>): string {
  mkdirSync(join(repository, '.cache'), { recursive: true });
  const root = mkdtempSync(join(repository, '.cache/test-'));
  folders.push(root);
  for (const [file, text] of Object.entries({ 'vitest.config.ts': 'export default {};', ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

async function run(root: string, budget: Budget, form: Form = 'full', only: readonly string[] = []): Promise<Counts & { lines: string[] }> {
  const lines: string[] = [];
  return { ...(await runTests({ root, budget, form, only, say: (line) => lines.push(line) })), lines };
}

const node = (code: string): [string, ...string[]] => [process.execPath, '-e', code];
const aTest = (body: string): string => `import { test, expect } from 'vitest'; test('one', () => { ${body} });`;

test('the last line counts the tests of all suites', async () => {
  const root = repositoryOf({ 'tests/a.test.ts': aTest('') + ` test('two', () => { expect(1).toBe(2); }); test.skip('three', () => {});` });
  const { lines, failed } = await run(root, { a: { files: ['tests/*.test.ts'], full: 60 }, b: { command: node(''), full: 60 } });
  expect(lines.at(-1)).toBe('2 passed, 1 failed');
  expect(lines.at(-2)).toContain('1 in a by themselves (three)');
  expect(lines.join('\n')).toContain('expected 1 to be 2');
  expect(failed).toBe(1);
});

test('a test file that cannot be loaded, and an error outside of any test, are failures', async () => {
  const broken = repositoryOf({ 'tests/a.test.ts': `import './nowhere.ts';`, 'tests/b.test.ts': aTest('') });
  expect(await run(broken, { a: { files: ['tests/*.test.ts'], full: 60 } })).toMatchObject({ passed: 1, failed: 1 });
  const unhandled = repositoryOf({ 'tests/a.test.ts': aTest(`void Promise.reject(new Error('lost'));`) });
  expect(await run(unhandled, { a: { files: ['tests/*.test.ts'], full: 60 } })).toMatchObject({ passed: 1, failed: 1 });
});

test('a suite over its share fails by name, and one that hangs is stopped', async () => {
  const slow = await run(repositoryOf({}), { slow: { command: node('setTimeout(() => {}, 700)'), full: 0.5 } });
  expect(slow).toMatchObject({ passed: 1, failed: 1 });
  expect(slow.lines.join('\n')).toMatch(/slow took .* s, its share is 0.5 s/);
  const hung = await run(repositoryOf({}), { hung: { command: node('setInterval(() => {}, 700)'), full: 0.5 } });
  expect(hung.lines.join('\n')).toContain('hung was stopped after');
  expect(hung.failed).toBeGreaterThan(0);
});

test('a command that fails, or is not there, is one failure; a command may count for itself', async () => {
  expect(await run(repositoryOf({}), { a: { command: node('process.exit(3)'), full: 9 } })).toMatchObject({ passed: 0, failed: 1 });
  expect(await run(repositoryOf({}), { a: { command: ['no-such-program'], full: 9 } })).toMatchObject({ passed: 0, failed: 1 });
  const own = `console.log('7 passed, 2 failed'); process.exit(1)`;
  expect(await run(repositoryOf({}), { a: { command: node(own), full: 9 } })).toMatchObject({ passed: 7, failed: 2 });
});

test('what failed stands beside its suite in a few lines, and all that was printed behind the last suite', async () => {
  const root = repositoryOf({ 'tests/a.test.ts': aTest('expect(1).toBe(2);') });
  const own = `console.log('MISSED log: 0.3 x'); console.log('\\n'.repeat(99)); process.exitCode = 1`;
  const { lines } = await run(root, { a: { files: ['tests/*.test.ts'], full: 60 }, b: { command: node(own), full: 60 } });
  expect(lines.findIndex((line) => line.includes('one: AssertionError: expected 1 to be 2'))).toBeLessThan(4);
  expect(lines.indexOf('    MISSED log: 0.3 x')).toBeGreaterThan(lines.findIndex((line) => line.startsWith('FAILED b')));
  expect(lines.indexOf('    MISSED log: 0.3 x')).toBeLessThan(lines.findIndex((line) => line.startsWith('a printed:')));
});

test('the quick form names what it leaves out', async () => {
  const budget: Budget = {
    now: { command: node(''), full: 9, quick: 9 },
    later: { command: node(''), full: 9 },
    none: { files: ['x/*.test.ts'], full: 9, quick: 9 },
  };
  const { lines, passed } = await run(repositoryOf({}), budget, 'quick');
  expect(lines.at(-2)).toMatch(/^skipped: later \(full form only\); none \(no test files\)/);
  expect(passed).toBe(1);
});

test('a test file in no suite, or in two, fails by name', () => {
  const root = repositoryOf({ 'tests/a.test.ts': '', 'src/b.test.ts': '' });
  expect(budgetFaults(root, { a: { files: ['tests/*.test.ts'], full: 9 } })).toEqual(['src/b.test.ts is in no suite of tests/budget.json']);
  expect(budgetFaults(root, { a: { files: ['**/*.test.ts'], full: 9 }, b: { files: ['src/*.test.ts'], full: 9 } })).toEqual([
    'src/b.test.ts is in two suites, a and b',
  ]);
});

test('shares must fit into 45 minutes in full and 5 in quick form', () => {
  expect(budgetFaults(repositoryOf({}), { a: { command: ['true'], full: 2701, quick: 301 } })).toHaveLength(2);
  expect(budgetFaults(repository, readBudget(repository))).toEqual([]);
});
