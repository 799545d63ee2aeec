import type { ColumnSpec } from '../column-kinds.ts';
import { isoMillis, unitMillis } from '../times.ts';

/** What one place of a row is. */
export type Cell = string | number | bigint | boolean | null;

/** A value that is not what its column says. */
export class WrongCell {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/** The value at a place of a JSON text that was found to be right; `from` is -1 where there is none. */
export function readCell(spec: ColumnSpec, bytes: Buffer, from: number, to: number): Cell | WrongCell {
  if (from < 0) return spec.mayBeNull ? null : new WrongCell(`the member ${JSON.stringify(spec.from)} is missing`);
  const first = bytes[from]!;
  if (first === LETTER_N) return spec.mayBeNull ? null : new WrongCell('it is null');
  switch (spec.kind) {
    case 'string':
      return first === QUOTE ? oneOf(spec, stringAt(bytes, from, to)) : wrong(first, 'a string');
    case 'number':
      return isNumber(first) ? numberAt(bytes, from, to) : wrong(first, 'a number');
    case 'integer':
      return isNumber(first) ? integer(numberAt(bytes, from, to), bytes, from, to) : wrong(first, 'an integer');
    case 'bigint':
      return bigint(first, bytes, from, to);
    case 'boolean':
      return first === LETTER_T || first === LETTER_F ? first === LETTER_T : wrong(first, 'true or false');
    case 'time':
      return time(spec, first, bytes, from, to);
  }
}

function oneOf(spec: ColumnSpec, value: string): Cell | WrongCell {
  return spec.oneOf === undefined || spec.oneOf.includes(value)
    ? value
    : new WrongCell(`it is ${shown(JSON.stringify(value))}, which is none of ${spec.oneOf.map((each) => JSON.stringify(each)).join(', ')}`);
}

function integer(value: number, bytes: Buffer, from: number, to: number): Cell | WrongCell {
  if (Number.isSafeInteger(value)) return value;
  const text = shown(bytes.toString('latin1', from, to));
  return new WrongCell(
    Number.isInteger(value) ? `it is ${text}, beyond the integers a number holds exactly` : `it is ${text} and should be an integer`,
  );
}

function bigint(first: number, bytes: Buffer, from: number, to: number): Cell | WrongCell {
  if (!isNumber(first) && first !== QUOTE) return wrong(first, 'a whole number');
  const text = first === QUOTE ? stringAt(bytes, from, to) : bytes.toString('latin1', from, to);
  // Twenty letters hold every number of 64 bits; longer ones are never made a bigint, which takes the square of their length.
  const value = text.length <= 20 && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && BigInt.asIntN(64, value) === value) return value;
  return new WrongCell(`it is ${shown(text)} and should be a whole number of at most 64 bits`);
}

function time(spec: ColumnSpec, first: number, bytes: Buffer, from: number, to: number): Cell | WrongCell {
  if (spec.unit === 'iso') {
    if (first !== QUOTE) return wrong(first, 'a time in a string');
    const text = Buffer.from(stringAt(bytes, from, to), 'utf8');
    const millis = isoMillis(text, 0, text.length);
    return Number.isNaN(millis)
      ? new WrongCell(`it is ${shown(bytes.toString('utf8', from, to))} and should be a time in ISO 8601`)
      : millis;
  }
  if (!isNumber(first)) return wrong(first, `a time in ${spec.unit}`);
  const millis = unitMillis(numberAt(bytes, from, to), spec.unit);
  return Number.isFinite(millis) ? millis : new WrongCell(`it is ${shown(bytes.toString('latin1', from, to))}, which is no time`);
}

/** Also half of a surrogate pair, where it is written as an escape. */
function stringAt(bytes: Buffer, from: number, to: number): string {
  const isPlain = !bytes.subarray(from, to).includes(BACKSLASH);
  return isPlain ? bytes.toString('utf8', from + 1, to - 1) : (JSON.parse(bytes.toString('utf8', from, to)) as string);
}

function numberAt(bytes: Buffer, from: number, to: number): number {
  return Number(bytes.toString('latin1', from, to));
}

function isNumber(first: number): boolean {
  return first === MINUS || (first >= ZERO && first <= NINE);
}

function wrong(first: number, wanted: string): WrongCell {
  const is =
    first === QUOTE
      ? 'a string'
      : first === OPEN_BRACE
        ? 'an object'
        : first === OPEN_BRACKET
          ? 'an array'
          : isNumber(first)
            ? 'a number'
            : first === LETTER_T
              ? 'true'
              : 'false';
  return new WrongCell(`it is ${is} and should be ${wanted}`);
}

const SHOWN = 40;

function shown(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

const QUOTE = 34;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const LETTER_F = 102;
const LETTER_N = 110;
const LETTER_T = 116;
const OPEN_BRACE = 123;
