import { deserialize, serialize } from 'node:v8';
import { TextsColumn } from '../../codecs/texts-column.ts';
import type { BigintColumn, Column, Columns, NumberColumn, PlainColumn } from '../../core/columns.ts';

/** Columns on their way from one thread to another: the memory of their arrays moves and is not copied. */
export interface PackedUnit {
  readonly pieces: readonly PackedPiece[];
  readonly memories: readonly ArrayBuffer[];
  /** Entries that dictionaries have more than the last time: `dictionary` is a number for each of a thread. */
  readonly entries: readonly { readonly dictionary: number; readonly more: readonly string[] }[];
}

export interface PackedPiece {
  /** Good and refused ones. */
  readonly records: number;
  /** Behind its last record: the byte, and the state of a mark there, whose line counts from that of the task. */
  readonly end: number;
  readonly state: string;
  /** Absent where a record was refused: who has the file reads it again and says why. */
  readonly columns?: PackedColumns;
}

interface PackedColumns {
  readonly rows: number;
  /** The bytes at which records begin. */
  readonly at: Spot;
  readonly names: readonly string[];
  readonly columns: readonly PackedColumn[];
}

interface PackedColumn {
  readonly kind: Kind;
  readonly values: Spot;
  readonly nulls: Spot | undefined;
  /** Of a dictionary its number. */
  readonly dictionary?: number;
  /** How many they are where they are no array of numbers. */
  readonly bytes?: number;
  /** Of strings that lie in bytes. */
  readonly ends?: Spot;
  readonly wide?: Spot | undefined;
}

/** Which memory, and where in it an array begins. Telling the array itself would cost ten times as much. */
type Spot = readonly [memory: number, at: number];

type Kind = (typeof KINDS)[number] | 'boolean' | 'dictionary' | 'texts' | 'plain';
const KINDS = ['float64', 'float32', 'int32', 'int16', 'int8', 'uint32', 'uint16', 'uint8', 'int64', 'uint64'] as const;
const ARRAYS = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

/** Packs the columns of units, in the thread that has read them. */
export class Packer {
  /** By their arrays, which grow and never change. */
  readonly #dictionaries = new Map<readonly string[], { readonly dictionary: number; sent: number }>();
  #memories = new Map<ArrayBuffer, number>();

