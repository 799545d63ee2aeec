import { ByteWriter } from '../../codecs/parquet/byte-writer.ts';
import { widthOf, writeRuns } from '../../codecs/parquet/run-writer.ts';
import type { ThriftField } from '../../codecs/parquet/thrift-writer.ts';
import { ROWS_PAGE, DICTIONARY_PAGE, type PackedColumn, PackedPages, PLAIN, RLE, RLE_DICTIONARY, type Squeeze } from './packed-pages.ts';
import { WrittenBounds } from './written-bounds.ts';
import { putValue, type StoredValue, type WrittenColumn } from './written-column.ts';

/** A page is packed when its values take so much: a little less than what doubling makes room for. */
const PAGE_BYTES = 1_000_000;
/** Rows of a page of numbers of a dictionary. */
const PAGE_ROWS = 131_072;
/** After so many rows it is asked whether values come again. */
const SAMPLE_ROWS = 1024;
/** What a dictionary may have at most; with more of either, values stand one by one. */
const MOST_ENTRIES = 32_768;
const MOST_BYTES = 1_048_576;

/** One column of a row group that is ended. */
export interface FinishedChunk extends PackedColumn {
  /** How many bytes the dictionary in front of the pages takes; 0 where there is none. */
  readonly dictionaryBytes: number;
  readonly encoding: number;
  readonly bounds: readonly ThriftField[];
}

/**
 * Gathers one column of a row group as the bytes of its pages: a page is packed as soon as it is full. It begins with a
 * dictionary, and gives that up where values do not come again.
 */
export class ColumnChunk {
  readonly #column: WrittenColumn;
  readonly #packed: PackedPages;
  /** Of the page being gathered: its values, and 1 for each row that has one. */
  readonly #values = new ByteWriter();
  #present = new Uint8Array(256);
  #bits: Uint8Array | undefined;
  #rows = 0;
  #nullsInPage = 0;
  // Of the row group.
  #dictionary: Dictionary | undefined;
  #bounds: WrittenBounds;
  #nulls = 0;

  constructor(column: WrittenColumn, squeeze: Squeeze) {
    this.#column = column;
    this.#packed = new PackedPages(column.mayBeNull, squeeze);
    this.#bounds = new WrittenBounds(column.type);
    this.#begin();
  }

