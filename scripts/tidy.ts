// Reads src/**/*.ts and answers with every breach of the rules of the house: `node scripts/tidy.ts`.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.ts';
import { findCycles, findFloors } from './tidy/floors.ts';
import { type Finding, type Module, readModule } from './tidy/module.ts';
import { findNames, findPromises, findSizes } from './tidy/words.ts';
import { findBareErrors, findWorld } from './tidy/world.ts';

/** Paths from the repository's root to the text of each file. */
export type Tree = ReadonlyMap<string, string>;

/** All findings, by file and line. */
export function tidy(tree: Tree, sizes: Readonly<Record<string, number>> = {}): Finding[] {
  const modules = new Map<string, Module>();
  for (const [file, text] of tree) modules.set(file, readModule(file, text));
  const perFile = [findErrors, findFloors, findWorld, findBareErrors, findNames, findPromises];
  const found = [...modules.values()].flatMap((module) => perFile.flatMap((rule) => rule(module)));
  found.push(...findCycles(modules), ...findSizes(modules, sizes));
  return found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** What cannot be parsed cannot be vouched for. */
function findErrors(module: Module): Finding[] {
  return module.errors.map((message) => ({ file: module.file, line: 1, message: `cannot be parsed: ${message}` }));
}

export function readTree(): Tree {
  const files = globSync('src/**/*.ts', { cwd: root }).sort();
  return new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]));
}

export function readSizes(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(join(root, 'scripts/tidy-sizes.json'), 'utf8')) as Record<string, number>;
}

if (import.meta.main) {
  const tree = readTree();
  const found = tidy(tree, readSizes());
  for (const { file, line, message } of found) console.log(`${file}:${line}: ${message}`);
  console.log(`${tree.size} files, ${found.length} findings`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
