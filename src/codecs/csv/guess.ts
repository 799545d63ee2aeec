import type { ColumnKind } from '../column-kinds.ts';
import { type Dialect, LF } from './dialect.ts';
import { stringSpec } from './layout.ts';
import { placeValue, textOf, undoubled } from './place-value.ts';
import { DOUBLED, PLAIN, Places } from './places.ts';
import { isBlank } from './plain-rows.ts';
import { RowEnd } from './row-end.ts';
import { Wrong } from './wrong.ts';

/** What a sample of a file looks like. */
export interface CsvGuess {
  readonly separator: string;
  readonly hasHeader: boolean;
  readonly columns: readonly GuessedColumn[];
  /** What seems to stand for nothing; [''] as a rule. */
  readonly nulls: readonly string[];
  /** How many rows were looked at, without the header, and how many of them had another number of places. */
  readonly rows: number;
  readonly ragged: number;
}

export interface GuessedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly mayBeNull: boolean;
}

const SEPARATORS = [',', ';', '\t', '|'];
const MOST_ROWS = 10_000;
/** What files write for nothing, in columns that are otherwise no strings. */
const NOTHINGS = ['NULL', 'null', 'NA', 'N/A', 'NaN', 'nan', '\\N', '-'];
/** The first that all places of a column are; what is none of these is a string. 0 and 1 are numbers. */
const ORDER: readonly ColumnKind[] = ['boolean', 'integer', 'bigint', 'number', 'time'];

interface Place {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Undefined for a sample without rows. With `isWhole` the last line counts although it has no end. */
export function guessCsv(sample: Uint8Array, isWhole: boolean): CsvGuess | undefined {
  const bytes = sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf ? sample.subarray(3) : sample;
  let best: { readonly separator: string; readonly rows: readonly (readonly Place[])[]; readonly alike: number } | undefined;
  for (const separator of SEPARATORS) {
    const rows = rowsOf(bytes, separator, isWhole);
    const fields = rows[0]?.length ?? 0;
    const alike = fields < 2 ? 0 : rows.filter((row) => row.length === fields).length * fields;
    if (best === undefined || alike > best.alike) best = { separator, rows, alike };
  }
  const first = best?.rows[0];
  if (best === undefined || first === undefined) return undefined;
  const hasHeader = looksLikeHeader(first);
  const body = (hasHeader ? best.rows.slice(1) : best.rows).filter((row) => row.length === first.length);
  const found = first.map(({ text }, i) =>
    guessColumn(
      hasHeader ? text : `column${i + 1}`,
      body.map((row) => row[i]!),
    ),
  );
  const rows = best.rows.length - (hasHeader ? 1 : 0);
  const nulls = [...new Set(['', ...found.flatMap(({ nothings }) => nothings)])];
  return { separator: best.separator, hasHeader, columns: found.map(({ column }) => column), nulls, rows, ragged: rows - body.length };
}

function rowsOf(bytes: Uint8Array, separator: string, isWhole: boolean): readonly (readonly Place[])[] {
  const dialect = { separator: separator.charCodeAt(0), quote: 34, comment: -1 } as Dialect;
  const end = new RowEnd(dialect);
  const places = new Places();
  const rows: Place[][] = [];
  for (let begin = 0; begin < bytes.length && rows.length <= MOST_ROWS; ) {
    end.begin();
    const at = end.find(bytes, begin, bytes.length);
    if (at < 0 && !isWhole) break; // Perhaps half a row.
    const stop = at < 0 ? bytes.length : at;
    if (!isBlank(bytes, begin, stop) && places.cut(bytes, begin, stop, dialect) === undefined)
      rows.push(
        Array.from({ length: places.count }, (_, i) => {
          const place = bytes.subarray(places.begins[i], places.ends[i]);
          return { text: textOf(places.forms[i] === DOUBLED ? undoubled(place, 34) : place, true)!, isQuoted: places.forms[i] !== PLAIN };
        }),
      );
    begin = bytes[stop] === LF ? stop + 1 : stop;
  }
  return rows;
}

/** Names are there, differ, and are nothing else but names. */
function looksLikeHeader(row: readonly Place[]): boolean {
  const names = row.map(({ text }) => text);
  return (
    names.every((name) => name.trim() !== '' && name !== '__proto__' && !ORDER.some((kind) => isKind(kind, name))) &&
    new Set(names).size === names.length
  );
}

function guessColumn(name: string, places: readonly Place[]): { readonly column: GuessedColumn; readonly nothings: readonly string[] } {
  const isEmpty = places.some(({ text, isQuoted }) => text === '' && !isQuoted);
  const filled = places.map(({ text }) => text).filter((text) => text !== '');
  const nothings = NOTHINGS.filter((token) => filled.includes(token));
  const real = filled.filter((text) => !nothings.includes(text));
  // Numbers do not begin with zeros: 01067 is the code of a town.
  const isCode = real.some((text) => /^[+-]?0\d/.test(text) && !isKind('time', text));
  const kind = real.length === 0 || isCode ? undefined : ORDER.find((each) => real.every((text) => isKind(each, text)));
  if (kind === undefined) return { column: { name, kind: 'string', mayBeNull: isEmpty || filled.length === 0 }, nothings: [] };
  return { column: { name, kind, mayBeNull: isEmpty || nothings.length > 0 || places.length > filled.length }, nothings };
}

const LETTERS = /^[a-z]+$/i;

function isKind(kind: ColumnKind, text: string): boolean {
  if (kind === 'boolean' && (!LETTERS.test(text) || (text.length === 1 && !/[tfyn]/i.test(text)))) return false;
  const bytes = Buffer.from(text);
  const places = new Places();
  places.begins[0] = 0;
  places.ends[0] = bytes.length;
  places.forms[0] = PLAIN;
  return !(placeValue({ ...stringSpec(''), kind }, bytes, places, 0, PLAINLY) instanceof Wrong);
}

const PLAINLY = { nulls: [], replacesUtf8: true, quote: 34 } as unknown as Dialect;
