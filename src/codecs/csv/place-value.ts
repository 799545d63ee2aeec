import { isAscii, isUtf8 } from 'node:buffer';
import type { ColumnSpec } from '../column-kinds.ts';
import { isoMillis } from '../times.ts';
import type { Dialect } from './dialect.ts';
import { DOUBLED, PLAIN, type Places } from './places.ts';
import { shown, Wrong } from './wrong.ts';

/** What a place of a row becomes. */
export type PlaceValue = string | number | bigint | boolean | null;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const WHOLE = /^[+-]?\d+$/;
/** What multiplies an epoch to milliseconds, as a power of ten. */
export const SHIFTS: Readonly<Record<'s' | 'ms' | 'us' | 'ns', number>> = { s: 3, ms: 0, us: -3, ns: -6 };
const replacing = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads places one by one, exactly: the meaning of every kind is here, and the faster forms must answer the same. */
export function placeValue(spec: ColumnSpec, bytes: Uint8Array, places: Places, field: number, dialect: Dialect): PlaceValue | Wrong {
  const form = places.forms[field]!;
  const place = bytes.subarray(places.begins[field], places.ends[field]);
  // What was quoted is meant as a text; nothing else can be told from nothing by its quotes.
  if (spec.mayBeNull && (spec.kind === 'string' ? form === PLAIN : form !== DOUBLED) && dialect.nulls.some((token) => same(token, place)))
    return null;
  if (spec.kind === 'string') return textValue(spec, form === DOUBLED ? undoubled(place, dialect.quote) : place, dialect);
  const written = latin1(place);
  const text = spec.kind === 'number' || spec.kind === 'integer' || spec.kind === 'bigint' ? ungrouped(written, dialect) : written;
  const isIso = spec.kind === 'time' && spec.unit === 'iso';
  const value = isIso ? finite(isoMillis(place, 0, place.length)) : scalarValue(spec, text, dialect.decimal);
  return value ?? wrong(spec, isAscii(place) ? written : replacing.decode(place), complaint(spec, text));
}

/** Undefined for what is not of the kind. */
function scalarValue(spec: ColumnSpec, text: string, decimal: number): PlaceValue | undefined {
  switch (spec.kind) {
    case 'number':
      return finite(numberOf(text, decimal, NUMBER, 0));
    case 'integer': {
      const value = WHOLE.test(text) ? Number(text) : Number.NaN;
      return Number.isSafeInteger(value) ? value + 0 : undefined; // Minus zero is zero.
    }
    case 'bigint': {
      // Leading zeros apart, what has more than 19 digits has more than 64 bits.
      const digits = WHOLE.test(text) ? text.replace(/^([+-]?)0+(?=\d)/, '$1') : '';
      const value = digits === '' || digits.length > 20 ? undefined : BigInt(digits.replace('+', ''));
      return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined;
    }
    case 'boolean':
      return TRUTH.get(text.toLowerCase());
    case 'time':
      return spec.unit === 'iso' ? undefined : finite(numberOf(text, decimal, DECIMAL, SHIFTS[spec.unit]));
    case 'string':
      return text;
  }
}

function numberOf(text: string, decimal: number, form: RegExp, shift: number): number {
  const pointed = withPoint(text, decimal);
  return form.test(pointed) ? Number(shift === 0 ? pointed : `${pointed}e${shift}`) : Number.NaN;
}

/**
 * A number without what stands between groups of three digits; empty where the groups are not as they should be. A first group
 * that begins with a zero is none: 0,123 is more likely a fraction.
 */
export function ungrouped(text: string, { thousands, groups }: Pick<Dialect, 'thousands' | 'groups'>): string {
  if (groups === undefined) return text;
  const between = String.fromCharCode(thousands);
  if (!text.includes(between)) return text;
  const whole = groups.exec(text)?.[0] ?? '';
  const rest = text.slice(whole.length);
  return whole === '' || rest.includes(between) ? '' : whole.replaceAll(between, '') + rest;
}

/** A number as Number() reads it. Where the comma stands before a fraction, a point is wrong. */
export function withPoint(text: string, decimal: number): string {
  return decimal === POINT ? text : text.includes('.') ? '' : text.replace(',', '.');
}

const POINT = 46;

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function complaint({ kind, unit }: ColumnSpec, text: string): string {
  if (kind === 'number') return 'is not a number';
  if (kind === 'boolean') return 'is neither true nor false';
  if (kind === 'time') return unit === 'iso' ? 'is no time such as 2026-01-31T12:30:00Z' : `is no time in ${unit}`;
  if (!WHOLE.test(text)) return 'is not a whole number';
  return kind === 'bigint' ? "is beyond 64 bits; read it as 'string'" : "is beyond what a number holds exactly; read it as 'bigint'";
}

const TRUTH: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

function textValue(spec: ColumnSpec, place: Uint8Array, dialect: Dialect): string | Wrong {
  const text = textOf(place, dialect.replacesUtf8);
  if (text === undefined)
    return new Wrong(
      'HR_DECODE_FAILED',
      `column '${spec.name}' is not UTF-8: ${shown(replacing.decode(place))}`,
      "Convert the input to UTF-8, or read it with utf8: 'replace'.",
    );
  if (spec.oneOf === undefined || spec.oneOf.includes(text)) return text;
  return wrong(spec, text, `is none of ${spec.oneOf.map((each) => JSON.stringify(each)).join(', ')}`);
}

/** Undefined where the bytes are no UTF-8 and are to be refused. */
export function textOf(place: Uint8Array, replaces: boolean): string | undefined {
  if (isAscii(place)) return latin1(place);
  if (isUtf8(place)) return Buffer.from(place.buffer, place.byteOffset, place.length).toString('utf8');
  return replaces ? replacing.decode(place) : undefined;
}

function latin1(place: Uint8Array): string {
  return Buffer.from(place.buffer, place.byteOffset, place.length).toString('latin1');
}

export function undoubled(place: Uint8Array, quote: number): Uint8Array {
  const out = new Uint8Array(place.length);
  let length = 0;
  for (let i = 0; i < place.length; i++) {
    out[length++] = place[i]!;
    if (place[i] === quote) i++;
  }
  return out.subarray(0, length);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function wrong(spec: ColumnSpec, text: string, why: string): Wrong {
  const hint =
    text === '' ? `Allow it to be empty by '${spec.kind}?', or correct the file.` : 'Correct the file, or the kind of the column.';
  return new Wrong('HR_DECODE_INVALID', `column '${spec.name}': ${shown(text)} ${why}`, hint);
}
