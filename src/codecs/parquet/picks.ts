import type { Column } from '../../core/columns.ts';

/** Rows of a page: neighbours, or each by its number. */
export type Picks = { readonly from: number; readonly count: number } | Int32Array;

export function pickCount(picks: Picks): number {
  return picks instanceof Int32Array ? picks.length : picks.count;
}

/** Neighbours share the arrays they are taken from. */
export function pickColumn(column: Column, picks: Picks): Column {
  if (column.kind === 'plain') return { kind: 'plain', values: pickPlain(column.values, picks) };
  const nulls = column.nulls && pick(column.nulls, picks);
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: pick(column.values, picks), nulls };
    case 'bigint':
      return { kind: 'bigint', values: pick(column.values, picks), nulls };
    case 'boolean':
      return { kind: 'boolean', values: pick(column.values, picks), nulls };
    case 'dictionary':
      return { kind: 'dictionary', ids: pick(column.ids, picks), entries: column.entries, nulls };
  }
}

interface Numbers<N> {
  readonly length: number;
  [at: number]: N;
  subarray(from: number, to: number): this;
}

export function pick<A extends Numbers<number> | Numbers<bigint>>(values: A, picks: Picks): A {
  if (!(picks instanceof Int32Array)) return values.subarray(picks.from, picks.from + picks.count) as A;
  const picked = new (values.constructor as new (length: number) => A)(picks.length);
  for (let i = 0; i < picks.length; i++) picked[i] = values[picks[i]!]!;
  return picked;
}

function pickPlain(values: readonly unknown[], picks: Picks): readonly unknown[] {
  if (!(picks instanceof Int32Array)) return values.slice(picks.from, picks.from + picks.count);
  return Array.from(picks, (at) => values[at]);
}

/** Values without empty places, spread over the rows that have one. */
export function spread<A extends Numbers<number> | Numbers<bigint>>(values: A, nulls: Uint8Array): A {
  const rows = new (values.constructor as new (length: number) => A)(nulls.length);
  for (let row = 0, next = 0; row < nulls.length; row++) if (nulls[row] === 0) rows[row] = values[next++]!;
  return rows;
}
