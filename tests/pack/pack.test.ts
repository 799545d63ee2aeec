// What `npm install headrace` gives a user: the packed file in an empty folder, from JavaScript and from TypeScript.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, type Outcome, root } from '../../scripts/command.ts';
import { blocksOf, expectedLines } from '../docs/blocks.ts';

/** A tarball above this has swallowed something it should not: sources, declarations and maps come to far less. */
const mostBytes = 2.5 * 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'headrace-pack-'));
let tarball: string;
let packed: readonly string[];

beforeAll(async () => {
  const pack = await command('npm', ['pack', '--json', '--pack-destination', folder]); // prepack builds
  expect(pack, pack.stderr).toMatchObject({ exit: 0 });
  const [{ filename, files }] = JSON.parse(pack.stdout.slice(pack.stdout.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ];
  tarball = join(folder, filename);
  packed = files.map((file) => file.path);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  const install = await command('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
  expect(install, install.stderr).toMatchObject({ exit: 0 });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a program into the user's folder and runs it. */
async function runProgram(file: string, code: string): Promise<Outcome> {
  writeFileSync(join(folder, file), code);
  return await command('node', [file], { cwd: folder, timeoutSeconds: 20 });
}

test('the package has no dependencies, no install scripts, and is small', () => {
  const own = JSON.parse(readFileSync(join(folder, 'node_modules/headrace/package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'])
    expect(own).not.toHaveProperty(kind);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) expect(own['scripts']).not.toHaveProperty(script);
  expect(statSync(tarball).size).toBeLessThan(mostBytes);
});

test('it holds the program, its sources and its licence, and no tests', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'src/index.ts',
      'README.md',
      'LICENSE',
      'package.json',
    ]),
  );
  expect(packed.filter((file) => !/^(dist\/|src\/|README\.md$|LICENSE$|package\.json$)/.test(file) || file.includes('.test.'))).toEqual([]);
});

test('the first program of the README prints what the README says, as plain JavaScript', async () => {
  const first = blocksOf('README.md', readFileSync(join(root, 'README.md'), 'utf8'))[0];
  expect(first?.code).toContain(`from 'headrace'`);
  const { exit, stdout, stderr } = await runProgram('readme.js', first?.code ?? '');
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toEqual(expectedLines(first?.code ?? ''));
  expect(exit).toBe(0);
});

test('eight lines without a broker run from plain JavaScript', async () => {
  const hello = `
    import { pipeline, print, run, values } from 'headrace';
    const hello = pipeline('hello').from(values([3, 1, 4, 1, 5, 9, 2, 6])).map((n) => n * n).filter((n) => n > 10).to(print());
    const report = await run(hello);
    console.log(report.in, report.out);`;
  const { exit, stdout, stderr } = await runProgram('hello.js', hello);
  expect({ exit, stderr, lines: stdout.trim().split('\n') }).toEqual({ exit: 0, stderr: '', lines: ['16', '25', '81', '36', '8 4'] });
});

test('importing it loads nothing but itself and Node', async () => {
  const spy = `
    import { registerHooks } from 'node:module';
    const foreign = [];
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (!found.url.startsWith('node:') && !found.url.includes('/node_modules/headrace/dist/')) foreign.push(found.url);
      return found;
    } });
    for (const entry of ['', '/buffers', '/connectors/files', '/runtimes/embedded']) await import('headrace' + entry);
    console.log(JSON.stringify(foreign));`;
  const { stdout, stderr } = await runProgram('spy.js', spy);
  expect(stdout.trim(), stderr).toBe('[]');
});

const user = `
import { csv, json, pipeline, print, run, values } from 'headrace';
import { StreamBuffer } from 'headrace/buffers';
import * as files from 'headrace/connectors/files';
import { embedded } from 'headrace/runtimes/embedded';
import * as testing from 'headrace/testing';

const squares = pipeline('squares').from(values([1, 2, 3])).map((n) => ({ square: n * n }));
squares.filter((each) => each.square > 1).to(print());
// @ts-expect-error: types flow through the chain, so a wrong field is an error
squares.filter((each) => each.sqare > 1);

const purchases = csv({ columns: { id: 'integer', land: { as: 'string', oneOf: ['CH', 'DE'] } } });
const bought = pipeline('bought').from(files.fileSource('in/*.csv.gz', purchases));
bought.filter((row) => row.id > 1 && row.land === 'CH').to(print());
// @ts-expect-error: 'FR' is none of the lands
bought.filter((row) => row.land === 'FR');
const cities = pipeline('cities').from(files.stdin(json({ columns: { city: { as: 'string?', from: 'user.city' } } })));
cities.map((row) => row.city?.length ?? 0).to(print());
// @ts-expect-error: the city may be null
cities.map((row) => row.city.length);

const buffer = new StreamBuffer<number>({ items: 8 });
export const next: Promise<number | undefined> | number | undefined = buffer.read();
export const runtime = embedded();
export const report = await run(pipeline('other').from(values([1])).to(print()), { runtime });
export const counts: [number, number] = [report.in, report.out];
export const modules: object[] = [files, testing];
`;

test.each([
  ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }],
])('a TypeScript program of a user compiles with moduleResolution %s', async (kind, options) => {
  const place = join(folder, kind);
  mkdirSync(place);
  writeFileSync(join(place, 'user.ts'), user);
  const compilerOptions = {
    ...options,
    target: 'esnext',
    lib: ['esnext'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false, // Our declarations are checked too.
    typeRoots: [join(root, 'node_modules/@types')],
    types: ['node'],
  };
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['user.ts'] }));
  const { exit, stdout } = await command('tsc', ['-p', place], { cwd: place });
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' });
});

