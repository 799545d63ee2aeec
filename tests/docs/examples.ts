import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { command, root } from '../../scripts/command.ts';
import { type Block, expectedLines, isAsExpected } from './blocks.ts';
import { missingImports } from './imports.ts';

/** Writes each block as a program of its own; answers where. The block's first line is line 2 there. */
export function writeBlocks(blocks: readonly Block[], folder: string): ReadonlyMap<Block, string> {
  const files = new Map<Block, string>();
  for (const [at, block] of blocks.entries()) {
    if (block.mode === 'ignore') continue;
    const file = join(folder, `${String(at).padStart(4, '0')}.ts`);
    const imports = block.isComment ? missingImports(block, root, folder) : '';
    writeFileSync(file, `${imports} export {};\n${block.code}\n`);
    files.set(block, file);
  }
  return files;
}

/** Compiles all blocks in one run; answers the errors of each by the line of its own page. */
export async function typeErrorsOf(files: ReadonlyMap<Block, string>, folder: string): Promise<ReadonlyMap<Block, readonly string[]>> {
  const compilerOptions = { isolatedDeclarations: false, declaration: false };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
  );
  const { exit, stdout, stderr } = await command('tsc', ['-p', folder, '--pretty', 'false']);
  const blocks = new Map([...files].map(([block, file]) => [basename(file), block]));
  const errors = new Map<Block, string[]>();
  let last: string[] | undefined;
  for (const text of stdout.split('\n')) {
    const [, file = '', line, column, message] = /^(.*)\((\d+),(\d+)\): (.*)$/.exec(text) ?? [];
    const block = blocks.get(basename(file));
    if (block) {
      last = errors.get(block) ?? [];
      errors.set(block, last);
      last.push(`${block.file}:${block.line + Number(line) - 2}:${column}: ${message}`);
    } else if (text.startsWith(' ')) last?.push(text);
    else last = undefined; // An error in src itself, which is for the compiler to tell, not for the examples.
  }
  if (exit !== 0 && stdout.trim() === '') throw new Error(`tsc did not run: ${stderr}`);
  return errors;
}

/** Runs a block and answers 'as its comments say', or what differs. */
export async function runBlock(block: Block, file: string): Promise<string> {
  const { exit, stdout, stderr } = await command('node', ['--conditions=headrace-source', file], { timeoutSeconds: 20 });
  const printed = linesOf(stdout);
  if (exit !== 0) return `${block.file}:${block.line} ended with ${exit}\n${[...printed, ...linesOf(stderr)].join('\n')}`;
  const expected = expectedLines(block.code);
  if (isAsExpected(printed, expected)) return 'as its comments say';
  return `${block.file}:${block.line} printed\n${printed.join('\n')}\nand its comments say\n${expected.join('\n')}`;
}

/** Lines without spaces around them; empty ones at the end do not count. */
function linesOf(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  return text.trim() === '' ? [] : lines.map((line) => line.trim());
}
