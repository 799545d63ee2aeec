import { isTest } from './floors.ts';
import { type Finding, type Module, type SyntaxNode, walk } from './module.ts';

/** The one implementation of each door to the world, and the connectors, whose work is the world. */
const doors = /^src\/(base\/(clock|random|scheduler|files)[^/]*\.ts$|connectors\/)/;

const functions: Readonly<Record<string, string>> = {
  setTimeout: 'Scheduler',
  setInterval: 'Scheduler',
  setImmediate: 'Scheduler',
};
const members: Readonly<Record<string, string>> = {
  'Date.now': 'Clock',
  'performance.now': 'Clock',
  'process.hrtime': 'Clock',
  'Math.random': 'Random',
};
const packages: Readonly<Record<string, string>> = {
  'node:fs': 'Files',
  'node:fs/promises': 'Files',
  'node:timers': 'Scheduler',
  'node:timers/promises': 'Scheduler',
  'node:perf_hooks': 'Clock',
};

/** Time, chance, waiting and disks come through Clock, Random, Scheduler and Files, so that a test can hand in its own. */
export function findWorld(module: Module): Finding[] {
  if (doors.test(module.file)) return [];
  const found: Finding[] = [];
  const report = (offset: number, taken: string, door: string): void => {
    found.push({ file: module.file, line: module.line(offset), message: `takes ${taken} from the world: use the ${door} it is given` });
  };
  for (const { specifier, line } of module.imports) {
    const door = packages[specifier.startsWith('node:') ? specifier : `node:${specifier}`];
    if (door) found.push({ file: module.file, line, message: `imports ${specifier}: use the ${door} it is given` });
  }
  walk(module.program, (node, above, field) => {
    const name = nameOf(node);
    if (node.type === 'Identifier' && Object.hasOwn(functions, name) && !isOnlyAName(above, field))
      report(node.start, name, functions[name]!);
    if (node.type === 'MemberExpression') {
      const bare = name.replace(/^(globalThis|global)\./, '');
      const door = members[bare] ?? (bare === name ? undefined : functions[bare]);
      if (door) report(node.start, bare, door);
    }
    const isDateCall = node.type === 'CallExpression' || (node.type === 'NewExpression' && (node['arguments'] as unknown[]).length === 0);
    if (isDateCall && nameOf(node['callee'] as SyntaxNode) === 'Date') report(node.start, 'the present Date', 'Clock');
  });
  return found;
}

/** `a.b.c` for chains of plain names, '' for anything else. */
function nameOf(node: SyntaxNode): string {
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type !== 'MemberExpression') return '';
  const property = node['property'] as SyntaxNode;
  const key = node['computed'] === true ? property['value'] : property['name'];
  return typeof key === 'string' ? `${nameOf(node['object'] as SyntaxNode)}.${key}` : '';
}

/** `x.setTimeout` and `{ setTimeout: 1 }` name something of their own; `{ setTimeout }` is the world's. */
function isOnlyAName(above: SyntaxNode | undefined, field: string): boolean {
  if (above === undefined) return false;
  if (field === 'property') return above['computed'] !== true;
  return field === 'key' && above['computed'] !== true && above['shorthand'] !== true;
}

/** A user is told what to do: errors are HeadraceError, and a bug of ours is an assertion. */
export function findBareErrors(module: Module): Finding[] {
  const found: Finding[] = [];
  if (isTest(module.file)) return found;
  walk(module.program, (node) => {
    if (node.type !== 'ThrowStatement') return;
    const thrown = node['argument'] as SyntaxNode;
    if ((thrown.type === 'NewExpression' || thrown.type === 'CallExpression') && nameOf(thrown['callee'] as SyntaxNode) === 'Error') {
      found.push({ file: module.file, line: module.line(node.start), message: 'throws a bare Error: throw a HeadraceError, or assert' });
    }
  });
  return found;
}
