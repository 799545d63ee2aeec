import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from '../../scripts/command.ts';
import { type Block, blocksOf, expectedLines, isAsExpected } from './blocks.ts';
import { runBlock, typeErrorsOf, writeBlocks } from './examples.ts';

mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache/blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('blocks of a page are found with their lines, other languages left alone', () => {
  const page =
    '# A\n\n```ts\nconst a = 1;\n```\n```sh\nnpm test\n```\n- b\n  ```ts no-run\n  b();\n    c();\n  ```\n```ts ignore\n?\n```\n';
  expect(blocksOf('a.md', page)).toEqual([
    { file: 'a.md', line: 4, code: 'const a = 1;', mode: 'run', isComment: false },
    { file: 'a.md', line: 11, code: 'b();\n  c();', mode: 'no-run', isComment: false },
    { file: 'a.md', line: 15, code: '?', mode: 'ignore', isComment: false },
  ]);
});

test('blocks of doc comments are found, those in strings and plain comments are not', () => {
  const text = `const a = '/** \`\`\`ts */';\n// \`\`\`ts\n/**\n * One.\n *\n * @example\n * \`\`\`ts\n * run();\n *   // out\n * \`\`\`\n */\nexport const b = 1;`;
  expect(blocksOf('src/a.ts', text)).toEqual([{ file: 'src/a.ts', line: 8, code: 'run();\n  // out', mode: 'run', isComment: true }]);
});

test('a misspelt mode and a block without an end are told', () => {
  expect(() => blocksOf('a.md', '```ts norun\n```')).toThrow('a.md:1: ```ts norun is unknown');
  expect(() => blocksOf('a.md', '\n```ts\n')).toThrow('a.md:2: this block never ends');
});

test('expected lines are those behind console.log and print, and the comments at the end', () => {
  const code = `// a heading\nlet a = 1; // not this\nconsole.log(a); //  1\nstream.to(print()); // 2\nconsole.log('// no');\n\n// three\n//   four  \n`;
  expect(expectedLines(code)).toEqual(['1', '2', 'three', 'four']);
  expect(expectedLines('// only words\na();')).toEqual([]);
});

test('… stands for anything within a line, and nothing else is a pattern', () => {
  expect(isAsExpected(['took 12 ms (a)', 'b'], ['took … ms (a)', 'b'])).toBe(true);
  expect(isAsExpected(['axb'], ['a.b'])).toBe(false);
  expect(isAsExpected(['a'], ['a', 'b'])).toBe(false);
  expect(isAsExpected(['a', 'b'], ['a'])).toBe(false);
});

test('a wrong type, a wrong output, an unannounced output and an exception are each told by the line of the page', async () => {
  const block = (code: string): Block => ({ file: 'a.md', line: 10, code, mode: 'run', isComment: false });
  const good = block('const n: number = 1;\nconsole.log(n); // 1');
  const wrongType = block('\nconst n: number = "1";');
  const [wrong, silent, thrown] = [block('console.log(2); // 1'), block('console.log(2);'), block(`throw new TypeError('no');`)];
  const files = writeBlocks([good, wrongType, wrong, silent, thrown], folder);
  const errors = await typeErrorsOf(files, folder);
  expect([...errors.values()]).toEqual([[expect.stringContaining('a.md:11:7: error TS2322')]]);
  expect(await runBlock(good, files.get(good) ?? '')).toBe('as its comments say');
  expect(await runBlock(wrong, files.get(wrong) ?? '')).toBe('a.md:10 printed\n2\nand its comments say\n1');
  expect(await runBlock(silent, files.get(silent) ?? '')).toContain('printed\n2\nand its comments say\n');
  expect(await runBlock(thrown, files.get(thrown) ?? '')).toContain('TypeError: no');
});

test('an example of a doc comment gets the imports it leaves out, types as types, but not what it declares itself', async () => {
  const code = `import { deflateSync as command } from 'node:zlib';\nconst outcome: Outcome = { exit: 0, stdout: root, stderr: '', seconds: 1 };\nconsole.log(outcome.exit, typeof command);\n// 0 function`;
  const block: Block = { file: 'scripts/command.ts', line: 1, code, mode: 'run', isComment: true };
  const files = writeBlocks([block], folder);
  expect((await typeErrorsOf(files, folder)).get(block)).toBeUndefined();
  expect(await runBlock(block, files.get(block) ?? '')).toBe('as its comments say');
});
