// Every ```ts block of the README, of docs/ and of doc comments is compiled, run, and its output compared.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/command.ts';
import { type Block, blocksOf } from './blocks.ts';
import { runBlock, typeErrorsOf, writeBlocks } from './examples.ts';

const pages = ['README.md', 'docs/**/*.md', 'src/**/*.ts'].flatMap((glob) => globSync(glob, { cwd: root }).sort());
const blocks = pages.filter((file) => !file.endsWith('.test.ts')).flatMap((file) => blocksOf(file, readFileSync(join(root, file), 'utf8')));
const examples = blocks.filter((block) => block.mode !== 'ignore');

mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache/docs-')); // Inside the repository, where 'headrace' means its sources.
let files: ReadonlyMap<Block, string>;
let typeErrors: ReadonlyMap<Block, readonly string[]>;

beforeAll(async () => {
  files = writeBlocks(blocks, folder);
  typeErrors = await typeErrorsOf(files, folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there is a README, and hardly a block is left out', () => {
  const at = (mode: Block['mode']): string[] => blocks.filter((block) => block.mode === mode).map((block) => `${block.file}:${block.line}`);
  console.log(
    `${blocks.length} blocks, ${at('no-run').length} of them only compiled, ${at('ignore').length} ignored: ${at('ignore').join(', ')}`,
  );
  expect(pages).toContain('README.md');
  expect(at('ignore').length).toBeLessThanOrEqual(Math.ceil(blocks.length / 20));
});

// Vitest runs two of these at a time (maxConcurrency).
test.concurrent.each(examples.map((block) => ({ block, at: `${block.file}:${block.line}` })))(
  '$at does what it says',
  async ({ block }) => {
    expect(typeErrors.get(block) ?? []).toEqual([]);
    if (block.mode === 'run') expect(await runBlock(block, files.get(block) ?? '')).toBe('as its comments say');
  },
);
