import { InternedKeys } from '../base/key-table.ts';
import type { Chunk, KeyTable, Lineage } from '../core/chunk.ts';
import { isHeadraceError } from '../core/error.ts';
import { canonicalBytes, keyOf } from '../core/key-bytes.ts';
import type { Key, KeyGroup } from '../core/keys.ts';
import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';

/** The keys of a chunk, each once with its group, then a number a record, 0 for one without a key. */
export function writeKeys(writer: ValueWriter, chunk: Chunk): void {
  const { keys, keyIds } = chunk;
  if (keys === undefined || keyIds === undefined) return writer.byte(0);
  const count = chunk.values.length;
  writer.byte(1);
  const numbers = new Int32Array(count);
  const distinct = numbered(keyIds, count, numbers);
  writer.varint(distinct.length);
  for (const id of distinct) {
    writer.bytes(canonicalBytes(keys.keyAt(id)));
    writer.varint(keys.groupAt(id));
  }
  for (let i = 0; i < count; i++) writer.varint(numbers[i]!);
}

/** What enters the keys into a table, once everything else has proved to be sound; undefined when records have none. */
export function readKeys(reader: ValueReader, count: number): ((table: KeyTable | undefined) => Lineage) | undefined {
  const has = reader.byte();
  if (has > 1) throw reader.damaged('there is no such layout of keys');
  if (has === 0) return undefined;
  const keys: Key[] = [];
  const groups: KeyGroup[] = [];
  for (let left = reader.count(2); left > 0; left--) {
    keys.push(readKey(reader));
    groups.push(reader.varint());
  }
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const number = reader.varint();
    if (number > keys.length) throw reader.damaged('there is no such key');
    numbers[i] = number;
  }
  return (table = new InternedKeys()) => {
    const ids = entered(reader, table, keys, groups);
    return { keys: table, keyIds: numbers.map((number) => (number === 0 ? -1 : ids[number - 1]!)) };
  };
}

function readKey(reader: ValueReader): Key {
  const bytes = reader.bytes();
  try {
    return keyOf(bytes);
  } catch (error) {
    throw reader.damaged('a key is not in canonical bytes', error);
  }
}

/** The group that travelled is the one that counts: state lies by it. */
function entered(reader: ValueReader, table: KeyTable, keys: readonly Key[], groups: readonly KeyGroup[]): Int32Array {
  const ids = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    try {
      ids[i] = table.idOf(keys[i]!, groups[i]!);
    } catch (error) {
      throw isHeadraceError(error) && error.code === 'HR_KEY_CORRUPT' ? reader.damaged(error.what, error) : error;
    }
    const known = table.groupAt(ids[i]!);
    if (known !== groups[i]) throw reader.damaged(`a key came with the key group ${groups[i]}, and was in ${known} before`);
  }
  return ids;
}

/** Numbers ids from 1 in the order in which they come, and answers them in that order. */
function numbered(keyIds: Int32Array, count: number, numbers: Int32Array): number[] {
  // Open addressing in one array of twice the size: 5 ns a record; a Map takes 30.
  const bits = Math.max(4, 33 - Math.clz32(count));
  const slots = new Int32Array(2 ** bits);
  const distinct: number[] = [];
  for (let i = 0; i < count; i++) {
    const id = keyIds[i]!;
    if (id < 0) continue;
    let slot = Math.imul(id, 0x9e3779b1) >>> (32 - bits);
    while (slots[slot] !== 0 && distinct[slots[slot]! - 1] !== id) slot = (slot + 1) & (slots.length - 1);
    if (slots[slot] === 0) slots[slot] = distinct.push(id);
    numbers[i] = slots[slot]!;
  }
  return distinct;
}