/** Packed CSV to JSON lines and back. */
const throughFiles = `
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { csv, json, pipeline, print, run } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
writeFileSync('in.csv.gz', gzipSync('land,id,more\\nCH,1,"a, ""b"""\\nDE,2,\\n'));
const purchases = csv({ columns: { id: 'integer', land: { as: 'string', oneOf: ['CH', 'DE'] } } });
const cities = json({ columns: { id: 'integer', city: { as: 'string', from: 'user.city' } } });
const there = pipeline('there').from(fileSource('in.csv.gz', purchases)).map(({ id, land }) => ({ id, city: 'in ' + land }));
await run(there.to(fileSink('out.jsonl', cities)));
await run(pipeline('back').from(fileSource('out.jsonl', cities)).to(print((row) => row.id + ' ' + row.city)));`;

test.each([[[]], [['--jitless']]])(
  'columns of CSV and of JSON lines are read and written by the package alone: node %j',
  async (options) => {
    writeFileSync(join(folder, 'columns.js'), throughFiles);
    const { exit, stdout, stderr } = await command('node', [...options, 'columns.js'], { cwd: folder, timeoutSeconds: 20 });
    expect({ exit, stdout }, stderr).toEqual({ exit: 0, stdout: '1 in CH\n2 in DE\n' });
  },
);

/** A module of a user whose records are worked on by two threads. */
const threaded = `
import { pipeline, print, run, values } from 'headrace';
const shop = pipeline('shop').from(values([1, 2, 3, 4])).onWorkers('square', 2, (numbers) => numbers.map((n) => n * n)).to(print());
export default shop;
if (import.meta.main) await run(shop, { module: import.meta.url });`;

test('threads find their own files and the functions of a plain JavaScript module', async () => {
  const { exit, stdout, stderr } = await runProgram('threaded.js', threaded);
  expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: '1\n4\n9\n16\n', stderr: '' });
});

test.each(['on-threads', 'checkpoints', 'topics'])('the example %s runs from the package, as TypeScript', async (name) => {
  const page = readFileSync(join(root, 'examples/README.md'), 'utf8');
  const shown = new RegExp(`^## ${name}\\n[^]*?\`\`\`text\\n([^]*?)\`\`\``, 'm').exec(page)?.[1];
  const code = readFileSync(join(root, `examples/${name}/main.ts`), 'utf8');
  const { exit, stdout, stderr } = await runProgram(`${name}.ts`, code);
  expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: shown, stderr: '' });
});

test('simulate runs under node:test, and a part that forgets is found with its seed', async () => {
  const program = `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate, simulateMany } from 'headrace/testing';
test('a part that remembers', async () => {
  await using lab = await simulate((numbers) => numbers.scan('total', () => 0, (total, n) => total + n));
  await lab.send(1, 2);
  await lab.crash();
  await lab.send(3);
  assert.deepEqual(lab.take(), [1, 3, 6]);
});
let total = 0;
test('a part that forgets', async () => {
  await simulateMany((numbers) => numbers.map((n) => (total += n)), async (lab) => {
    await lab.send(1, 2);
    await lab.crash();
    await lab.send(3);
    return lab.take();
  });
});`;
  writeFileSync(join(folder, 'simulated.test.js'), program);
  const { exit, stdout } = await command('node', ['--test', '--test-reporter=tap', 'simulated.test.js'], {
    cwd: folder,
    timeoutSeconds: 30,
  });
  expect(exit).toBe(1);
  expect(stdout).toMatch(/^\s*ok 1 - a part that remembers$/m);
  expect(stdout).toMatch(/^\s*not ok 2 - a part that forgets$/m);
  expect(stdout).toMatch(/Repeat it alone with \{ seed: .1-\d+., runs: 1 \}/);
});

test('so does the installed command', async () => {
  writeFileSync(join(folder, 'threaded.js'), threaded);
  const { exit, stdout } = await command('node', ['node_modules/headrace/dist/cli/main.js', 'run', 'threaded.js', '--quiet'], {
    cwd: folder,
  });
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: '1\n4\n9\n16\n' });
});

test('a module that was bundled finds its functions too, as long as Headrace is not in the bundle', async () => {
  writeFileSync(join(folder, 'threaded.js'), threaded);
  const apart = ['threaded.js', '--file', 'apart.js', '--platform', 'node', '--external', 'headrace'];
  expect(await command('rolldown', apart, { cwd: folder })).toMatchObject({ exit: 0 });
  const { exit, stdout, stderr } = await command('node', ['apart.js'], { cwd: folder, timeoutSeconds: 20 });
  expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: '1\n4\n9\n16\n', stderr: '' });
});

test.each([
  ['one file', ['--file', 'whole.js', '--no-code-splitting'], 'whole.js'],
  ['several files', ['--dir', 'whole'], 'whole/threaded.js'],
])('Headrace bundled into %s refuses threads with what to write', async (_what, options, bundle) => {
  writeFileSync(join(folder, 'threaded.js'), threaded);
  expect(await command('rolldown', ['threaded.js', '--platform', 'node', ...options], { cwd: folder })).toMatchObject({ exit: 0 });
  const { exit, stderr } = await command('node', [bundle], { cwd: folder, timeoutSeconds: 20 });
  expect(exit).toBe(1);
  expect(stderr).toContain('HeadraceError: Headrace was bundled into the program, and threads need its own files (file://');
  expect(stderr).toContain('Leave it out of the bundle (esbuild --external:headrace');
});
