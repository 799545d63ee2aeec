import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync, type Program } from 'oxc-parser';
import type { Block } from './blocks.ts';

const worlds = ['src/base/virtual-world.ts', 'src/base/virtual-files.ts', 'src/base/real-world.ts'];

type Names = ReadonlyMap<string, { readonly isType: boolean }>;

/**
 * The import lines an example in a doc comment leaves out, on one line, so that line numbers stay easy to map.
 * A name is looked for in 'headrace', then in the entry point of its room, then in its own file, then among the worlds.
 */
export function missingImports(block: Block, root: string, generatedIn: string): string {
  const { program } = parseSync('block.ts', block.code);
  const declared = declaredNames(program);
  const used = [...new Set(identifiers(program))].filter((name) => !declared.has(name));
  const room = /^src\/(buffers|models|serving|testing|connectors\/[^/]+)\//.exec(block.file)?.[1];
  const places: [from: string, file: string][] = [['headrace', 'src/index.ts']];
  if (room) places.push([`headrace/${room}`, `src/${room}/index.ts`]);
  // What is no entry point is shown in a world of its own.
  for (const file of [block.file, ...(block.file.startsWith('src/') ? worlds : [])])
    places.push([relative(generatedIn, join(root, file)).replace(/^(?!\.)/, './'), file]);
  const found = new Map<string, string>();
  for (const [from, file] of places) {
    const names = exportsOf(join(root, file));
    for (const name of used) {
      const known = names.get(name);
      if (known && !found.has(name)) found.set(name, `import { ${known.isType ? 'type ' : ''}${name} } from '${from}';`);
    }
  }
  return [...found.values()].join(' ');
}

const cache = new Map<string, Names>();

/** What a file exports, `export *` included. */
function exportsOf(file: string): Names {
  const kept = cache.get(file);
  if (kept) return kept;
  const names = new Map<string, { isType: boolean }>();
  cache.set(file, names);
  if (!existsSync(file)) return names;
  for (const statement of parseSync(file, readFileSync(file, 'utf8')).module.staticExports) {
    for (const { exportName, isType, moduleRequest } of statement.entries) {
      if (exportName.name !== null) names.set(exportName.name, { isType });
      else if (moduleRequest) {
        for (const [name, known] of exportsOf(join(dirname(file), moduleRequest.value)))
          names.set(name, { isType: isType || known.isType });
      }
    }
  }
  return names;
}

function* identifiers(node: unknown, leaveOut?: string): Generator<string> {
  if (Array.isArray(node)) for (const each of node) yield* identifiers(each, leaveOut);
  if (typeof node !== 'object' || node === null) return;
  const { type, name } = node as { type?: unknown; name?: unknown };
  if (type === 'Identifier' && typeof name === 'string') yield name;
  for (const [field, below] of Object.entries(node))
    if (typeof below === 'object' && field !== leaveOut) yield* identifiers(below, leaveOut);
}

/** Names the block itself brings in at its top level, by import or declaration. */
function declaredNames(program: Program): Set<string> {
  const names = new Set<string>();
  const add = (node: unknown): void => {
    for (const name of identifiers(node, 'typeAnnotation')) names.add(name); // `const a: A` declares a, not A.
  };
  for (const statement of program.body) {
    const declaration = 'declaration' in statement && statement.declaration ? statement.declaration : statement;
    if (declaration.type === 'ImportDeclaration') for (const each of declaration.specifiers) add(each.local);
    else if (declaration.type === 'VariableDeclaration') for (const each of declaration.declarations) add(each.id);
    else if ('id' in declaration) add(declaration.id);
  }
  return names;
}
