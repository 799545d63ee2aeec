import type { Column } from '../../core/columns.ts';
import { HeadraceError } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import type { ColumnChunk } from './groups.ts';
import type { Meaning } from './meaning.ts';
import { Holding, PieceBudget } from './piece-budget.ts';
import { PageBytes } from './page-bytes.ts';
import { ENCODING } from './page-header.ts';
import { readValues, widthOf } from './page-values.ts';
import type { Leaf } from './schema.ts';

/** Which values a row must have to be read: from (with it) to (without it), or one of a list. An empty place never fits. */
export interface OnlyValues<V> {
  readonly from?: V;
  readonly to?: V;
  readonly in?: readonly V[];
}

/** Wishes for some columns; a row must meet all of them. */
export type Only<Row> = { readonly [N in keyof Row]?: OnlyValues<NonNullable<Row[N]>> };

type Ordered = string | number | bigint | boolean;

export interface ColumnFilter {
  /** Which of the declared columns. */
  readonly column: number;
  readonly wish: OnlyValues<Ordered>;
  readonly among: ReadonlySet<unknown> | undefined;
}

/** Wishes checked against the columns they name. */
export function filtersOf(
  only: Readonly<Record<string, OnlyValues<unknown> | undefined>>,
  specs: readonly ColumnSpec[],
): readonly ColumnFilter[] {
  return Object.entries(only).flatMap(([name, wish]) => {
    if (wish === undefined) return [];
    const column = specs.findIndex((spec) => spec.name === name);
    const spec = specs[column];
    if (spec === undefined)
      throw invalid(`'${name}' is none of the columns`, 'Declare the column; only rows whose declared columns fit can be asked for.');
    const given = [wish.from, wish.to, ...(wish.in ?? [])].filter((value) => value !== undefined);
    const type = { string: 'string', number: 'number', integer: 'number', time: 'number', bigint: 'bigint', boolean: 'boolean' }[spec.kind];
    // biome-ignore lint/suspicious/useValidTypeof: one of the types above
    const odd = given.find((value) => typeof value !== type || Number.isNaN(value));
    if (given.length === 0 || odd !== undefined)
      throw invalid(
        `column '${name}' of the kind ${spec.kind} is asked for ${odd === undefined ? 'nothing' : Number.isNaN(odd) ? 'NaN' : `a ${typeof odd}`}`,
        `Give from, to or in, each a ${type}.`,
      );
    return [{ column, wish: wish as OnlyValues<Ordered>, among: wish.in && new Set(wish.in) }];
  });
}

function invalid(what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_COLUMNS_INVALID', where: 'parquet, option only', what, todo });
}

/** Whether a value is one that was asked for. */
function fits({ wish, among }: ColumnFilter, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (among !== undefined && !among.has(value)) return false;
  const { from, to } = wish;
  return (
    (from === undefined || !isBefore(value as Ordered, from)) && (to === undefined || isBefore(value as Ordered, to)) && value === value
  );
}

/** Texts in the order of their code points, which is that of their bytes. */
function isBefore(a: Ordered, b: Ordered): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a < b;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) < rank(y);
  }
  return a.length < b.length;
}

/** Halves of a pair stand for characters behind all others. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x0800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Takes the mark from each row that does not fit; rows that cannot be read keep theirs, to be refused. */
export function sieve(filter: ColumnFilter, column: Column, bad: Uint8Array | undefined, marks: Uint8Array): void {
  const test = testOf(filter, column);
  for (let row = 0; row < marks.length; row++) if (marks[row] === 1 && (bad?.[row] ?? 0) === 0 && !test(row)) marks[row] = 0;
}

function testOf(filter: ColumnFilter, column: Column): (row: number) => boolean {
  if (column.kind === 'plain') return (row) => fits(filter, column.values[row]);
  const { nulls } = column;
  if (column.kind === 'dictionary') {
    const { ids, entries } = column;
    const known = new Int8Array(entries.length);
    return (row) => nulls?.[row] !== 1 && (known[ids[row]!] ||= fits(filter, entries[ids[row]!]) ? 1 : -1) === 1;
  }
  const { values } = column;
  if (column.kind === 'boolean') return (row) => nulls?.[row] !== 1 && fits(filter, values[row] === 1);
  return (row) => nulls?.[row] !== 1 && fits(filter, values[row]);
}

/** Whether a row group may have a row that fits, by what its writer said of the least and the greatest value. */
export function mayHold(filter: ColumnFilter, chunk: ColumnChunk, leaf: Leaf, meaning: Meaning): boolean {
  const { bounds } = chunk;
  const least = bounds?.least;
  const greatest = bounds?.greatest;
  if (bounds === undefined || least === undefined || greatest === undefined) return true;
  const { from, to, in: list } = filter.wish;
  const range =
    leaf.physical === 'BYTE_ARRAY'
      ? textRange(leaf, least, greatest, bounds.isOld)
      : numberRange(leaf, least, greatest, bounds.isOld, meaning);
  if (range === undefined) return true;
  const [low, high] = range;
  if (from !== undefined && isBefore(high, from)) return false;
  if (to !== undefined && !isBefore(low, to)) return false;
  return list === undefined || list.some((value) => !isBefore(value, low) && !isBefore(high, value));
}

/** A bound cut short may be no UTF-8 any more; then it says nothing. */
function textRange({ logical }: Leaf, least: Uint8Array, greatest: Uint8Array, isOld: boolean): readonly [string, string] | undefined {
  if (isOld || (logical.is !== 'string' && logical.is !== 'none')) return undefined;
  try {
    return [utf8.decode(least), utf8.decode(greatest)];
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Read as values are, so that they are compared as values are. */
function numberRange(
  leaf: Leaf,
  least: Uint8Array,
  greatest: Uint8Array,
  isOld: boolean,
  meaning: Meaning,
): readonly [Ordered, Ordered] | undefined {
  const { physical, logical } = leaf;
  if (physical !== 'INT32' && physical !== 'INT64' && physical !== 'FLOAT' && physical !== 'DOUBLE') return undefined;
  if (isOld && logical.is === 'unsigned') return undefined;
  const width = widthOf(leaf);
  if (least.length !== width || greatest.length !== width) return undefined;
  const page = new PageBytes(Buffer.concat([least, greatest]), { where: '', byte: 0 });
  const values = meaning(readValues(page, ENCODING.plain, leaf, 2, new Holding(new PieceBudget(1024))));
  if (values.is === 'numbers' && values.bad === undefined) return ordered(values.values[0]!, values.values[1]!);
  return values.is === 'bigints' ? ordered(values.values[0]!, values.values[1]!) : undefined;
}

/** Nothing where it is no number, or the wrong way round. */
function ordered<V extends number | bigint>(low: V, high: V): readonly [V, V] | undefined {
  return low <= high ? [low, high] : undefined;
}