  #begin(): void {
    const { type } = this.#column;
    if (type === 'BOOLEAN') this.#bits ??= new Uint8Array(256);
    else this.#dictionary = new Dictionary();
    this.#bounds = new WrittenBounds(type);
    this.#nulls = 0;
  }

  add(value: StoredValue): void {
    if (value === null) this.#nulls++;
    const dictionary = this.#dictionary;
    if (dictionary === undefined) {
      if (value !== null) this.#bounds.see(value);
      this.#addPlain(value);
      return;
    }
    if (dictionary.add(this.#column.type, value as Exclude<StoredValue, boolean>)) this.#bounds.see(value!);
    if (dictionary.rows === SAMPLE_ROWS ? dictionary.entries > SAMPLE_ROWS * 0.9 : dictionary.isFull) this.#spellOut(dictionary);
  }

  #addPlain(value: StoredValue): void {
    const row = this.#row(value !== null);
    if (value === null) return;
    if (typeof value === 'boolean') this.#bit(row - this.#nullsInPage, value);
    else putValue(this.#values, this.#column.type, value);
    this.#packFull();
  }

  /** Its number in the page. */
  #row(isPresent: boolean): number {
    const row = this.#rows++;
    if (row === this.#present.length) this.#present = grown(this.#present);
    this.#present[row] = isPresent ? 1 : 0;
    if (!isPresent) this.#nullsInPage++;
    return row;
  }

  #bit(at: number, value: boolean): void {
    if (at === this.#bits!.length) this.#bits = grown(this.#bits!);
    this.#bits![at] = value ? 1 : 0;
  }

  #packFull(): void {
    if (this.#values.length >= PAGE_BYTES) this.#pack();
  }

  #pack(): void {
    if (this.#rows === 0) return;
    const isBoolean = this.#bits !== undefined;
    if (isBoolean) {
      const runs = new ByteWriter();
      writeRuns(runs, this.#bits!, this.#rows - this.#nullsInPage, 1);
      this.#values.uint32(runs.length);
      this.#values.append(runs.bytes);
    }
    this.#packed.add(this.#values.bytes, {
      kind: ROWS_PAGE,
      encoding: isBoolean ? RLE : PLAIN,
      rows: this.#rows,
      nulls: this.#nullsInPage,
      present: this.#present,
    });
    this.#values.clear();
    this.#rows = this.#nullsInPage = 0;
  }

  /** Values that had numbers, one by one. */
  #spellOut({ ids, rows, starts, values }: Dictionary): void {
    this.#dictionary = undefined;
    for (let i = 0; i < rows; i++) {
      const id = ids[i]!;
      this.#row(id >= 0);
      if (id < 0) continue;
      this.#values.appendFrom(values, starts[id]!, starts[id + 1] ?? values.length);
      this.#packFull();
    }
  }

  /** All of it; afterwards it is empty, for the next row group. */
  finish(): FinishedChunk {
    if (this.#dictionary?.isWorthIt === false) this.#spellOut(this.#dictionary);
    const dictionary = this.#dictionary;
    const dictionaryBytes = dictionary === undefined ? 0 : this.#packDictionary(dictionary);
    this.#pack();
    const encoding = dictionary !== undefined ? RLE_DICTIONARY : this.#bits === undefined ? PLAIN : RLE;
    const finished = { ...this.#packed.take(), dictionaryBytes, encoding, bounds: this.#bounds.fields(this.#nulls) };
    this.#begin();
    return finished;
  }

  #packDictionary({ values, entries, ids, rows }: Dictionary): number {
    this.#packed.add(values.bytes, { kind: DICTIONARY_PAGE, encoding: PLAIN, rows: entries, nulls: 0, present: this.#present });
    const bytes = this.#packed.length;
    const width = widthOf(entries);
    const there = new Int32Array(Math.min(rows, PAGE_ROWS));
    for (let from = 0; from < rows; from += PAGE_ROWS) {
      const to = Math.min(rows, from + PAGE_ROWS);
      let count = 0;
      for (let i = from; i < to; i++) {
        const id = ids[i]!;
        this.#row(id >= 0);
        if (id >= 0) there[count++] = id;
      }
      this.#values.byte(width);
      writeRuns(this.#values, there, count, width);
      this.#packed.add(this.#values.bytes, {
        kind: ROWS_PAGE,
        encoding: RLE_DICTIONARY,
        rows: to - from,
        nulls: to - from - count,
        present: this.#present,
      });
      this.#values.clear();
      this.#rows = this.#nullsInPage = 0;
    }
    return bytes;
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

type Key = Exclude<StoredValue, boolean | null>;

/** The different values of a column as they stand in a page, and which of them each row has; -1 for none. */
class Dictionary {
  readonly values = new ByteWriter();
  readonly starts: number[] = [];
  ids = new Int32Array(256);
  rows = 0;
  readonly #numbers = new Map<Key, number>();
  /** What the values would take one by one. */
  #plainBytes = 0;

  get entries(): number {
    return this.starts.length;
  }

  get isFull(): boolean {
    return this.starts.length >= MOST_ENTRIES || this.values.length >= MOST_BYTES;
  }

  /** Whether it takes at most half of what the values would. */
  get isWorthIt(): boolean {
    return this.entries > 0 && 2 * (this.values.length + (this.rows * widthOf(this.entries)) / 8) <= this.#plainBytes;
  }

  /** Whether the value is a new one. */
  add(type: WrittenColumn['type'], value: Key | null): boolean {
    if (this.rows === this.ids.length) {
      const larger = new Int32Array(this.rows * 2);
      larger.set(this.ids);
      this.ids = larger;
    }
    const row = this.rows++;
    if (value === null) {
      this.ids[row] = -1;
      return false;
    }
    // A map takes both zeros for one; a column of numbers has no texts.
    const key = value === 0 && 1 / value < 0 ? '-0' : value;
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.ids[row] = known;
      this.#plainBytes += (this.starts[known + 1] ?? this.values.length) - this.starts[known]!;
      return false;
    }
    const id = this.starts.push(this.values.length) - 1;
    putValue(this.values, type, value);
    this.#numbers.set(key, id);
    this.ids[row] = id;
    this.#plainBytes += this.values.length - this.starts[id]!;
    return true;
  }
}
