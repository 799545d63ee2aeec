import type { Stored } from './page-values.ts';
import { BAD } from './values.ts';

/** A decimal of this many bytes has 154 digits; the format's own limit is the length of a value. */
const MOST_BYTES = 64;

/** Decimals without their point; undefined where one is too long to be meant. */
export function unscaled(stored: Stored): readonly (number | bigint | undefined)[] {
  if (stored.is !== 'bytes') return Array.from<number | bigint>(stored.values);
  const { bytes, starts, ends } = stored;
  return Array.from(starts, (start, i) => {
    const length = ends[i]! - start;
    if (length > MOST_BYTES) return undefined;
    if (length === 0) return 0;
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('hex');
    return BigInt.asIntN(length * 8, BigInt(`0x${hex}`));
  });
}

interface Decimals<A> {
  readonly values: A;
  readonly bad?: Uint8Array | undefined;
}

/** Exactly, with all digits behind the point: `12.30`. */
export function decimalTexts(decimals: readonly (number | bigint | undefined)[], scale: number): Decimals<string[]> {
  return { values: decimals.map((decimal) => (decimal === undefined ? '' : decimalText(decimal, scale))), bad: badOf(decimals) };
}

/** The nearest doubles. */
export function decimalNumbers(decimals: readonly (number | bigint | undefined)[], scale: number): Decimals<Float64Array> {
  return { values: Float64Array.from(decimals, (decimal) => decimalNumber(decimal ?? 0, scale)), bad: badOf(decimals) };
}

function decimalText(decimal: number | bigint, scale: number): string {
  const sign = decimal < 0 ? '-' : '';
  const digits = String(decimal)
    .slice(sign.length)
    .padStart(scale + 1, '0');
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function decimalNumber(decimal: number | bigint, scale: number): number {
  const number = Number(decimal);
  // Both are exact doubles, so that the division rounds once and to the nearest.
  if (Number.isSafeInteger(number) && scale <= 22) return number / 10 ** scale;
  return Number(decimalText(decimal, scale));
}

function badOf(decimals: readonly (number | bigint | undefined)[]): Uint8Array | undefined {
  return decimals.includes(undefined) ? Uint8Array.from(decimals, (decimal) => (decimal === undefined ? BAD.decimal : 0)) : undefined;
}
