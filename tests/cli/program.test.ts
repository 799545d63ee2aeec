// Everything of the program but `run`: help, versions, `doctor`, and which copy of Headrace it is.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/command.ts';
import { headrace } from './headrace.ts';

const here = { cwd: root };

test('--version says the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  for (const flag of ['--version', '-v'])
    expect(await headrace([flag], here)).toMatchObject({ exit: 0, stdout: `${version}\n`, stderr: '' });
});

test('each command has a help page, and there is one for all', async () => {
  const [all, run, doctor] = await Promise.all([
    headrace(['--help'], here),
    headrace(['run', '--help'], here),
    headrace(['help', 'doctor'], here),
  ]);
  expect(all.stdout).toMatch(/^headrace: .*\n\n {2}headrace run shop\.ts/);
  expect(run.stdout).toMatch(/^headrace run <file> \[options\]/);
  expect(doctor.stdout).toMatch(/^headrace doctor \[options\]/);
  expect([all, run, doctor].map(({ exit, stderr }) => ({ exit, stderr }))).toEqual(Array(3).fill({ exit: 0, stderr: '' }));
  for (const line of `${all.stdout}${run.stdout}${doctor.stdout}`.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

test('without a command it shows the help and ends with 2', async () => {
  const { exit, stdout, stderr } = await headrace([], here);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
  expect(stderr).toMatch(/^headrace: /);
});

test.each([
  ['rnu', "HR_USAGE: there is no command 'rnu'. Did you mean 'run'? `headrace --help` lists the commands.\n"],
  [
    'shop.ts',
    "HR_USAGE: there is no command 'shop.ts'. To run a file, write: headrace run shop.ts. `headrace --help` lists the commands.\n",
  ],
  ['frobnicate', "HR_USAGE: there is no command 'frobnicate'. `headrace --help` lists the commands.\n"],
])('%s is no command: 2, and what was most likely meant', async (command, message) => {
  expect(await headrace([command], here)).toMatchObject({ exit: 2, stdout: '', stderr: message });
});

test('doctor has a line for each check', async () => {
  const { exit, stdout } = await headrace(['doctor'], here);
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines) expect(line).toMatch(/^(ok {2}|warn|fail) {2}\S/);
  expect(lines.map((line) => line.slice(6, 21).trim())).toEqual([
    'node',
    'memory',
    'heap',
    'cores',
    'code generation',
    'temp folder',
    'open files',
    'clock',
  ]);
  expect(exit).toBe(/^fail/m.test(stdout) ? 1 : 0);
});

test('doctor --json says the same for programs, and a folder that cannot be written ends it with 1', async () => {
  const missing = join(tmpdir(), 'headrace-no-such-folder');
  const { exit, stdout } = await headrace(['doctor', '--json'], { ...here, env: { TMPDIR: missing } });
  const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string; what: string; todo?: string }[] };
  expect(exit).toBe(1);
  expect(checks.find(({ name }) => name === 'temp folder')).toEqual({
    name: 'temp folder',
    result: 'fail',
    what: expect.stringContaining('ENOENT') as string,
    todo: 'Make room or set TMPDIR to another folder.',
  });
});

test('a headrace from elsewhere hands over to the one that the module imports', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-copy-'));
  try {
    const copy = join(folder, 'node_modules/headrace');
    mkdirSync(join(copy, 'dist/cli'), { recursive: true });
    writeFileSync(join(copy, 'package.json'), JSON.stringify({ name: 'headrace', type: 'module', exports: './dist/index.js' }));
    writeFileSync(join(copy, 'dist/index.js'), '');
    writeFileSync(join(copy, 'dist/cli/main.js'), `console.log('the other copy', process.argv.slice(2).join(' '));`);
    writeFileSync(join(folder, 'shop.mjs'), '');
    expect(await headrace(['run', 'shop.mjs', '--quiet'], { cwd: folder })).toEqual({
      exit: 0,
      signal: null,
      stdout: 'the other copy run shop.mjs --quiet\n',
      stderr: '',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the page on the command line names every option and every exit code', async () => {
  const page = readFileSync(join(root, 'docs/cli.md'), 'utf8');
  const help = (await headrace(['help', 'run'], here)).stdout + (await headrace(['help', 'doctor'], here)).stdout;
  for (const [option] of help.matchAll(/--[a-z]+/g)) expect(page).toContain(`\`${option}`);
  for (const code of ['0', '1', '2', '3', '130, 143']) expect(page).toContain(`\n| ${code} | `);
});
