import type { ColumnKind } from '../column-kinds.ts';
import { isEmptyLine } from './blanks.ts';
import { type Dialect, groupsOf, LF } from './dialect.ts';
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
  /** What stands between groups of digits, if something does. */
  readonly thousands: Decimal | undefined;
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
  const notation = guessNotation(places);
  const found = first.map(({ text }, i) => guessColumn(hasHeader ? text : `column${i + 1}`, places[i]!, notation));
  const rows = best.rows.length - (hasHeader ? 1 : 0);
  const nulls = [...new Set(['', ...found.flatMap(({ nothings }) => nothings)])];
  const columns = found.map(({ column }) => column);
  return { separator: best.separator, trims, ...notation, hasHeader, columns, nulls, rows, ragged: rows - body.length };
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
    if (name.length === 1 && isKind('boolean', name, POINTED)) return isKind('boolean', next?.[i]?.text ?? '', POINTED);
    return ORDER.some((kind) => [POINTED, COMMA, ...GROUPED].some((notation) => isKind(kind, name, notation)));
  };
  return names.every((name, i) => name.trim() !== '' && name !== '__proto__' && !isValue(name, i)) && new Set(names).size === names.length;
}

/** How numbers are written. */
interface Notation {
  readonly decimal: Decimal;
  readonly thousands: Decimal | undefined;
}

const POINTED: Notation = { decimal: '.', thousands: undefined };
const COMMA: Notation = { decimal: ',', thousands: undefined };
const GROUPED: readonly Notation[] = [
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
];

/** With groups, where all numbers of a column have them as they should be, and one leaves no doubt: 1,234,567 or 1,234.5. */
function guessNotation(columns: readonly (readonly Place[])[]): Notation {
  const grouped = GROUPED.filter((notation) =>
    columns.some((places) => {
      const texts = places.map(({ text }) => text).filter((text) => text !== '' && !NOTHINGS.includes(text));
      return texts.some((text) => CLEAR.test(text)) && texts.every((text) => isKind('number', text, notation));
    }),
  );
  if (grouped.length === 1) return grouped[0]!;
  return guessDecimal(columns) === ',' ? COMMA : POINTED;
}

/** Two groups behind the first one, or a group and a fraction by the other mark. */
const CLEAR = /^[+-]?\d{1,3}(?:(?:,\d{3}){2,}|(?:\.\d{3}){2,}|(?:,\d{3})+\.\d*|(?:\.\d{3})+,\d*)$/;

/**
 * A comma, where there are numbers only with it and none that want the point. 1,234 may be a thousand: some must have a
 * fraction of another length, or nothing but a zero before it.
 */
function guessDecimal(columns: readonly (readonly Place[])[]): Decimal {
  const found = columns.map((places) => {
    const texts = places.map(({ text }) => text).filter((text) => text !== '' && !NOTHINGS.includes(text));
    if (texts.every((text) => WHOLE.test(text))) return undefined;
    if (texts.every((text) => isKind('number', text, POINTED))) return '.';
    const isComma =
      texts.every((text) => isKind('number', text, COMMA)) && texts.some((text) => !THOUSANDS.test(text) && text.includes(','));
    return isComma ? ',' : undefined;
  });
  return found.includes(',') && !found.includes('.') ? ',' : '.';
}

const WHOLE = /^[+-]?\d+$/;
const THOUSANDS = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+$/;

function guessColumn(
  name: string,
  places: readonly Place[],
  notation: Notation,
): { readonly column: GuessedColumn; readonly nothings: readonly string[] } {
  const isEmpty = places.some(({ text, isQuoted }) => text === '' && !isQuoted);
  const filled = places.map(({ text }) => text).filter((text) => text !== '');
  const nothings = NOTHINGS.filter((token) => filled.includes(token));
  const real = filled.filter((text) => !nothings.includes(text));
  // Numbers do not begin with zeros: 01067 is the code of a town.
  const isCode = real.some((text) => /^[+-]?0\d/.test(text) && !isKind('time', text, notation));
  const kind = real.length === 0 || isCode ? undefined : ORDER.find((each) => real.every((text) => isKind(each, text, notation)));
  if (kind === undefined) return { column: { name, kind: 'string', mayBeNull: isEmpty || filled.length === 0 }, nothings: [] };
  return { column: { name, kind, mayBeNull: isEmpty || nothings.length > 0 || places.length > filled.length }, nothings };
}

const LETTERS = /^[a-z]+$/i;

function isKind(kind: ColumnKind, text: string, notation: Notation): boolean {
  if (kind === 'boolean' && (!LETTERS.test(text) || (text.length === 1 && !/[tfyn]/i.test(text)))) return false;
  const bytes = Buffer.from(text);
  const places = new Places();
  places.begins[0] = 0;
  places.ends[0] = bytes.length;
  places.forms[0] = PLAIN;
  return !(placeValue({ ...stringSpec(''), kind }, bytes, places, 0, DIALECTS.get(notation)!) instanceof Wrong);
}

const DIALECTS: ReadonlyMap<Notation, Dialect> = new Map(
  [POINTED, COMMA, ...GROUPED].map((notation) => {
    const { decimal, thousands = '' } = notation;
    const groups = thousands === '' ? undefined : groupsOf(thousands);
    const numbers = { decimal: decimal.charCodeAt(0), thousands: groups === undefined ? -1 : thousands.charCodeAt(0), groups };
    return [notation, { nulls: [], replacesUtf8: true, quote: 34, ...numbers } as unknown as Dialect];
  }),
);
