import { assert } from '../../core/error.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { decimalNumbers, decimalTexts, unscaled } from './decimals.ts';
import { int96Millis, longDoubles, millis, safeIntegers, unsignedDoubles } from './numbers.ts';
import type { Stored } from './page-values.ts';
import type { Leaf, Physical } from './schema.ts';
import type { Values } from './values.ts';

/** Makes values of what is stored. */
export type Meaning = (stored: Stored) => Values;

const WHOLE: ReadonlySet<Physical> = new Set<Physical>(['INT32', 'INT64']);
const TEXT: ReadonlySet<Physical> = new Set<Physical>(['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY']);
const DECIMAL: ReadonlySet<Physical> = new Set<Physical>([...WHOLE, ...TEXT]);
const MOST_SCALE = 1000;

/** How a stored column becomes what a declared one is; undefined where it cannot. */
export function meaningOf(leaf: Leaf, { kind, unit }: Pick<ColumnSpec, 'kind' | 'unit'>): Meaning | undefined {
  switch (kind) {
    case 'string':
      return textMeaning(leaf);
    case 'number':
      return numberMeaning(leaf);
    case 'integer':
      return integerMeaning(leaf);
    case 'bigint':
      return bigintMeaning(leaf);
    case 'boolean':
      return leaf.physical === 'BOOLEAN' ? booleans : undefined;
    case 'time':
      return timeMeaning(leaf, unit);
  }
}

/** How a column is read of which nothing was said. */
export function plainMeaning(leaf: Leaf): Meaning {
  const { physical, logical } = leaf;
  const declared =
    physical === 'BOOLEAN'
      ? booleans
      : logical.is === 'decimal' || logical.is === 'uuid' || (logical.is === 'string' && TEXT.has(physical))
        ? textMeaning(leaf)
        : (timeMeaning(leaf, 'iso') ?? (physical === 'INT64' ? bigintMeaning(leaf) : numberMeaning(leaf)));
  // What says of itself that it is something it cannot be is read as what it is.
  return declared ?? (TEXT.has(physical) ? binaries : physical === 'INT64' ? longs : sameNumbers);
}

function textMeaning({ physical, logical, typeLength }: Leaf): Meaning | undefined {
  if (logical.is === 'decimal') {
    const { scale } = logical;
    return isScale(scale) && DECIMAL.has(physical) ? (stored) => ({ is: 'plain', ...decimalTexts(unscaled(stored), scale) }) : undefined;
  }
  if (logical.is === 'uuid' && physical === 'FIXED_LEN_BYTE_ARRAY' && typeLength === 16) return uuids;
  if (!TEXT.has(physical) || (logical.is !== 'string' && logical.is !== 'none')) return undefined;
  return (stored) => (stored.is === 'bytes' ? { ...stored, is: 'text' } : wrong(stored));
}

function numberMeaning(leaf: Leaf): Meaning | undefined {
  const { physical, logical } = leaf;
  if (logical.is === 'decimal') {
    const { scale } = logical;
    return isScale(scale) && DECIMAL.has(physical)
      ? (stored) => ({ is: 'numbers', ...decimalNumbers(unscaled(stored), scale) })
      : undefined;
  }
  if (physical === 'FLOAT' || physical === 'DOUBLE') return sameNumbers;
  if (logical.is === 'float16' && physical === 'FIXED_LEN_BYTE_ARRAY' && leaf.typeLength === 2) return halves;
  return wholeDoubles(leaf);
}

function integerMeaning(leaf: Leaf): Meaning | undefined {
  const { logical } = leaf;
  if (logical.is === 'decimal') {
    if (logical.scale !== 0) return undefined;
    const numbers = numberMeaning(leaf);
    return numbers && ((stored) => safeIntegers(numbers(stored)));
  }
  const doubles = wholeDoubles(leaf);
  return doubles && ((stored) => safeIntegers(doubles(stored)));
}

/** Whole numbers, also those that are days or a time: then the number as it stands. */
function wholeDoubles({ physical, logical }: Leaf): Meaning | undefined {
  if (!WHOLE.has(physical) || logical.is === 'other' || logical.is === 'string') return undefined;
  const isUnsigned = logical.is === 'unsigned';
  return (stored) => {
    if (stored.is === 'longs') return { is: 'numbers', values: isUnsigned ? unsignedDoubles(stored.values) : longDoubles(stored.values) };
    if (stored.is !== 'numbers') return wrong(stored);
    return { is: 'numbers', values: isUnsigned ? new Uint32Array(stored.values.buffer) : stored.values };
  };
}

function bigintMeaning({ physical, logical }: Leaf): Meaning | undefined {
  if (logical.is === 'decimal' && logical.scale !== 0) return undefined;
  if (!WHOLE.has(physical) || logical.is === 'other' || logical.is === 'string') return undefined;
  const isUnsigned = logical.is === 'unsigned';
  return (stored) => {
    if (stored.is === 'longs') return { is: 'bigints', values: isUnsigned ? new BigUint64Array(stored.values.buffer) : stored.values };
    if (stored.is !== 'numbers') return wrong(stored);
    const numbers = isUnsigned ? new Uint32Array(stored.values.buffer) : stored.values;
    return { is: 'bigints', values: BigInt64Array.from(numbers as Int32Array, BigInt) };
  };
}

function timeMeaning({ physical, logical }: Leaf, unit: ColumnSpec['unit']): Meaning | undefined {
  if (physical === 'INT96') return (stored) => (stored.is === 'bytes' ? { is: 'numbers', values: int96Millis(stored) } : wrong(stored));
  if (!WHOLE.has(physical)) return undefined;
  const doubles = wholeDoubles({ physical, logical } as Leaf);
  const stands =
    logical.is === 'timestamp' ? logical.unit : logical.is === 'date' ? 'd' : logical.is === 'none' && unit !== 'iso' ? unit : undefined;
  if (stands === undefined || doubles === undefined) return undefined;
  return (stored) => {
    const numbers = doubles(stored);
    return numbers.is === 'numbers' ? { is: 'numbers', values: millis(numbers.values, stands) } : numbers;
  };
}

const booleans: Meaning = (stored) => (stored.is === 'booleans' ? stored : wrong(stored));
const longs: Meaning = (stored) => (stored.is === 'longs' ? { is: 'bigints', values: stored.values } : wrong(stored));
const sameNumbers: Meaning = (stored) => (stored.is === 'numbers' ? stored : wrong(stored));

const binaries: Meaning = (stored) => {
  if (stored.is !== 'bytes') return wrong(stored);
  const { bytes, starts, ends } = stored;
  return { is: 'plain', values: Array.from(starts, (start, i) => new Uint8Array(bytes.subarray(start, ends[i]))) };
};

const uuids: Meaning = (stored) => {
  if (stored.is !== 'bytes') return wrong(stored);
  const { bytes, starts, ends } = stored;
  const values = Array.from(starts, (start, i) =>
    Buffer.from(bytes.subarray(start, ends[i]))
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  );
  return { is: 'plain', values };
};

const halves: Meaning = (stored) => {
  if (stored.is !== 'bytes') return wrong(stored);
  const view = new DataView(stored.bytes.buffer, stored.bytes.byteOffset, stored.bytes.byteLength);
  return { is: 'numbers', values: Float32Array.from(stored.starts, (start) => view.getFloat16(start, true)) };
};

function isScale(scale: number): boolean {
  return scale >= 0 && scale <= MOST_SCALE;
}

function wrong(stored: Stored): never {
  assert(false, `a column is never stored as ${stored.is} and meant as something else`);
}
