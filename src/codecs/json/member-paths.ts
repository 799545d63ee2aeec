import { HeadraceError } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';

/** A place inside of records that is asked for, or on the way to one. */
export interface WantedNode {
  /** The column it fills; -1 on the way. */
  readonly column: number;
  readonly members: readonly WantedMember[];
  /** It, or everything below it. */
  readonly columns: readonly number[];
  /** Its place in a walk from the root, which is 0. */
  readonly id: number;
}

export interface WantedMember {
  readonly name: string;
  /** As it stands in a file where nothing in it is escaped. */
  readonly bytes: Uint8Array;
  readonly node: WantedNode;
}

/** `user.city` is the member city of the member user; `\.` is a dot in a name and `\\` a backslash. */
export function memberPath(from: string): string[] {
  const path = [''];
  for (let i = 0; i < from.length; i++) {
    const letter = from[i]!;
    if (letter === '.') path.push('');
    else path[path.length - 1] += letter === '\\' && (from[i + 1] === '.' || from[i + 1] === '\\') ? from[++i]! : letter;
  }
  return path;
}

interface Growing {
  column: number;
  readonly members: Map<string, Growing>;
}

/** What the columns ask for, as a tree of names. */
export function wantedTree(specs: readonly ColumnSpec[], where: string): WantedNode {
  const root: Growing = { column: -1, members: new Map() };
  specs.forEach((spec, column) => {
    let node = root;
    for (const name of memberPath(spec.from)) {
      if (node.column >= 0) throw twice(specs[node.column]!, spec, where);
      const inner = node.members.get(name) ?? { column: -1, members: new Map() };
      node.members.set(name, inner);
      node = inner;
    }
    if (node.column >= 0) throw twice(specs[node.column]!, spec, where);
    if (node.members.size > 0) throw twice(spec, specs[columnsUnder(node)[0]!]!, where);
    node.column = column;
  });
  let ids = 0;
  return finish(root, () => ids++);
}

function finish(node: Growing, nextId: () => number): WantedNode {
  const id = nextId();
  const members = [...node.members].map(([name, inner]) => ({ name, bytes: Buffer.from(name, 'utf8'), node: finish(inner, nextId) }));
  return { id, column: node.column, members, columns: columnsUnder(node) };
}

function columnsUnder(node: Growing): number[] {
  return node.column >= 0 ? [node.column] : [...node.members.values()].flatMap(columnsUnder);
}

function twice(outer: ColumnSpec, inner: ColumnSpec, where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_COLUMNS_INVALID',
    where,
    what:
      outer.from === inner.from
        ? `the columns '${outer.name}' and '${inner.name}' read the same member '${inner.from}'`
        : `column '${inner.name}' reads '${inner.from}', which lies inside of '${outer.from}' of column '${outer.name}'`,
    todo: 'Read each member once, and make two of it in a map.',
  });
}
