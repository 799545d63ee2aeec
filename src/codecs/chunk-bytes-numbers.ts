import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';

// How a column of times lies: NaN for all, one for all, whole milliseconds by their difference, or doubles.
const NONE = 0;
const ONE = 1;
const STEPS = 2;
const DOUBLES = 3;

/** Sums of differences stay exact, and a difference fits what `signed` can write. */
const MOST = 2 ** 51;

let scratch = new Float64Array(1024);

/** One number a record, NaN where there is none, in the shortest of four layouts. */
export function writeNumbers(writer: ValueWriter, count: number, at: (index: number) => number): void {
  if (scratch.length < count) scratch = new Float64Array(count);
  const first = count === 0 ? Number.NaN : at(0);
  let isOne = true;
  let isWhole = true;
  for (let i = 0; i < count; i++) {
    const number = at(i);
    scratch[i] = number;
    if (isOne && !Object.is(number, first)) isOne = false;
    if (isWhole && !(Number.isInteger(number) && number <= MOST && number >= -MOST && !Object.is(number, -0))) isWhole = false;
  }
  writer.byte(isOne ? (Number.isNaN(first) ? NONE : ONE) : isWhole ? STEPS : DOUBLES);
  if (isOne) {
    if (!Number.isNaN(first)) writer.double(first);
    return;
  }
  for (let i = 0, last = 0; i < count; i++) {
    const number = scratch[i]!;
    if (!isWhole) writer.double(number);
    else writer.signed(number - last);
    last = number;
  }
}

/** Undefined when there is none at all. */
export function readNumbers(reader: ValueReader, count: number): Float64Array | undefined {
  const layout = reader.byte();
  if (layout === NONE) return undefined;
  if (layout === ONE) return new Float64Array(count).fill(reader.double());
  if (layout !== STEPS && layout !== DOUBLES) throw reader.damaged('there is no such layout of numbers');
  if (layout === DOUBLES && count * 8 > reader.left) throw reader.damaged('a length goes beyond the end');
  const numbers = new Float64Array(count);
  for (let i = 0, last = 0; i < count; i++) {
    const number = layout === DOUBLES ? reader.double() : last + reader.signed();
    if (layout === STEPS && Math.abs(number) > MOST) throw reader.damaged('a number is out of bounds');
    numbers[i] = last = number;
  }
  return numbers;
}
