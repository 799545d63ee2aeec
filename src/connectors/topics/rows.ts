import type { Chunk, Headers, KeyTable } from '../../core/chunk.ts';
import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import { canonicalBytes } from '../../core/key-bytes.ts';
import type { Key } from '../../core/keys.ts';
import { rowOf, timeOf } from '../../core/record-of.ts';
import type { TopicRow, TopicRows } from '../../core/topic.ts';

export interface RowEncoding<T> {
  readonly encode: (value: T) => Uint8Array;
  /** Takes the place of the key that the stream gave the record. */
  readonly keyOf: ((value: T) => Key) | undefined;
}

/** Makes rows of the records of chunks. The bytes of a key are made once for each table, and not for each record. */
export class RowsOf<T> implements TopicRows {
  readonly #encoding: RowEncoding<T>;
  #table: KeyTable | undefined;
  #keys: Uint8Array[] = [];

  constructor(encoding: RowEncoding<T>) {
    this.#encoding = encoding;
  }

  each(chunk: Chunk<T>, take: (row: TopicRow) => void): void {
    const { values, origin } = chunk;
    for (let i = 0; i < values.length; i++) {
      take(this.#row(chunk, i, values[i]!, origin.headersAt(rowOf(chunk, i))));
    }
  }

  #row(chunk: Chunk<T>, i: number, value: T, headers: Headers | undefined): TopicRow {
    const { encode, keyOf } = this.#encoding;
    try {
      const key = keyOf === undefined ? this.#keyOf(chunk, i) : canonicalBytes(keyOf(value));
      return { key, value: encode(value), headers, time: timeOf(chunk, i) };
    } catch (cause) {
      if (!isHeadraceError(cause) || cause.action !== 'deadLetter') throw cause;
      const { code, action, what, where, todo } = cause;
      throw new HeadraceError({ code, action, what, where, todo, cause, member: i });
    }
  }

  #keyOf({ keys, keyIds }: Chunk<T>, i: number): Uint8Array | undefined {
    if (keys === undefined || keyIds === undefined) return undefined;
    if (keys !== this.#table) {
      this.#table = keys;
      this.#keys = [];
    }
    const id = keyIds[i]!;
    return (this.#keys[id] ??= canonicalBytes(keys.keyAt(id)));
  }
}
