import type { ColumnKind } from '../column-kinds.ts';
import { isEmptyLine } from './blanks.ts';
import { type Dialect, LF } from './dialect.ts';
import { stringSpec } from './layout.ts';
import { placeValue, textOf, undoubled } from './place-value.ts';
import { DOUBLED, PLAIN, Places } from './places.ts';
import { RowEnd } from './row-end.ts';
import { Wrong } from './wrong.ts';

/** What a sample of a file looks like. */
export interface CsvGuess {
  readonly separator: string;
  /** Whether names, kinds or rows are others without the blanks around places. */
  readonly trims: boolean;
  readonly decimal: Decimal;
  readonly hasHeader: boolean;
  readonly columns: readonly GuessedColumn[];
  /** What seems to stand for nothing; [''] as a rule. */
  readonly nulls: readonly string[];
  /** How many rows were looked at, without the header, and how many of them had another number of places. */
  readonly rows: number;
  readonly ragged: number;
}

type Decimal = '.' | ',';

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
  const asItIs = guessRows(bytes, isWhole, false);
  const trimmed = guessRows(bytes, isWhole, true);
  if (asItIs === undefined || trimmed === undefined) return asItIs ?? trimmed;
  const isAlike = trimmed.rows <= asItIs.rows && JSON.stringify(trimmed.columns) === JSON.stringify(asItIs.columns);
  return isAlike ? asItIs : trimmed;
}

function guessRows(bytes: Uint8Array, isWhole: boolean, trims: boolean): CsvGuess | undefined {
  let best: { readonly separator: string; readonly rows: readonly (readonly Place[])[]; readonly alike: number } | undefined;
  for (const separator of SEPARATORS) {
    const rows = rowsOf(bytes, { separator, trims, isWhole });
    const fields = rows[0]?.length ?? 0;
    const alike = fields < 2 ? 0 : rows.filter((row) => row.length === fields).length * fields;
    if (best === undefined || alike > best.alike) best = { separator, rows, alike };
  }
  const first = best?.rows[0];
  if (best === undefined || first === undefined) return undefined;
  const hasHeader = looksLikeHeader(first, best.rows[1]);
  const body = (hasHeader ? best.rows.slice(1) : best.rows).filter((row) => row.length === first.length);
  const places = first.map((_, i) => body.map((row) => row[i]!));
  const decimal = guessDecimal(places);
  const found = first.map(({ text }, i) => guessColumn(hasHeader ? text : `column${i + 1}`, places[i]!, decimal));
  const rows = best.rows.length - (hasHeader ? 1 : 0);
  const nulls = [...new Set(['', ...found.flatMap(({ nothings }) => nothings)])];
  const columns = found.map(({ column }) => column);
  return { separator: best.separator, trims, decimal, hasHeader, columns, nulls, rows, ragged: rows - body.length };
}

interface Cutting {
  readonly separator: string;
  readonly trims: boolean;
  readonly isWhole: boolean;
}

function rowsOf(bytes: Uint8Array, { separator, trims, isWhole }: Cutting): readonly (readonly Place[])[] {
  const dialect = { separator: separator.charCodeAt(0), quote: 34, comment: -1, trims } as Dialect;
  const end = new RowEnd(dialect);
  const places = new Places();
  const rows: Place[][] = [];
  for (let begin = 0; begin < bytes.length && rows.length <= MOST_ROWS; ) {
    end.begin();
    const at = end.find(bytes, begin, bytes.length);
    if (at < 0 && !isWhole) break; // Perhaps half a row.
    const stop = at < 0 ? bytes.length : at;
    if (!isEmptyLine(bytes, begin, stop, dialect) && places.cut(bytes, begin, stop, dialect) === undefined)
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

/** Names are there, differ, and are nothing else but names; y stands for yes only where the row behind it says so too. */
function looksLikeHeader(row: readonly Place[], next: readonly Place[] | undefined): boolean {
  const names = row.map(({ text }) => text);
  const isValue = (name: string, i: number): boolean => {
    if (name.length === 1 && isKind('boolean', name, '.')) return isKind('boolean', next?.[i]?.text ?? '', '.');
    return ORDER.some((kind) => isKind(kind, name, '.') || isKind(kind, name, ','));
  };
  return names.every((name, i) => name.trim() !== '' && name !== '__proto__' && !isValue(name, i)) && new Set(names).size === names.length;
}

/**
 * A comma, where there are numbers only with it and none that want the point. 1,234 may be a thousand: some must have a
 * fraction of another length, or nothing but a zero before it.
 */
function guessDecimal(columns: readonly (readonly Place[])[]): Decimal {
  const found = columns.map((places) => {
    const texts = places.map(({ text }) => text).filter((text) => text !== '' && !NOTHINGS.includes(text));
    if (texts.every((text) => WHOLE.test(text))) return undefined;
    if (texts.every((text) => isKind('number', text, '.'))) return '.';
    const isComma = texts.every((text) => isKind('number', text, ',')) && texts.some((text) => !THOUSANDS.test(text) && text.includes(','));
    return isComma ? ',' : undefined;
  });
  return found.includes(',') && !found.includes('.') ? ',' : '.';
}

const WHOLE = /^[+-]?\d+$/;
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+$/;

function guessColumn(
  name: string,
  places: readonly Place[],
  decimal: Decimal,
): { readonly column: GuessedColumn; readonly nothings: readonly string[] } {
  const isEmpty = places.some(({ text, isQuoted }) => text === '' && !isQuoted);
  const filled = places.map(({ text }) => text).filter((text) => text !== '');
  const nothings = NOTHINGS.filter((token) => filled.includes(token));
  const real = filled.filter((text) => !nothings.includes(text));
  // Numbers do not begin with zeros: 01067 is the code of a town.
  const isCode = real.some((text) => /^[+-]?0\d/.test(text) && !isKind('time', text, decimal));
  const kind = real.length === 0 || isCode ? undefined : ORDER.find((each) => real.every((text) => isKind(each, text, decimal)));
  if (kind === undefined) return { column: { name, kind: 'string', mayBeNull: isEmpty || filled.length === 0 }, nothings: [] };
  return { column: { name, kind, mayBeNull: isEmpty || nothings.length > 0 || places.length > filled.length }, nothings };
}

const LETTERS = /^[a-z]+$/i;

function isKind(kind: ColumnKind, text: string, decimal: Decimal): boolean {
  if (kind === 'boolean' && (!LETTERS.test(text) || (text.length === 1 && !/[tfyn]/i.test(text)))) return false;
  const bytes = Buffer.from(text);
  const places = new Places();
  places.begins[0] = 0;
  places.ends[0] = bytes.length;
  places.forms[0] = PLAIN;
  return !(placeValue({ ...stringSpec(''), kind }, bytes, places, 0, PLAINLY[decimal]) instanceof Wrong);
}

const plainly = { nulls: [], replacesUtf8: true, quote: 34 };
const PLAINLY = { '.': { ...plainly, decimal: 46 } as unknown as Dialect, ',': { ...plainly, decimal: 44 } as unknown as Dialect };
