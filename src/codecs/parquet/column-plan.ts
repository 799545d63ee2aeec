import type { ColumnSpec } from '../column-kinds.ts';
import { columnMismatch } from './errors.ts';
import type { Rules } from './flat-page.ts';
import { type Meaning, meaningOf, plainMeaning } from './meaning.ts';
import type { Leaf, SchemaNode } from './schema.ts';

/** One column of a row, and where it comes from. */
export type ColumnPlan = FlatPlan | NestedPlan;

export interface FlatPlan {
  readonly name: string;
  readonly leaf: Leaf;
  readonly meaning: Meaning;
  readonly rules: Rules;
  readonly node?: undefined;
}

/** Lists and structures, as plain values. */
export interface NestedPlan {
  readonly name: string;
  readonly node: SchemaNode;
  readonly leaves: readonly Leaf[];
}

const MANY = 20;

/** Where each declared column stands in the file. */
export function planDeclared(specs: readonly ColumnSpec[], columns: readonly SchemaNode[], where: string): readonly FlatPlan[] {
  return specs.map((spec) => {
    const { name, from, kind, mayBeNull } = spec;
    const leaf = leafOf(columns, from, where);
    const meaning = meaningOf(leaf, spec);
    if (meaning !== undefined) return { name, leaf, meaning, rules: { mayBeNull, oneOf: spec.oneOf && new Set(spec.oneOf) } };
    const isTime = kind === 'time' && (leaf.physical === 'INT64' || leaf.physical === 'INT32');
    throw columnMismatch(
      where,
      `the column ${JSON.stringify(from)} is wanted as ${kind} and is ${typeName(leaf)}`,
      isTime ? "Say in what it counts: { as: 'time', unit: 'ms' }." : 'Declare it as what it is; docs/formats/parquet.md has a table.',
    );
  });
}

/** All columns of the file, as it has them. */
export function planAll(columns: readonly SchemaNode[], where: string): readonly ColumnPlan[] {
  const names = new Set<string>();
  return columns.map((node) => {
    const { name, leaf } = node;
    checkNames(node, where);
    if (names.has(name))
      throw columnMismatch(where, `two columns are called ${JSON.stringify(name)}`, 'Have the file written with a name for each column.');
    names.add(name);
    if (leaf !== undefined && !node.isRepeated)
      return { name, leaf, meaning: plainMeaning(leaf), rules: { mayBeNull: true, oneOf: undefined } };
    return { name, node, leaves: leavesOf(node) };
  });
}

/** A row is an object, and one name of a member means something else. */
function checkNames(node: SchemaNode, where: string): void {
  if (node.name === '__proto__')
    throw columnMismatch(where, 'a column is called __proto__', 'Name the columns you want: parquet({ columns: { … } }) reads no others.');
  for (const child of node.children) checkNames(child, where);
}

function leavesOf(node: SchemaNode): readonly Leaf[] {
  return node.leaf === undefined ? node.children.flatMap(leavesOf) : [node.leaf];
}

/** By its name, or for what stands in a structure by its path with dots. */
function leafOf(columns: readonly SchemaNode[], from: string, where: string): Leaf {
  const leaves = columns.flatMap(leavesOf);
  const direct = leaves.filter((leaf) => leaf.path.length === 1 && leaf.path[0] === from);
  const found = direct.length > 0 ? direct : leaves.filter((leaf) => leaf.path.join('.') === from);
  const leaf = found[0];
  if (leaf !== undefined && found.length === 1 && leaf.repetition === 0) return leaf;
  const here = JSON.stringify(from);
  if (found.length > 1)
    throw columnMismatch(where, `the file has ${found.length} columns ${here}`, 'Have the file written with a name for each column.');
  const isNested = leaf !== undefined || columns.some(({ name }) => name === from);
  if (isNested)
    throw columnMismatch(
      where,
      `the column ${here} is a list or a structure`,
      'Name what stands in a structure (a.b), or leave columns out, which reads lists too.',
    );
  const names = leaves.slice(0, MANY).map((each) => each.path.join('.'));
  const more = leaves.length > MANY ? ` and ${leaves.length - MANY} more` : '';
  throw columnMismatch(where, `there is no column ${here}`, `The file has ${names.join(', ')}${more}.`);
}

function typeName({ physical, logical }: Leaf): string {
  const meant =
    logical.is === 'none'
      ? ''
      : logical.is === 'timestamp' || logical.is === 'time'
        ? ` (${logical.is} in ${logical.unit})`
        : ` (${logical.is})`;
  return `${physical}${meant}`;
}
