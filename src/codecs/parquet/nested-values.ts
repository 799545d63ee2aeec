import type { Leaf, SchemaNode } from './schema.ts';

/** Entries of a stored column with their levels; of them those from `from` to `to`. */
export interface Entries {
  readonly leaf: Leaf;
  readonly repetitions: number[];
  readonly definitions: number[];
  /** null where the entry is none. */
  readonly values: unknown[];
  readonly from: number;
  readonly to: number;
}

/**
 * One value of a nested column, of the entries of all stored columns below it (Dremel's levels: how deep an entry is
 * there, and which list it goes on with). A list is an array, a structure an object, a map an array of [key, value].
 */
export function assemble(node: SchemaNode, below: readonly Entries[]): unknown {
  const first = below[0]!;
  const definition = first.definitions[first.from] ?? 0;
  if (!node.isRepeated) return node.isOptional && definition < node.definition ? null : single(node, below);
  if (definition < node.definition) return [];
  return split(node, below).map((part) => single(node, part));
}

/** A value that is there. */
function single(node: SchemaNode, below: readonly Entries[]): unknown {
  const { children, logical } = node;
  if (node.leaf !== undefined) return below[0]!.values[below[0]!.from];
  const only = children[0];
  if (only?.isRepeated && children.length === 1) {
    if (logical.is === 'list') return listOf(only, below);
    if (logical.is === 'map' && only.children.length === 2)
      return (assemble(only, below) as Record<string, unknown>[]).map((pair) => Object.values(pair));
  }
  const entries: [string, unknown][] = [];
  let at = 0;
  for (const child of children) {
    const count = leavesBelow(child);
    entries.push([child.name, assemble(child, below.slice(at, at + count))]);
    at += count;
  }
  return Object.fromEntries(entries);
}

/** The level between a list and its elements is one of the format, and no structure; old writers left it out. */
function listOf(repeated: SchemaNode, below: readonly Entries[]): unknown {
  const element = repeated.children[0];
  if (repeated.children.length !== 1 || element === undefined || repeated.name === 'array' || repeated.name.endsWith('_tuple'))
    return assemble(repeated, below);
  const first = below[0]!;
  if ((first.definitions[first.from] ?? 0) < repeated.definition) return [];
  return split(repeated, below).map((part) => assemble(element, part));
}

/** The entries of each element of a list. */
function split(node: SchemaNode, below: readonly Entries[]): Entries[][] {
  const parts = below.map((entries) => {
    const cuts = [entries.from];
    for (let i = entries.from + 1; i < entries.to; i++) if (entries.repetitions[i]! <= node.repetition) cuts.push(i);
    return cuts.map((from, i): Entries => ({ ...entries, from, to: cuts[i + 1] ?? entries.to }));
  });
  // Of columns that disagree the first is believed; what the others lack is empty.
  return parts[0]!.map((_, i) => parts.map((part, column) => part[i] ?? { ...below[column]!, from: below[column]!.to }));
}

function leavesBelow(node: SchemaNode): number {
  return node.leaf === undefined ? node.children.reduce((sum, child) => sum + leavesBelow(child), 0) : 1;
}
