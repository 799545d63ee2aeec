// Files and pipes of a real machine: what its kernel tells of folders, and what a shell puts before the program.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { fileSource } from '../../src/connectors/files/index.ts';
import { each, pipeline, run, type Source, start, text } from '../../src/index.ts';
import { compileCache, main, modules } from '../cli/headrace.ts';

let folder: string;
let made: ReturnType<typeof modules>;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  const head = `import { pipeline, print, text } from 'headrace';\nimport { stdin } from 'headrace/connectors/files';\n`;
  made = modules({
    'lengths.ts': `${head}const add = (sum: number, length: number): number => sum + length;
export default pipeline('lengths').from(stdin(text())).map((line) => line.length).scan('sum', () => 0, add).to(print());`,
    'echo.ts': `${head}export default pipeline('echo').from(stdin(text())).to(print());`,
  });
});
afterAll(() => made.remove());

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop().catch(() => {});
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** Runs a source in this process; `until` waits for a value, driven by what comes and not by a clock. */
async function reading(
  source: Source<string>,
): Promise<{ readonly said: string[]; until(value: string): Promise<void>; stop(): Promise<unknown> }> {
  const said: string[] = [];
  let tell: (() => void) | undefined;
  const keep = each((value: string) => {
    said.push(value);
    tell?.();
  });
  const running = await start(pipeline('reading').from(source).to(keep));
  stops.push(() => running.stop());
  return {
    said,
    until: (value) =>
      new Promise((resolve, reject) => {
        tell = () => said.includes(value) && resolve();
        running.done.then(() => reject(new Error('it has ended')), reject);
        tell();
      }),
    stop: () => running.stop(),
  };
}

test('a watched folder: the kernel tells of new files, long before it is time to look', async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-watch-'));
  writeFileSync(join(folder, 'a'), 'a1\na2\n');
  const watched = await reading(fileSource(folder, text(), { watch: true, settle: 0, lookEvery: '1h' }));
  await watched.until('a2');
  for (let i = 0; i < 5; i++) {
    writeFileSync(join(folder, '.new'), `${i}\n`);
    renameSync(join(folder, '.new'), join(folder, `b${i}`));
    await watched.until(`${i}`);
  }
  await watched.stop();
  expect(watched.said).toEqual(['a1', 'a2', '0', '1', '2', '3', '4']);
});

test('a file that is followed: appended, renamed, cut, and there only later', async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-tail-'));
  const log = join(folder, 'app.log');
  const followed = await reading(fileSource(log, text(), { tail: true, settle: '10ms', lookEvery: '1h' }));
  writeFileSync(log, 'a1\n');
  await followed.until('a1');
  appendFileSync(log, 'a2\nhalf');
  await followed.until('a2');
  appendFileSync(log, ' a line\n');
  await followed.until('half a line');
  renameSync(log, `${log}.1`);
  appendFileSync(`${log}.1`, 'late\n');
  await followed.until('late');
  writeFileSync(log, 'b1\n');
  await followed.until('b1');
  truncateSync(log);
  writeFileSync(log, 'c1\n');
  await followed.until('c1');
  await followed.stop();
  expect(followed.said).toEqual(['a1', 'a2', 'half a line', 'late', 'b1', 'c1']);
});

test('links that lead round are not followed for ever, and a file of the system is read to its end', async () => {
  folder = mkdtempSync(join(tmpdir(), 'headrace-links-'));
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  writeFileSync(join(folder, 'a/b/file'), 'once\n');
  symlinkSync(join(folder, 'a'), join(folder, 'a/b/round'));
  symlinkSync(folder, join(folder, 'a/home'));
  const said: string[] = [];
  await run(
    pipeline('links')
      .from(fileSource(`${folder}/**`, text()))
      .to(each((value: string) => void said.push(value))),
  );
  expect(said).toEqual(['once']);
  const lines: string[] = [];
  await run(
    pipeline('system')
      .from(fileSource('/proc/self/status', text()))
      .to(each((value: string) => void lines.push(value))),
  );
  expect(lines.length).toBeGreaterThan(10);
});

const program = ['--conditions=headrace-source', '--no-warnings', main, 'run'];

/** Starts a program in the folder of modules, and gathers what it says. */
async function ran(command: string, args: readonly string[], begin?: (child: ChildProcess, said: () => string) => void) {
  const child = spawn(command, args, {
    cwd: made.folder,
    env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: compileCache },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString();
  });
  begin?.(child, () => said);
  const exit = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exit, lines: said.trimEnd().split('\n'), errors };
}

const piped = (before: string, module: string): ReturnType<typeof ran> =>
  ran('bash', ['-c', `${before} | exec ${[process.execPath, ...program, module].join(' ')}`]);

test('what a shell pipes into headrace run is read to its end', async () => {
  const { exit, lines, errors } = await piped('seq 1 200000', 'lengths.ts');
  expect([exit, lines.length, lines.at(-1)], errors).toEqual([0, 200_000, String(9 + 180 + 2700 + 36_000 + 450_000 + 600_006)]);
  const packed = await piped('seq 1 2000 | gzip', 'lengths.ts');
  expect([packed.exit, packed.lines.length]).toEqual([0, 2000]);
});

test('Ctrl-C stops a run whose pipe stays open, with a report', async () => {
  const { exit, lines, errors } = await ran(process.execPath, [...program, 'echo.ts'], (child, said) => {
    child.stdin!.write('one\ntwo\n');
    child.stdout!.on('data', () => said().includes('two') && child.kill('SIGINT'));
  });
  expect([exit, lines], errors).toEqual([0, ['one', 'two']]);
  expect(errors).toContain('"ended":"stop"');
});

test('the plan says that a pipe is read at most once', async () => {
  const { lines, errors } = await ran(process.execPath, [...program.slice(0, -1), 'plan', 'echo.ts']);
  expect(lines.join('\n'), errors).toContain('at most once');
});
