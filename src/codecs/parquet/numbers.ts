import type { NumberArray } from '../../core/columns.ts';
import type { StoredBytes } from './page-values.ts';
import { BAD, type Values } from './values.ts';

const WORD = 4_294_967_296;
const DAY_MS = 86_400_000;
/** The Julian day on which 1970 began at noon, as INT96 counts days. */
const JULIAN_1970 = 2_440_588;

/** The nearest doubles. By halves: no bigint is made, 1 ns each instead of 12. */
export function longDoubles(longs: BigInt64Array): Float64Array {
  const low = new Uint32Array(longs.buffer, longs.byteOffset, longs.length * 2);
  const high = new Int32Array(longs.buffer, longs.byteOffset, longs.length * 2);
  const doubles = new Float64Array(longs.length);
  for (let i = 0; i < doubles.length; i++) doubles[i] = high[2 * i + 1]! * WORD + low[2 * i]!;
  return doubles;
}

export function unsignedDoubles(longs: BigInt64Array): Float64Array {
  const words = new Uint32Array(longs.buffer, longs.byteOffset, longs.length * 2);
  const doubles = new Float64Array(longs.length);
  for (let i = 0; i < doubles.length; i++) doubles[i] = words[2 * i + 1]! * WORD + words[2 * i]!;
  return doubles;
}

/** Marks what a double does not hold exactly. */
export function safeIntegers(values: Values): Values {
  if (values.is !== 'numbers' || !(values.values instanceof Float64Array)) return values;
  const { values: numbers } = values;
  let { bad } = values;
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isSafeInteger(numbers[i]!)) continue;
    bad ??= new Uint8Array(numbers.length);
    bad[i] ||= BAD.unsafe;
  }
  return { ...values, bad };
}

/** Milliseconds since 1970, with fractions. */
export function millis(numbers: NumberArray, unit: 's' | 'ms' | 'us' | 'ns' | 'd'): NumberArray {
  if (unit === 'ms') return numbers;
  const times = new Float64Array(numbers.length);
  // Divided, not multiplied by a fraction: 1/1000 is no double, and each time would be off by a little.
  if (unit === 's' || unit === 'd') for (let i = 0; i < times.length; i++) times[i] = numbers[i]! * (unit === 's' ? 1000 : DAY_MS);
  else for (let i = 0; i < times.length; i++) times[i] = numbers[i]! / (unit === 'us' ? 1000 : 1_000_000);
  return times;
}

/** Nanoseconds of the day in eight bytes, then the Julian day in four. */
export function int96Millis({ bytes, starts }: StoredBytes): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from(starts, (start) => {
    const nanos = view.getUint32(start + 4, true) * WORD + view.getUint32(start, true);
    return (view.getInt32(start + 8, true) - JULIAN_1970) * DAY_MS + nanos / 1_000_000;
  });
}
