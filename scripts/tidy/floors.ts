import { posix } from 'node:path';
import type { Finding, Module } from './module.ts';

/** The house: a room imports only from lower floors; rooms of one floor meet through an interface in core. */
const floors: Readonly<Record<string, number>> = {
  core: 0,
  base: 0.5,
  codecs: 1,
  buffers: 1,
  log: 1,
  state: 1,
  windows: 1,
  models: 1,
  spool: 2,
  operators: 2,
  connectors: 2,
  pipeline: 3,
  runtime: 4,
  serving: 5,
  dashboard: 5,
  testing: 5,
  cli: 6,
};

/** Where users enter; only these may import an index.ts. */
const entryPoints = /^src\/(index|buffers\/index|models\/index|serving\/index|testing\/index|connectors\/[^/]+\/index)\.ts$/;

export const isTest = (file: string): boolean => file.endsWith('.test.ts');

/** The file a relative import names, as a path from the repository. */
function targetOf(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
}

/** Imports point down only. A test may look anywhere, since nothing stands on a test. */
export function findFloors(module: Module): Finding[] {
  const found: Finding[] = [];
  for (const { specifier, line } of module.imports) {
    const message = breach(module.file, specifier);
    if (message) found.push({ file: module.file, line, message });
  }
  return found;
}

function breach(file: string, specifier: string): string | undefined {
  const target = targetOf(file, specifier);
  if (isTest(file)) return undefined;
  if (target === undefined) {
    return /^headrace(\/|$)/.test(specifier) ? `imports '${specifier}': inside src name the file, as in '../core/error.ts'` : undefined;
  }
  if (isTest(target)) return `imports the test ${target}`;
  if (!target.startsWith('src/')) return `imports ${target}, which is outside src and is not published`;
  if (posix.basename(target) === 'index.ts' && !entryPoints.test(file)) {
    return `imports ${target}: an index.ts is for users, name the file inside it`;
  }
  const [from, to] = [roomOf(file), roomOf(target)];
  const [above, below] = [floorOf(from), floorOf(to)];
  if (above === undefined) return `${from} is no room of the house (scripts/tidy/floors.ts)`;
  if (below === undefined) return `imports ${target}, and ${to} is no room of the house (scripts/tidy/floors.ts)`;
  if (to === 'testing' && from !== 'testing' && from !== '') return `imports ${target}: only tests import src/testing`;
  if (above < below) return `imports ${target} (${from} is floor ${above}, ${to} is floor ${below}: imports point down)`;
  if (above === below && from !== to)
    return `imports ${target} (${from} and ${to} are both on floor ${above}: they meet through an interface in core)`;
  // Files directly in src/connectors belong to no connector and may be shared.
  const [mine, theirs] = [connectorOf(file), connectorOf(target)];
  if (from === 'connectors' && theirs !== undefined && theirs !== mine) {
    return `imports ${target} (floor ${above}: a connector never imports another)`;
  }
  return undefined;
}

/** The first folder under src; '' for files directly in it, which are the entry and stand on the roof. */
const roomOf = (file: string): string => /^src\/([^/]+)\//.exec(file)?.[1] ?? '';
const floorOf = (room: string): number | undefined => (room === '' ? Number.POSITIVE_INFINITY : floors[room]);
const connectorOf = (file: string): string | undefined => /^src\/connectors\/([^/]+)\//.exec(file)?.[1];

/**
 * Rings of files that load each other, each reported once, at the import that closes it. Types may refer to each other,
 * as those of a chain must: they are gone when the program runs. (They are bound to the floors like everything else.)
 */
export function findCycles(modules: ReadonlyMap<string, Module>): Finding[] {
  const found: Finding[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): void {
    path.push(file);
    for (const { specifier, line, isType } of modules.get(file)?.imports ?? []) {
      const target = targetOf(file, specifier);
      if (isType || target === undefined || !modules.has(target) || done.has(target)) continue;
      const at = path.indexOf(target);
      if (at < 0) visit(target);
      else found.push({ file, line, message: `closes a cycle: ${[...path.slice(at), target].join(' -> ')}` });
    }
    path.pop();
    done.add(file);
  }
  for (const file of modules.keys()) if (!done.has(file)) visit(file);
  return found;
}
