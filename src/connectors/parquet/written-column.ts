import type { ColumnSpec } from '../../codecs/column-kinds.ts';
import { HeadraceError } from '../../core/error.ts';

/** What the writing package takes for a value. */
export type StoredValue = string | number | bigint | boolean | null;

export interface WrittenColumn {
  /** The member of the record. */
  readonly name: string;
  /** The column of the file. */
  readonly element: SchemaElement;
  /** The value as it is stored; throws for one that cannot be. */
  store(value: unknown): StoredValue;
}

interface SchemaElement {
  readonly name: string;
  readonly type: 'BOOLEAN' | 'INT64' | 'DOUBLE' | 'BYTE_ARRAY';
  readonly repetition_type: 'REQUIRED' | 'OPTIONAL';
  readonly converted_type?: string;
  readonly logical_type?: Readonly<Record<string, unknown>>;
}

const LEAST_LONG = -(2n ** 63n);
const MOST_LONG = 2n ** 63n - 1n;

export function storedAs(spec: ColumnSpec): WrittenColumn {
  const { name, from, mayBeNull } = spec;
  const store = storeOf(spec);
  return {
    name,
    element: { name: from, repetition_type: mayBeNull ? 'OPTIONAL' : 'REQUIRED', ...typeOf(spec) },
    store(value) {
      if (value !== null && value !== undefined) {
        const stored = store(value);
        if (stored !== undefined) return stored;
      } else if (mayBeNull) return null;
      throw refused(spec, value);
    },
  };
}

function typeOf({ kind, unit }: ColumnSpec): Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'> {
  switch (kind) {
    case 'string':
      return { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'number':
      return { type: 'DOUBLE' };
    case 'boolean':
      return { type: 'BOOLEAN' };
    case 'integer':
    case 'bigint':
      return { type: 'INT64' };
    case 'time': {
      const counted = unit === 'ns' ? 'NANOS' : unit === 'us' ? 'MICROS' : 'MILLIS';
      const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: counted };
      return { type: 'INT64', logical_type, ...(counted === 'NANOS' ? {} : { converted_type: `TIMESTAMP_${counted}` }) };
    }
  }
}

/** Undefined for what cannot be stored. */
function storeOf({ kind, unit, oneOf }: ColumnSpec): (value: unknown) => StoredValue | undefined {
  const among = oneOf && new Set<unknown>(oneOf);
  switch (kind) {
    case 'string':
      return (value) =>
        typeof value === 'string' && value.isWellFormed() && (among === undefined || among.has(value)) ? value : undefined;
    case 'number':
      return (value) => (typeof value === 'number' ? value : undefined);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined);
    case 'integer':
      return (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : undefined);
    case 'bigint':
      return (value) => (typeof value === 'bigint' && value >= LEAST_LONG && value <= MOST_LONG ? value : undefined);
    case 'time':
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? timeIn(value, unit) : undefined);
  }
}

/** Counted in the unit of the column; undefined where something would be lost. */
function timeIn(ms: number, unit: ColumnSpec['unit']): bigint | undefined {
  if (unit === 'ns') {
    // In two parts: nanoseconds of today are beyond what a double counts one by one.
    const whole = Math.floor(ms);
    const time = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000));
    return time >= LEAST_LONG && time <= MOST_LONG ? time : undefined;
  }
  const factor = unit === 'us' ? 1000 : 1;
  const time = Math.round(ms * factor);
  return time / factor === ms && Number.isSafeInteger(time) ? BigInt(time) : undefined;
}

function refused({ name, kind, mayBeNull, unit, oneOf }: ColumnSpec, value: unknown): HeadraceError {
  const wanted = oneOf === undefined ? kind : `one of ${oneOf.slice(0, 20).join(', ')}`;
  const isFraction = kind === 'time' && typeof value === 'number' && !Number.isInteger(value);
  return new HeadraceError({
    code: 'HR_VALUE_UNENCODABLE',
    action: 'deadLetter',
    where: `parquet, column ${JSON.stringify(name)}`,
    what: `${value === null || value === undefined ? 'there is no value' : `${shown(value)} cannot be written as ${wanted}`}`,
    todo: isFraction
      ? `Declare the column as { as: 'time', unit: 'us' } to keep fractions of a millisecond${unit === 'us' ? ', or ns' : ''}.`
      : mayBeNull
        ? 'Correct the record before it gets here.'
        : "Correct the record before it gets here; 'integer?' allows a place to be empty.",
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'bigint') return `${value}n`.slice(0, 100);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a value of the type ${typeof value}`;
}
