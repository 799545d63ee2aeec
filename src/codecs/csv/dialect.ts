import { HeadraceError } from '../../core/error.ts';
import { byteCount, wholeNumber } from '../../core/units.ts';
import { columnSpecs, type ColumnSpec, type ColumnWishes } from '../column-kinds.ts';
import { encodeUtf8 } from '../utf8.ts';
import { isCutOff } from './blanks.ts';
import type { CsvSettings } from './settings.ts';

/** The settings of csv() spelled out and checked. Characters are bytes; -1 is none. */
export interface Dialect {
  /** Names the codec in errors. */
  readonly kind: string;
  readonly separator: number;
  readonly quote: number;
  readonly comment: number;
  /** Absent: every column of the file, as strings. */
  readonly specs: readonly ColumnSpec[] | undefined;
  readonly header: boolean | readonly string[];
  readonly nulls: readonly Uint8Array[];
  readonly ragged: 'refuse' | 'pad' | 'cut';
  readonly replacesUtf8: boolean;
  /** Whether blanks around places are no part of them. */
  readonly trims: boolean;
  /** The point or the comma of numbers. */
  readonly decimal: number;
  /** What may stand between groups of digits, or -1; and what finds a number in groups at the beginning of a text. */
  readonly thousands: number;
  readonly groups: RegExp | undefined;
  readonly entries: number;
  readonly entryBytes: number;
}

export const LF = 10;
export const CR = 13;

export function dialectOf(kind: string, settings: CsvSettings<ColumnWishes | undefined>, separator: string): Dialect {
  const { quote = '"', comment, nulls = [''], ragged = 'refuse', utf8 = 'refuse', header = true, columns, dictionary = {} } = settings;
  const { trim = false, decimal = '.', thousands } = settings;
  const dialect: Dialect = {
    kind,
    separator: character(kind, 'separator', settings.separator ?? separator),
    quote: quote === false ? -1 : character(kind, 'quote', quote),
    comment: comment === undefined ? -1 : character(kind, 'comment', comment),
    specs: columns === undefined ? undefined : columnSpecs(columns, kind),
    header: typeof header === 'boolean' ? header : [...header],
    nulls: nulls.map((token) => encodeUtf8(token)),
    ragged,
    replacesUtf8: utf8 === 'replace',
    trims: trim,
    decimal: decimal.charCodeAt(0),
    thousands: thousands === undefined ? -1 : thousands.charCodeAt(0),
    groups: thousands === undefined ? undefined : groupsOf(thousands),
    entries: wholeNumber(dictionary.entries ?? 65_536, 'option dictionary.entries', 0),
    entryBytes: byteCount(dictionary.bytes ?? '4MiB', 'option dictionary.bytes'),
  };
  check(dialect, settings);
  return dialect;
}

function check(dialect: Dialect, settings: CsvSettings<ColumnWishes | undefined>): void {
  const { kind, separator, quote, comment, header, nulls, specs } = dialect;
  const { ragged = 'refuse', utf8 = 'refuse', decimal = '.', thousands } = settings;
  if (separator === quote || separator === comment || (quote === comment && quote >= 0))
    throw optionError(kind, 'separator, quote and comment are not three characters', 'Give each a character of its own.');
  if (!['refuse', 'pad', 'cut'].includes(ragged))
    throw optionError(kind, `ragged is ${JSON.stringify(ragged)}`, "It is 'refuse', 'pad' or 'cut'.");
  if (!['refuse', 'replace'].includes(utf8)) throw optionError(kind, `utf8 is ${JSON.stringify(utf8)}`, "It is 'refuse' or 'replace'.");
  if (!['.', ','].includes(decimal)) throw optionError(kind, `decimal is ${JSON.stringify(decimal)}`, "It is '.' or ','.");
  if (thousands !== undefined) checkThousands(dialect, thousands, decimal);
  if (dialect.trims) checkTrimmed(dialect);
  for (const token of nulls)
    if ([separator, quote, LF, CR].some((byte) => token.includes(byte)))
      throw optionError(
        kind,
        `the null token ${JSON.stringify(Buffer.from(token).toString())} has a separator, a quote or a line end in it`,
        'A null token stands in the file without quotes: choose another.',
      );
  if (header === false && specs === undefined)
    throw optionError(kind, 'there is neither a header nor columns', 'Name the columns: columns: { id: "integer" }, or header: ["id"].');
  if (typeof header !== 'boolean') checkNames(kind, header, 'the option header');
}

/** A number in groups, up to its fraction: a first group of one to three digits, and others of three. */
export function groupsOf(thousands: string): RegExp {
  const between = `[${thousands}]`;
  return new RegExp(`^[+-]?[1-9]\\d{0,2}(?:${between}\\d{3})+(?!\\d)`);
}

function checkThousands({ kind, quote }: Dialect, thousands: string, decimal: string): void {
  if (![',', '.', "'", ' ', '_'].includes(thousands))
    throw optionError(kind, `thousands is ${JSON.stringify(thousands)}`, `It is ',' or '.' or "'" or ' ' or '_'.`);
  if (thousands === decimal)
    throw optionError(
      kind,
      `thousands and decimal are both ${JSON.stringify(decimal)}`,
      "Say decimal: ',' beside thousands: '.', or thousands: ','.",
    );
  if (thousands.charCodeAt(0) === quote)
    throw optionError(kind, 'thousands and quote are one character', 'Give quote another one, or false.');
}

/** What is cut off cannot mean anything. */
function checkTrimmed({ kind, quote, comment, nulls, separator }: Dialect): void {
  const trimming = { trims: true, separator };
  if (isCutOff(quote, trimming) || isCutOff(comment, trimming))
    throw optionError(kind, 'quote or comment is a blank, and blanks are cut off by trim', 'Give it another character, or leave out trim.');
  for (const token of nulls)
    if (isCutOff(token[0], trimming) || isCutOff(token.at(-1), trimming))
      throw optionError(
        kind,
        `the null token ${JSON.stringify(Buffer.from(token).toString())} begins or ends with a blank, which trim cuts off`,
        'Write the token without it, or leave out trim.',
      );
}

/** Names of all columns must be names that a row can have, each once. */
export function checkNames(kind: string, names: readonly string[], where: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === '__proto__' || seen.has(name))
      throw new HeadraceError({
        code: 'HR_CSV_HEADER_INVALID',
        where: kind,
        what: seen.has(name)
          ? `${where} has ${JSON.stringify(name)} twice`
          : `${where} has the name __proto__, which could change a prototype`,
        todo: 'Correct the names, or read by place: columns with from: "3" and header: false.',
      });
    seen.add(name);
  }
}

function character(kind: string, option: string, text: string): number {
  const code = text.charCodeAt(0);
  // Three letters stand for nothing in a file but themselves, and a character of several bytes could not be looked for by byte.
  if (text.length !== 1 || code > 126 || code === LF || code === CR || code === 0)
    throw optionError(kind, `${option} is ${JSON.stringify(text)}`, `Give ${option} one character of ASCII that is no line end.`);
  return code;
}

export function optionError(kind: string, what: string, todo: string): HeadraceError {
  return new HeadraceError({ code: 'HR_OPTION_INVALID', where: kind, what, todo });
}
