import type { ColumnSpec } from '../../codecs/column-kinds.ts';
import type { ByteWriter } from '../../codecs/parquet/byte-writer.ts';
import type { ThriftField, ThriftValue } from '../../codecs/parquet/thrift-writer.ts';
import { HeadraceError } from '../../core/error.ts';

/** A value as it is stored: whole numbers that a double holds exactly are numbers. */
export type StoredValue = string | number | bigint | boolean | null;

/** What a column is made of: texts, doubles, whole numbers of 64 bits, bits. */
export type Physical = 'BOOLEAN' | 'INT64' | 'DOUBLE' | 'BYTE_ARRAY';

export interface WrittenColumn {
  /** The member of the record, and the column of the file. */
  readonly name: string;
  readonly from: string;
  readonly type: Physical;
  readonly mayBeNull: boolean;
  /** What the footer says of values of the type beyond it. */
  readonly meaning: readonly ThriftField[];
  /** The value as it is stored; throws for one that cannot be. */
  store(value: unknown): StoredValue;
}

/** A value as it stands in a page. */
export function putValue(out: ByteWriter, type: Physical, value: Exclude<StoredValue, boolean | null>): void {
  if (typeof value === 'string') out.text(value);
  else if (typeof value === 'bigint') out.bigLong(value);
  else if (type === 'DOUBLE') out.double(value);
  else out.long(value);
}

const LEAST_LONG = -(2n ** 63n);
const MOST_LONG = 2n ** 63n - 1n;

export function storedAs(spec: ColumnSpec): WrittenColumn {
  const { name, from, mayBeNull } = spec;
  const store = storeOf(spec);
  return {
    name,
    from,
    mayBeNull,
    ...typeOf(spec),
    store(value) {
      if (value !== null && value !== undefined) {
        const stored = store(value);
        if (stored !== undefined) return stored;
      } else if (mayBeNull) return null;
      throw refused(spec, value);
    },
  };
}

const CONVERTED_TYPE = 6;
const LOGICAL_TYPE = 10;
const NOTHING: ThriftValue = { struct: [] };
/** By the unit of a time: which member of a union says it, and what it was called before there was that union. */
const TIMES = { ms: [1, 9], iso: [1, 9], s: [1, 9], us: [2, 10], ns: [3, undefined] } as const;

function typeOf({ kind, unit }: ColumnSpec): Pick<WrittenColumn, 'type' | 'meaning'> {
  switch (kind) {
    case 'string':
      return {
        type: 'BYTE_ARRAY',
        meaning: [
          [CONVERTED_TYPE, { i32: 0 }],
          [LOGICAL_TYPE, { struct: [[1, NOTHING]] }],
        ],
      };
    case 'number':
      return { type: 'DOUBLE', meaning: [] };
    case 'boolean':
      return { type: 'BOOLEAN', meaning: [] };
    case 'integer':
    case 'bigint':
      return { type: 'INT64', meaning: [] };
    case 'time': {
      const [counted, converted] = TIMES[unit];
      const timestamp: ThriftValue = {
        struct: [
          [1, { flag: true }],
          [2, { struct: [[counted, NOTHING]] }],
        ],
      };
      return {
        type: 'INT64',
        meaning: [
          [CONVERTED_TYPE, converted && { i32: converted }],
          [LOGICAL_TYPE, { struct: [[8, timestamp]] }],
        ],
      };
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
      return (value) => (Number.isSafeInteger(value) ? (value as number) : undefined);
    case 'bigint':
      return (value) => (typeof value === 'bigint' && value >= LEAST_LONG && value <= MOST_LONG ? value : undefined);
    case 'time':
      return (value) => (typeof value === 'number' && Number.isFinite(value) ? timeIn(value, unit) : undefined);
  }
}

/** Counted in the unit of the column; undefined where something would be lost. */
function timeIn(ms: number, unit: ColumnSpec['unit']): number | bigint | undefined {
  if (unit === 'ns') {
    // In two parts: nanoseconds of today are beyond what a double counts one by one.
    const whole = Math.floor(ms);
    const time = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000));
    return time >= LEAST_LONG && time <= MOST_LONG ? time : undefined;
  }
  const factor = unit === 'us' ? 1000 : 1;
  const time = Math.round(ms * factor);
  return time / factor === ms && Number.isSafeInteger(time) ? time : undefined;
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
