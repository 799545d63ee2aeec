import type { Codec } from '../core/codec.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';
import { value as valueCodec } from './value.ts';

// How the values of a chunk lie. The writer takes the first that fits; all but the last are `value/1` in columns.
const NUMBERS = 0; // doubles
const TEXTS = 1; // texts, which is what most strings need: a byte of length and their characters
const BODIES = 2; // the lengths, then all bytes next to each other
const MEMBERS = 3; // names once, then the members of each object
const VALUES = 4;
const ENCODED = 5; // by a codec of the user, whose kind stands in front
const INTEGERS = 6; // of 32 bits

export function writeValues(writer: ValueWriter, values: readonly unknown[], codec: Codec<unknown> | undefined): void {
  if (codec !== undefined && codec !== valueCodec()) return writeEncoded(writer, values, codec);
  const first = values[0];
  if (typeof first === 'number' && values.every((value) => typeof value === 'number'))
    return values.every(isInteger) ? writeIntegers(writer, values) : writeNumbers(writer, values);
  if (typeof first === 'string' && values.every((value) => typeof value === 'string')) {
    writer.byte(TEXTS);
    for (let i = 0; i < values.length; i++) writer.text(values[i]!);
    return;
  }
  if (first instanceof Uint8Array && values.every((value) => value instanceof Uint8Array)) return writeBodies(writer, values);
  const start = writer.length;
  if (writeMembers(writer, values)) return;
  writer.truncate(start);
  writer.byte(VALUES);
  for (let i = 0; i < values.length; i++) named(i, () => writer.value(values[i]));
}

export function readValues(reader: ValueReader, count: number, codec: Codec<unknown> | undefined): unknown[] {
  const layout = reader.byte();
  const values: unknown[] = [];
  switch (layout) {
    case NUMBERS: {
      const run = reader.run(count * 8);
      const view = new DataView(run.buffer, run.byteOffset, run.byteLength);
      for (let i = 0; i < count; i++) values.push(view.getFloat64(i * 8, true));
      return values;
    }
    case INTEGERS: {
      const run = reader.run(count * 4);
      const view = new DataView(run.buffer, run.byteOffset, run.byteLength);
      for (let i = 0; i < count; i++) values.push(view.getInt32(i * 4, true));
      return values;
    }
    case TEXTS:
      for (let i = 0; i < count; i++) values.push(reader.text());
      return values;
    case BODIES:
      return readBodies(reader, count);
    case MEMBERS:
      return readMembers(reader, count);
    case VALUES:
      for (let i = 0; i < count; i++) values.push(reader.value());
      return values;
    case ENCODED:
      return readEncoded(reader, count, codec);
    default:
      throw reader.damaged('there is no such layout of values');
  }
}

/** -0 is none: it would come back as 0. */
function isInteger(value: number): boolean {
  return (value | 0) === value && (value !== 0 || 1 / value > 0);
}

/**
 * Not only for their size: a whole number that has been a double stays one for the engine, and functions made for
 * integers take twice as long over it (bench/parallel-scan.ts).
 */
function writeIntegers(writer: ValueWriter, values: readonly number[]): void {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setInt32(i * 4, values[i]!, true);
  writer.byte(INTEGERS);
  writer.append(bytes);
}

function writeNumbers(writer: ValueWriter, values: readonly number[]): void {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i]!, true);
  writer.byte(NUMBERS);
  writer.append(bytes);
}

function writeBodies(writer: ValueWriter, values: readonly Uint8Array[]): void {
  writer.byte(BODIES);
  for (const { length } of values) writer.varint(length);
  for (const body of values) writer.append(body);
}

function readBodies(reader: ValueReader, count: number): Uint8Array[] {
  const lengths: number[] = [];
  let sum = 0;
  for (let i = 0; i < count; i++) sum += lengths[i] = reader.varint();
  if (sum > reader.left) throw reader.damaged('a length goes beyond the end');
  // One copy for all: nothing else of the chunk is kept in memory by a body, and each is a cheap view.
  const block = new Uint8Array(reader.run(sum));
  let at = 0;
  return lengths.map((length) => block.subarray(at, (at += length)));
}

/** False when they are not plain objects with the same members in the same order; what was written is then to be taken back. */
function writeMembers(writer: ValueWriter, values: readonly unknown[]): boolean {
  const [first] = values;
  const names = typeof first === 'object' && first !== null && !Array.isArray(first) ? Object.keys(first) : [];
  if (names.length === 0) return false;
  writer.byte(MEMBERS);
  writer.varint(names.length);
  for (const name of names) writer.text(name);
  return values.every((value, i) => named(i, () => writer.members(value, names)));
}

function readMembers(reader: ValueReader, count: number): unknown[] {
  const names: string[] = [];
  for (let left = reader.count(); left > 0; left--) names.push(reader.text());
  // Else a chunk of nothing could ask for any number of objects.
  if (names.length === 0) throw reader.damaged('objects have no members');
  const values: unknown[] = [];
  for (let i = 0; i < count; i++) values.push(reader.members(names));
  return values;
}

function writeEncoded(writer: ValueWriter, values: readonly unknown[], codec: Codec<unknown>): void {
  writer.byte(ENCODED);
  writer.text(codec.kind);
  for (let i = 0; i < values.length; i++) named(i, () => writer.bytes(codec.encode(values[i])));
}

function readEncoded(reader: ValueReader, count: number, codec: Codec<unknown> | undefined): unknown[] {
  const kind = reader.text();
  if (kind !== codec?.kind) throw reader.damaged(`values were written with the codec ${kind}, and are read with ${codec?.kind ?? 'value'}`);
  const values: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const body = reader.bytes();
    try {
      values.push(codec.decode(body));
    } catch (error) {
      throw isHeadraceError(error) ? error : reader.damaged(`the codec ${kind} cannot read a value`, error);
    }
  }
  return values;
}

/** Adds to an error which of the values it was. */
function named<T>(index: number, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!isHeadraceError(error)) {
      const todo = 'Correct the codec: what it refuses it must refuse with HR_VALUE_UNENCODABLE.';
      throw new HeadraceError({
        code: 'HR_VALUE_UNENCODABLE',
        action: 'deadLetter',
        what: 'the codec threw',
        todo,
        cause: error,
        member: index,
      });
    }
    const { code, action, what, where, todo, cause } = error;
    throw new HeadraceError({ code, action, what, where, todo, cause, member: index });
  }
}
