import { isAscii, isUtf8 } from 'node:buffer';
import type { Column } from '../../core/columns.ts';
import { type Picks, pick, pickColumn, pickCount, spread } from './picks.ts';
import { BAD, type Values } from './values.ts';

/** Some rows of one column. `bad` says for each of them why it is refused, or 0. */
export interface Taken {
  readonly column: Column;
  readonly bad: Uint8Array | undefined;
}

export interface Rules {
  readonly mayBeNull: boolean;
  readonly oneOf: ReadonlySet<string> | undefined;
}

/** Entries that pages share, each made into what users see once. */
export interface Dictionary {
  readonly values: Exclude<Values, { readonly is: 'text' }> | { readonly is: 'strings'; readonly entries: readonly string[] };
  readonly bad: Uint8Array | undefined;
  readonly count: number;
}

/** A page of a column in which nothing is repeated, one entry a row. */
export interface FlatPage {
  readonly rows: number;
  take(picks: Picks): Taken;
}

export function dictionaryOf(values: Values, rules: Rules): Dictionary {
  if (values.is !== 'text') {
    const bad = values.is === 'numbers' || values.is === 'plain' ? values.bad : undefined;
    return { values, bad, count: values.values.length };
  }
  const { strings, bad } = makeTexts(
    { ...values, isPlain: isPlainText(values), nulls: undefined },
    { from: 0, count: values.starts.length },
    rules.oneOf,
  );
  return { values: { is: 'strings', entries: strings as string[] }, bad, count: strings.length };
}

/** A page whose values stand in it. */
export function valuesPage(values: Values, nulls: Uint8Array | undefined, rules: Rules): FlatPage {
  if (values.is === 'text') return textPage(values, nulls, rules);
  const bad = values.is === 'numbers' || values.is === 'plain' ? values.bad : undefined;
  return columnPage(columnOf(values, nulls), badRows(bad, nulls, rules));
}

/** A page whose values are places in a dictionary. */
export function idsPage(ids: Int32Array, { values, bad }: Dictionary, nulls: Uint8Array | undefined, rules: Rules): FlatPage {
  const badHere = bad && pick(bad, ids);
  if (values.is !== 'strings') return columnPage(columnOf(dereferenced(values, ids), nulls), badRows(badHere, nulls, rules));
  const column: Column = { kind: 'dictionary', ids: nulls === undefined ? ids : spread(ids, nulls), entries: values.entries, nulls };
  return columnPage(column, badRows(badHere, nulls, rules));
}

function dereferenced(values: Exclude<Values, { readonly is: 'text' }>, ids: Int32Array): typeof values {
  switch (values.is) {
    case 'numbers':
      return { is: 'numbers', values: pick(values.values, ids) };
    case 'bigints':
      return { is: 'bigints', values: pick(values.values, ids) };
    case 'booleans':
      return { is: 'booleans', values: pick(values.values, ids) };
    case 'plain':
      return { is: 'plain', values: Array.from(ids, (id) => values.values[id]) };
  }
}

function columnOf(values: Exclude<Values, { readonly is: 'text' }>, nulls: Uint8Array | undefined): Column {
  switch (values.is) {
    case 'numbers':
      return { kind: 'number', values: nulls === undefined ? values.values : spread(values.values, nulls), nulls };
    case 'bigints':
      return { kind: 'bigint', values: nulls === undefined ? values.values : spread(values.values, nulls), nulls };
    case 'booleans':
      return { kind: 'boolean', values: nulls === undefined ? values.values : spread(values.values, nulls), nulls };
    case 'plain': {
      let next = 0;
      return {
        kind: 'plain',
        values: nulls === undefined ? values.values : Array.from(nulls, (isNull) => (isNull === 1 ? null : values.values[next++])),
      };
    }
  }
}

function columnPage(column: Column, bad: Uint8Array | undefined): FlatPage {
  const rows = column.kind === 'dictionary' ? column.ids.length : column.values.length;
  return { rows, take: (picks) => ({ column: pickColumn(column, picks), bad: bad && pick(bad, picks) }) };
}

/** Texts are made when they are handed out, so that a page of them need not be in memory twice. */
function textPage(values: Extract<Values, { readonly is: 'text' }>, nulls: Uint8Array | undefined, rules: Rules): FlatPage {
  const starts = nulls === undefined ? values.starts : spread(values.starts, nulls);
  const ends = nulls === undefined ? values.ends : spread(values.ends, nulls);
  const rows = { ...values, starts, ends, nulls, isPlain: isPlainText(values) };
  const emptyBad = badRows(undefined, nulls, rules);
  return {
    rows: starts.length,
    take(picks) {
      const { strings, bad } = makeTexts(rows, picks, rules.oneOf);
      const empty = emptyBad && pick(emptyBad, picks);
      return { column: { kind: 'plain', values: strings }, bad: bad && empty ? bad.map((why, i) => why || empty[i]!) : (bad ?? empty) };
    },
  };
}

interface Texts {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Nothing but ASCII from the first to the last. */
  readonly isPlain: boolean;
  readonly nulls: Uint8Array | undefined;
}

/** The lengths that stand between texts are ASCII too, where the texts are shorter than 128 bytes. */
function isPlainText({ bytes, starts, ends }: Extract<Values, { readonly is: 'text' }>): boolean {
  return starts.length === 0 || isAscii(bytes.subarray(starts[0]!, ends[ends.length - 1]!));
}

function makeTexts(
  { bytes, starts, ends, isPlain, nulls }: Texts,
  picks: Picks,
  oneOf: ReadonlySet<string> | undefined,
): { readonly strings: (string | null)[]; readonly bad: Uint8Array | undefined } {
  const count = pickCount(picks);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const strings = new Array<string | null>(count);
  let bad: Uint8Array | undefined;
  for (let i = 0; i < count; i++) {
    const at = picks instanceof Int32Array ? picks[i]! : picks.from + i;
    if (nulls?.[at] === 1) {
      strings[i] = null;
      continue;
    }
    const [start, end] = [starts[at]!, ends[at]!];
    const text = buffer.toString(isPlain ? 'latin1' : 'utf8', start, end);
    strings[i] = text;
    // What is no UTF-8 leaves this sign; an honest text may have it too.
    const isBroken = !isPlain && text.includes('\uFFFD') && !isUtf8(buffer.subarray(start, end));
    if (isBroken || (oneOf !== undefined && !oneOf.has(text))) {
      bad ??= new Uint8Array(count);
      bad[i] = isBroken ? BAD.notUtf8 : BAD.notOneOf;
    }
  }
  return { strings, bad };
}

/** `bad` of the values that are there, as one of the rows. */
function badRows(bad: Uint8Array | undefined, nulls: Uint8Array | undefined, { mayBeNull }: Rules): Uint8Array | undefined {
  if (nulls === undefined || (bad === undefined && mayBeNull)) return bad;
  const rows = bad === undefined ? new Uint8Array(nulls.length) : spread(bad, nulls);
  if (!mayBeNull) for (let row = 0; row < rows.length; row++) if (nulls[row] === 1) rows[row] = BAD.empty;
  return rows;
}
