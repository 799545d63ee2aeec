import { HeadraceError } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { isoMillis } from '../times.ts';
import { encodeUtf8 } from '../utf8.ts';
import type { Dialect } from './dialect.ts';
import { type Layout, stringSpec } from './layout.ts';
import { SHIFTS } from './place-value.ts';
import { shown } from './wrong.ts';

/** Turns rows to lines, without their line ends. What it writes is read back equal, or it refuses to write it. */
export class RowText {
  readonly #dialect: Dialect;
  readonly #columns: readonly (ColumnSpec | undefined)[];
  readonly #separator: string;
  readonly #quote: string;
  readonly #comment: string;
  readonly #nulls: readonly string[];
  readonly #odd: RegExp;
  readonly #decimal: string;

  /** What each place holds; undefined for one that is always empty. */
  constructor(dialect: Dialect, columns: readonly (ColumnSpec | undefined)[]) {
    this.#dialect = dialect;
    this.#columns = columns;
    this.#separator = String.fromCharCode(dialect.separator);
    this.#quote = dialect.quote < 0 ? '' : String.fromCharCode(dialect.quote);
    this.#comment = dialect.comment < 0 ? '' : String.fromCharCode(dialect.comment);
    this.#nulls = dialect.nulls.map((token) => Buffer.from(token).toString());
    this.#decimal = String.fromCharCode(dialect.decimal);
    // Spaces at the ends are quoted for the sake of others, who cut them off.
    this.#odd = new RegExp(`^[ \\t\\ufeff]|[ \\t]$|[\\r\\n${escaped(this.#separator)}${escaped(this.#quote)}]`);
  }

  header(names: readonly string[]): string {
    return this.#line(names.map((name, i) => this.#place(stringSpec(name), name, i)));
  }

  row(row: Readonly<Record<string, unknown>>): string {
    if (typeof row !== 'object' || row === null) throw this.#refused('', `a value of type ${row === null ? 'null' : typeof row} is no row`);
    return this.#line(this.#columns.map((spec, i) => (spec === undefined ? '' : this.#place(spec, row[spec.name], i))));
  }

  #line(places: readonly string[]): string {
    if (places.length > 1 || places[0] !== '') return places.join(this.#separator);
    // A line with nothing on it would be passed over.
    if (this.#quote === '') throw this.#refused(`/${this.#columns[0]?.name ?? ''}`, 'an empty place would be an empty line');
    return this.#quote + this.#quote;
  }

  #place(spec: ColumnSpec, value: unknown, i: number): string {
    const isNull = value === null || value === undefined;
    if (isNull) return this.#null(spec, i);
    const text = this.#text(spec, value);
    const isToken = spec.mayBeNull && this.#nulls.includes(text);
    if (isToken && spec.kind !== 'string') throw this.#refused(`/${spec.name}`, `${shown(text)} stands for nothing by the option nulls`);
    if (!isToken && !this.#isOdd(text, i)) return text;
    if (this.#quote === '')
      throw this.#refused(`/${spec.name}`, `${shown(text)} would have to be quoted, and quotes mean nothing by quote: false`);
    return this.#quote + text.replaceAll(this.#quote, this.#quote + this.#quote) + this.#quote;
  }

  #isOdd(text: string, i: number): boolean {
    return this.#odd.test(text) || (i === 0 && this.#comment !== '' && text.startsWith(this.#comment));
  }

  #null(spec: ColumnSpec, i: number): string {
    const token = this.#nulls[0];
    if (!spec.mayBeNull || token === undefined || this.#isOdd(token, i))
      throw this.#refused(
        `/${spec.name}`,
        spec.mayBeNull ? 'the option nulls has nothing that could be written there' : 'there is nothing, and the column may not be empty',
      );
    if (token === '' && this.#columns.length === 1)
      throw this.#refused(`/${spec.name}`, "the only column of a row is empty, which is an empty line (give nulls: ['null'])");
    return token;
  }

  #text(spec: ColumnSpec, value: unknown): string {
    const text = textOf(spec, value);
    if (text !== undefined) return this.#decimal === '.' || !hasFraction(spec) ? text : text.replace('.', this.#decimal);
    const type =
      typeof value === 'number' || typeof value === 'bigint'
        ? String(value)
        : typeof value === 'string'
          ? shown(value)
          : `a value of type ${typeof value}`;
    throw this.#refused(`/${spec.name}`, `${type} is no ${WORDS[spec.kind]}${spec.oneOf === undefined ? '' : ' that is allowed'}`);
  }