  columns({ length, names, columns }: Columns, at: ArrayLike<number>): PackedColumns {
    const places = at instanceof Float64Array ? at : Float64Array.from(at);
    return { rows: length, at: this.#add(places), names, columns: columns.map((column) => this.#column(column)) };
  }

  unit(pieces: readonly PackedPiece[]): PackedUnit {
    const memories = [...this.#memories.keys()];
    this.#memories = new Map();
    const entries: { dictionary: number; more: readonly string[] }[] = [];
    for (const [array, known] of this.#dictionaries) {
      if (array.length === known.sent) continue;
      entries.push({ dictionary: known.dictionary, more: array.slice(known.sent) });
      known.sent = array.length;
    }
    return { pieces, memories, entries };
  }

  #column(column: Column): PackedColumn {
    if (column.kind === 'plain') return this.#texts(column) ?? this.#plain(column.values);
    const nulls = column.nulls === undefined ? undefined : this.#add(column.nulls);
    switch (column.kind) {
      case 'number':
      case 'bigint': {
        const kind = KINDS.find((name) => column.values instanceof ARRAYS[name])!;
        return { kind, values: this.#add(column.values), nulls };
      }
      case 'boolean':
        return { kind: 'boolean', values: this.#add(column.values), nulls };
      case 'dictionary':
        return { kind: 'dictionary', values: this.#add(column.ids), nulls, dictionary: this.#dictionaryOf(column.entries) };
    }
  }

  #dictionaryOf(entries: readonly string[]): number {
    let known = this.#dictionaries.get(entries);
    if (known === undefined) {
      known = { dictionary: this.#dictionaries.size, sent: 0 };
      this.#dictionaries.set(entries, known);
    }
    return known.dictionary;
  }

  /** Strings that nobody has made: their bytes move as they are, which costs nothing a string. */
  #texts(column: Column): PackedColumn | undefined {
    const texts = column instanceof TextsColumn ? column.texts : undefined;
    if (texts === undefined) return undefined;
    const { bytes, ends, wide, nulls } = texts;
    return {
      kind: 'texts',
      values: this.#add(bytes),
      bytes: bytes.length,
      ends: this.#add(ends),
      wide: wide && this.#add(wide),
      nulls: nulls && this.#add(nulls),
    };
  }

  /** As bytes, of which the strings are made where somebody looks at them: 45 ns each, which a clone costs anyhow, or nothing. */
  #plain(values: readonly unknown[]): PackedColumn {
    const bytes = serialize(values);
    return { kind: 'plain', values: this.#add(bytes), nulls: undefined, bytes: bytes.length };
  }

  #add({ buffer, byteOffset }: ArrayBufferView): Spot {
    let memory = this.#memories.get(buffer as ArrayBuffer);
    if (memory === undefined) {
      memory = this.#memories.size;
      this.#memories.set(buffer as ArrayBuffer, memory);
    }
    return [memory, byteOffset];
  }
}

/** Unpacks what one thread has packed. */
export class Unpacker {
  readonly #dictionaries: string[][] = [];

  /** Once a unit, in the order in which the thread has packed them. */
  take({ entries }: PackedUnit): void {
    for (const { dictionary, more } of entries) {
      const known = (this.#dictionaries[dictionary] ??= []);
      for (const entry of more) known.push(entry);
    }
  }

  columns({ rows, names, columns }: PackedColumns, memories: readonly ArrayBuffer[]): Columns {
    return { length: rows, names, columns: columns.map((column) => this.#column(column, rows, memories)) };
  }

  #column(packed: PackedColumn, rows: number, memories: readonly ArrayBuffer[]): Column {
    const {
      kind,
      values: [memory, at],
      nulls: spot,
      dictionary,
      bytes: length,
      ends,
      wide,
    } = packed;
    const bytes = memories[memory]!;
    const nulls = spot && new Uint8Array(memories[spot[0]]!, spot[1], rows);
    switch (kind) {
      case 'boolean':
        return { kind, values: new Uint8Array(bytes, at, rows), nulls };
      case 'dictionary':
        return { kind, ids: new Int32Array(bytes, at, rows), entries: this.#dictionaries[dictionary!]!, nulls };
      case 'texts':
        return new TextsColumn({
          bytes: new Uint8Array(bytes, at, length),
          ends: new Uint32Array(memories[ends![0]]!, ends![1], rows + 1),
          wide: wide && new Uint8Array(memories[wide[0]]!, wide[1], rows),
          nulls,
        });
      case 'plain':
        return new LatePlain(new Uint8Array(bytes, at, length));
      case 'int64':
      case 'uint64':
        return { kind: 'bigint', values: new ARRAYS[kind](bytes, at, rows), nulls } as BigintColumn;
      default:
        return { kind: 'number', values: new ARRAYS[kind](bytes, at, rows), nulls } as NumberColumn;
    }
  }
}

export function placesOf({ rows, at: [memory, at] }: PackedColumns, memories: readonly ArrayBuffer[]): Float64Array {
  return new Float64Array(memories[memory]!, at, rows);
}

/** Values that are made when somebody looks at them. */
class LatePlain implements PlainColumn {
  readonly kind = 'plain';
  #bytes: Uint8Array | undefined;
  #values: readonly unknown[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get values(): readonly unknown[] {
    if (this.#bytes === undefined) return this.#values;
    this.#values = deserialize(this.#bytes) as readonly unknown[];
    this.#bytes = undefined;
    return this.#values;
  }
}
