import { expect, test } from 'vitest';
import { readSizes, readTree, tidy } from './tidy.ts';

/** What tidy says about a few files, as `file:line: message`. */
function findings(files: Readonly<Record<string, string>>, sizes: Readonly<Record<string, number>> = {}): string[] {
  return tidy(new Map(Object.entries(files)), sizes).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

const lines = (count: number): string => 'export {};\n'.repeat(count);

test('our own house is tidy', () => {
  expect(tidy(readTree(), readSizes())).toEqual([]);
});

test('a tidy house has no findings', () => {
  const files = {
    'src/index.ts': `export * from './pipeline/pipeline.ts';\nexport { run } from './runtime/run.ts';\nexport * from './buffers/index.ts';`,
    'src/core/error.ts': 'export const one = 1;',
    'src/base/clock.ts': `import '../core/error.ts'; export const now = (): number => Date.now();`,
    'src/buffers/index.ts': `export * from './stream-buffer.ts';`,
    'src/buffers/stream-buffer.ts': `import '../core/error.ts'; queueMicrotask(() => {}); const at = new Date(5);`,
    'src/connectors/files/index.ts': `import { readFile } from 'node:fs/promises'; import './lines.ts'; setTimeout(readFile, 1);`,
    'src/connectors/files/lines.ts': `import '../../base/clock.ts';`,
    'src/pipeline/pipeline.ts': `import type { One } from '../core/error.ts';`,
    'src/pipeline/pipeline.test.ts': `import { run } from '../runtime/run.ts'; throw new Error('a fault on purpose');`,
    'src/runtime/run.ts': `import '../pipeline/pipeline.ts'; import '../base/clock.ts';`,
  };
  expect(findings(files)).toEqual([]);
});

test('an import from a higher floor is found, with both floors', () => {
  expect(findings({ 'src/operators/map.ts': `\nimport { run } from '../runtime/run.ts';`, 'src/runtime/run.ts': '' })).toEqual([
    'src/operators/map.ts:2: imports src/runtime/run.ts (operators is floor 2, runtime is floor 4: imports point down)',
  ]);
});

test.each([
  [`import type { A } from '../base/clock.ts';`],
  [`export * from '../base/clock.ts';`],
  [`export type { A } from '../base/clock.ts';`],
  [`const late = await import('../base/clock.ts');`],
  [`type A = import('../base/clock.ts').A;`],
])('core imports only core, in whatever form: %s', (text) => {
  expect(findings({ 'src/core/chunk.ts': text, 'src/base/clock.ts': '' })).toEqual([
    expect.stringContaining('core is floor 0, base is floor 0.5'),
  ]);
});

test('rooms of one floor do not import each other', () => {
  expect(findings({ 'src/buffers/a.ts': `import '../codecs/json.ts';`, 'src/codecs/json.ts': '' })).toEqual([
    'src/buffers/a.ts:1: imports src/codecs/json.ts (buffers and codecs are both on floor 1: they meet through an interface in core)',
  ]);
});

test('a connector does not import another', () => {
  expect(findings({ 'src/connectors/s3/source.ts': `import '../http/client.ts';`, 'src/connectors/http/client.ts': '' })).toEqual([
    expect.stringContaining('a connector never imports another'),
  ]);
});

test('only tests import the published kits', () => {
  expect(findings({ 'src/cli/main.ts': `import '../testing/kit.ts';`, 'src/testing/kit.ts': '' })).toEqual([
    expect.stringContaining('only tests'),
  ]);
  expect(findings({ 'src/core/a.test.ts': `import '../testing/kit.ts';`, 'src/testing/kit.ts': '' })).toEqual([]);
});

test('a room that is not in the house is found', () => {
  expect(findings({ 'src/attic/box.ts': `import '../core/a.ts';`, 'src/core/a.ts': '' })).toEqual([
    expect.stringContaining('attic is no room'),
  ]);
  expect(findings({ 'src/cli/main.ts': `import '../attic/box.ts';`, 'src/attic/box.ts': '' })).toEqual([
    expect.stringContaining('attic is no room'),
  ]);
});

test('code that is published imports nothing from outside src, and no test', () => {
  expect(findings({ 'src/cli/main.ts': `import '../../scripts/command.ts';` })).toEqual([expect.stringContaining('outside src')]);
  expect(findings({ 'src/cli/main.ts': `import './a.test.ts';`, 'src/cli/a.test.ts': '' })).toEqual([
    expect.stringContaining('imports the test'),
  ]);
});

test('a cycle is found once and drawn', () => {
  const ring = {
    'src/core/a.ts': `import './b.ts';`,
    'src/core/b.ts': `import './c.ts';`,
    'src/core/c.ts': `\nimport { type A, a } from './a.ts';`,
  };
  expect(findings(ring)).toEqual(['src/core/c.ts:2: closes a cycle: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts']);
});

test('types may refer to each other in a ring', () => {
  expect(
    findings({ 'src/core/a.ts': `import './b.ts';`, 'src/core/b.ts': `import type { A } from './a.ts'; export type { B } from './a.ts';` }),
  ).toEqual([]);
});

test('an index.ts is not imported from inside', () => {
  expect(findings({ 'src/runtime/run.ts': `import '../buffers/index.ts';`, 'src/buffers/index.ts': '' })).toEqual([
    expect.stringContaining('an index.ts is for users'),
  ]);
  expect(findings({ 'src/runtime/run.ts': `import { run } from 'headrace';` })).toEqual([
    expect.stringContaining('inside src name the file'),
  ]);
});

test.each([
  ['Date.now()', 'Clock'],
  ['new Date()', 'Clock'],
  ['Date()', 'Clock'],
  ['performance.now()', 'Clock'],
  ['globalThis.performance.now()', 'Clock'],
  ['process.hrtime.bigint()', 'Clock'],
  ['Math.random()', 'Random'],
  [`Math['random']()`, 'Random'],
  ['setTimeout(go, 1)', 'Scheduler'],
  ['globalThis.setTimeout(go, 1)', 'Scheduler'],
  ['setInterval(go, 1)', 'Scheduler'],
  ['setImmediate(go)', 'Scheduler'],
  ['const later = setTimeout', 'Scheduler'],
  ['const timers = { setTimeout }', 'Scheduler'],
  [`import { readFile } from 'node:fs'`, 'Files'],
  [`import { readFile } from 'fs'`, 'Files'],
  [`import { readFile } from 'node:fs/promises'`, 'Files'],
  [`const fs = await import('node:fs')`, 'Files'],
  [`import { setTimeout as wait } from 'node:timers/promises'`, 'Scheduler'],
])('the world is not taken directly: %s', (text, door) => {
  const found = findings({ 'src/runtime/run.ts': `\n${text};` });
  expect(found.length).toBeGreaterThan(0);
  expect(found[0]).toMatch(/^src\/runtime\/run\.ts:2: /);
  expect(found[0]).toContain(`use the ${door} it is given`);
});

test('the clock room may not throw dice elsewhere in base', () => {
  expect(findings({ 'src/base/queue.ts': 'Math.random();' })).toHaveLength(1);
  expect(findings({ 'src/base/random-seeded.ts': 'Math.random();' })).toEqual([]);
});

test('words in comments, strings, templates, patterns and property names do not fool it', () => {
  const text = `
    // Date.now() and setTimeout(x) and import '../runtime/run.ts' and throw new Error('x')
    /* import x from 'node:fs'; */
    const a = "import '../cli/main.ts'; Date.now()", b = \`setTimeout(\${a}) new Date()\`, c = /setTimeout\\(Math.random\\(\\)/;
    const d = { setTimeout: 1, now: Date.parse, TODO: 2 };
    d.setTimeout; const todo = 'TODO'; class Timers { setImmediate() {} }
    export { a, b, c, todo };`;
  expect(findings({ 'src/core/a.ts': text })).toEqual([]);
});

test('a bare Error is found outside tests', () => {
  const text = `function f() {\n  throw new Error('no');\n}`;
  expect(findings({ 'src/core/a.ts': text })).toEqual([expect.stringMatching(/^src\/core\/a\.ts:2: throws a bare Error/)]);
  expect(findings({ 'src/core/a.test.ts': text })).toEqual([]);
});

test('work left for later is found, at its line', () => {
  expect(findings({ 'src/core/a.ts': '/*\n * TODO: more\n */' })).toEqual([expect.stringContaining('src/core/a.ts:2: leaves a TODO')]);
  expect(findings({ 'src/core/a.ts': '// FIXME' })).toEqual([expect.stringContaining('leaves a FIXME')]);
});

test.each(['manager', 'helper', 'util', 'processor', 'data', 'job'])('the name %s is found in files and exports', (word) => {
  const upper = word[0]?.toUpperCase() + word.slice(1);
  expect(findings({ [`src/core/${word}s.ts`]: '' })).toHaveLength(1);
  expect(findings({ [`src/core/${word}/a.ts`]: '' })).toHaveLength(1);
  expect(findings({ 'src/core/a.ts': `export class Read${upper} {}` })).toHaveLength(1);
  expect(findings({ 'src/core/a.ts': `export type ${upper} = 1; type Inner${upper} = 2; export const met${word}a = 1;` })).toHaveLength(1);
});

test('a file of more than 320 lines is found, unless listed; listed files only shrink', () => {
  const long = { 'src/core/a.ts': lines(400) };
  expect(findings({ 'src/core/a.ts': lines(320) })).toEqual([]);
  expect(findings({ 'src/core/a.ts': lines(321) })).toEqual([expect.stringContaining('has 321 lines')]);
  expect(findings(long, { 'src/core/a.ts': 400 })).toEqual([]);
  expect(findings(long, { 'src/core/a.ts': 399 })).toEqual([expect.stringContaining('may only shrink from 399')]);
  expect(findings(long, { 'src/core/a.ts': 401 })).toEqual([expect.stringContaining('write 400 instead of 401')]);
  expect(findings({ 'src/core/a.ts': '' }, { 'src/core/a.ts': 400 })).toEqual([expect.stringContaining('remove it')]);
  expect(findings({}, { 'src/core/gone.ts': 400 })).toEqual([expect.stringContaining('remove it')]);
});

test('what cannot be parsed is found', () => {
  expect(findings({ 'src/core/a.ts': 'const = ;' })).toEqual([expect.stringContaining('cannot be parsed')]);
});