  #refused(path: string, what: string): HeadraceError {
    return new HeadraceError({
      code: 'HR_VALUE_UNENCODABLE',
      action: 'deadLetter',
      where: `${this.#dialect.kind}${path}`,
      what,
      todo: 'Turn it into what the column holds in a map before the sink, or declare the column otherwise.',
    });
  }
}

const WORDS: Readonly<Record<ColumnSpec['kind'], string>> = {
  string: 'well-formed string',
  number: 'finite number',
  integer: 'safe integer',
  bigint: 'bigint of 64 bits',
  boolean: 'boolean',
  time: 'time that can be written so that it is read back equal',
};

/** A time in ISO 8601 has its fraction behind a point, whatever numbers have. */
function hasFraction({ kind, unit }: ColumnSpec): boolean {
  return kind === 'number' || (kind === 'time' && unit !== 'iso');
}

/** Undefined for what is not of the kind. */
function textOf(spec: ColumnSpec, value: unknown): string | undefined {
  switch (spec.kind) {
    case 'string':
      return typeof value === 'string' && value.isWellFormed() && (spec.oneOf === undefined || spec.oneOf.includes(value))
        ? value
        : undefined;
    case 'number':
      return typeof value !== 'number' || !Number.isFinite(value) ? undefined : Object.is(value, -0) ? '-0' : String(value);
    case 'integer':
      return Number.isSafeInteger(value) ? String(value) : undefined;
    case 'bigint':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? String(value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'time':
      return typeof value !== 'number' || !Number.isFinite(value)
        ? undefined
        : spec.unit === 'iso'
          ? isoText(value)
          : epochText(value, SHIFTS[spec.unit]);
  }
}

const FIRST_YEAR = -62_167_219_200_000;
const LAST_YEAR = 253_402_300_799_999;

function isoText(ms: number): string | undefined {
  const whole = Math.floor(ms);
  if (whole < FIRST_YEAR || whole > LAST_YEAR) return undefined;
  const text = new Date(whole).toISOString();
  if (whole === ms) return text;
  // Microseconds where they are enough, else nanoseconds.
  for (const digits of [3, 6]) {
    const finer = Math.round((ms - whole) * 10 ** digits);
    const all = `${text.slice(0, -1)}${String(finer).padStart(digits, '0')}Z`;
    const bytes = encodeUtf8(all);
    if (isoMillis(bytes, 0, bytes.length) === ms) return all;
  }
  return undefined;
}

/** The decimal digits of milliseconds with the point moved. */
function epochText(ms: number, shift: number): string | undefined {
  const [, sign = '', digits = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(ms)) ?? [];
  if (digits === '') return undefined;
  const point = digits.length - shift;
  const all = (digits + fraction).padEnd(point, '0').padStart(digits.length + fraction.length + Math.max(0, 1 - point), '0');
  const at = Math.max(point, 1);
  const behind = all.slice(at).replace(/0+$/, '');
  return `${sign}${all.slice(0, at).replace(/^0+(?=\d)/, '')}${behind === '' ? '' : `.${behind}`}`;
}

function escaped(text: string): string {
  return text.replace(/[\\\]^$.*+?()[{}|-]/, '\\$&');
}

/**
 * The line of names that goes in front of a row of this layout where somebody has only the row; empty where a row has
 * just the columns in their order.
 */
export function namesLine(dialect: Dialect, layout: Layout): Uint8Array {
  const { columns, fields } = layout;
  if (dialect.specs !== undefined && fields === columns.length && columns.every(({ field }, i) => field === i)) return new Uint8Array(0);
  const names = Array<string>(fields).fill('');
  for (const { spec, field } of columns) names[field] = spec.from;
  return encodeUtf8(`${new RowText({ ...dialect, nulls: [] }, []).header(names)}\n`);
}
