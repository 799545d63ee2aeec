import type { Column } from '../../core/columns.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { wasmInstance, WASM_BASE, type WasmInstance } from '../wasm/host.ts';
import { JSON_WASM } from '../wasm/json-wasm.ts';
import type { Cell } from './cells.ts';
import { type ColumnPlace, type FastLayout, fillLayout, HARD_NUMBERS, layOut } from './fast-layout.ts';
import { FastStrings } from './fast-strings.ts';
import { AREA_PADDING } from './line-area.ts';
import type { WantedNode } from './member-paths.ts';
import { type DictionaryBound, nullsOf, type RowStore } from './row-store.ts';

/** What assembly/json.ts exports. Addresses are numbers of bytes. */
export interface FastCode {
  setUp(
    columns: number,
    count: number,
    root: number,
    rowAts: number,
    frames: number,
    depth: number,
    longest: number,
    entries: number,
    entryMost: number,
    entryTable: number,
    steps: number,
    stepMost: number,
    missing: number,
  ): void;
  setHeap(from: number): void;
  setHard(at: number, most: number): void;
  hardCount(): number;
  seed(column: number): number;
  intern(column: number, at: number, length: number): number;
  full(): number;
  gather(column: number, rows: number, out: number): number;
  /** `origin` is the place in the file of the byte at address 0. */
  read(from: number, to: number, row: number, most: number, origin: number): number;
  stopAt(): number;
  stopRows(): number;
  stopLines(): number;
  stopToldAt(): number;
  stopToldLines(): number;
}

const FULL = 2;
/** Deeper ones are left to the walker. */
const DEEPEST = 1024;
/** Longer strings that come from the host make their column plain. */
const SCRATCH_BYTES = 64 * 1024;

export interface FastWish {
  readonly specs: readonly ColumnSpec[];
  readonly root: WantedNode;
  readonly depth: number;
  readonly dictionary: DictionaryBound;
  readonly areaBytes: number;
  readonly rows: number;
  /** How long a line may be, without its end. */
  readonly recordBytes: number;
}

/** Lines in the area, in bytes of it, and where the area begins in the file. */
export interface WholeLines {
  readonly base: number;
  readonly from: number;
  /** Behind the end of the last. */
  readonly whole: number;
}

/** The fast code for these columns; undefined where WebAssembly is missing. */
export function fastLines(wish: FastWish): FastLines | undefined {
  const depth = Math.min(wish.depth, DEEPEST);
  const size = { areaBytes: wish.areaBytes + AREA_PADDING, rows: wish.rows, depth, scratchBytes: SCRATCH_BYTES };
  const layout = layOut(WASM_BASE, wish.specs, wish.root, size);
  const instance = wasmInstance<FastCode>(JSON_WASM, layout.end);
  return instance === undefined ? undefined : new FastLines(instance, layout, wish, depth);
}

/** Reads lines that stand in its area into columns, up to the first one it cannot take. */
export class FastLines {
  readonly store: RowStore;
  /** Where the last call stopped, in bytes of the area: at the end, at a line too many, or at one it cannot take. */
  at = 0;
  /** How many rows there are now. */
  rows = 0;
  /** How many lines were passed, with empty ones. */
  lines = 0;
  /** Behind the last line that became a row, and how many lines there are up to it. */
  toldAt = 0;
  toldLines = 0;
  readonly #code: FastCode;
  readonly #instance: WasmInstance<FastCode>;
  readonly #layout: FastLayout;
  readonly #columns: readonly FastColumn[];
  readonly #views: Views;

  constructor(instance: WasmInstance<FastCode>, layout: FastLayout, wish: FastWish, depth: number) {
    const { specs, root, dictionary, recordBytes } = wish;
    this.#instance = instance;
    this.#code = instance.exports;
    this.#layout = layout;
    fillLayout(layout, instance.memory.buffer, specs, dictionary);
    const longest = Math.min(recordBytes, wish.areaBytes);
    const { columnsAt, nodes, rowAts, frames, entries, entryMost, entryTable, steps, stepMost, missing } = layout;
    const rootAt = nodes.get(root)!;
    const memories = [entries, entryMost, entryTable, steps, stepMost, missing] as const;
    this.#code.setUp(columnsAt, specs.length, rootAt, rowAts, frames, depth, longest, ...memories);
    this.#code.setHard(layout.hard, HARD_NUMBERS);
    this.#code.setHeap(layout.end);
    this.#views = new Views(instance);
    this.#columns = specs.map((spec, index) => fastColumn(spec, layout.columns[index]!, this.#views, this.#code, layout));
    const ats = rowAts >> 3;
    this.store = {
      put: (row, column, cell) => this.#columns[column]!.put(row, cell),
      putAt: (row, position) => {
        this.#views.numbers[ats + row] = position;
      },
      take: (rows) => {
        // With `map` the array is of another kind once the engine has compiled this, for which loops would be compiled anew.
        const taken: Column[] = [];
        for (const column of this.#columns) taken.push(column.take(rows));
        return taken;
      },
      takeAts: (rows) => this.#views.numbers.slice(ats, ats + rows),
    };
  }

  /** Lines are put here; another one after memory has grown. */
  area(): Buffer {
    return Buffer.from(this.#instance.memory.buffer, this.#layout.area, this.#layout.rowAts - this.#layout.area);
  }

  /** The whole lines that were not told yet into rows from `row` on; up to `most` rows are there then. */
  read({ base, from, whole }: WholeLines, row: number, most: number): void {
    const code = this.#code;
    const { area } = this.#layout;
    this.at = from;
    this.rows = row;
    this.lines = 0;
    this.toldAt = from;
    this.toldLines = 0;
    for (;;) {
      const status = code.read(area + this.at, area + whole, this.rows, most, base - area);
      this.#views.refresh();
      if (code.stopRows() > this.rows) {
        this.toldAt = code.stopToldAt() - area;
        this.toldLines = this.lines + code.stopToldLines();
      }
      this.at = code.stopAt() - area;
      this.rows = code.stopRows();
      this.lines += code.stopLines();
      this.#readHard();
      if (status !== FULL) return;
      this.#columns[code.full()]!.leaveDictionary!(this.rows);
    }
  }

  #readHard(): void {
    const count = this.#code.hardCount();
    const { words, numbers, bytes } = this.#views;
    for (let i = 0; i < count; i++) {
      const entry = (this.#layout.hard >> 2) + i * 4;
      const from = words[entry + 1]!;
      numbers[words[entry]! >> 3] = Number(bytes.toString('latin1', from, from + words[entry + 2]!));
    }
  }
}

/** The memory, as it is now. */
export class Views {
  words!: Uint32Array;
  numbers!: Float64Array;
  bytes!: Buffer;
  readonly #instance: WasmInstance<object>;

  constructor(instance: WasmInstance<object>) {
    this.#instance = instance;
    this.refresh();
  }

  refresh(): void {
    const { buffer } = this.#instance.memory;
    if (this.words?.buffer === buffer) return;
    this.words = new Uint32Array(buffer);
    this.numbers = new Float64Array(buffer);
    this.bytes = Buffer.from(buffer);
  }
}

export interface FastColumn {
  put(row: number, cell: Cell): void;
  /** Copies of the first rows. */
  take(rows: number): Column;
  /** From this row on its strings are plain. */
  leaveDictionary?(row: number): void;
}

function fastColumn(spec: ColumnSpec, place: ColumnPlace, views: Views, code: FastCode, layout: FastLayout): FastColumn {
  const { values, nulls } = place;
  const mark = (row: number, cell: Cell): void => {
    views.bytes[nulls + row] = cell === null ? 1 : 0;
  };
  const marks = (rows: number): Uint8Array | undefined =>
    spec.mayBeNull ? nullsOf(new Uint8Array(views.words.buffer, nulls, rows), rows) : undefined;
  switch (spec.kind) {
    case 'string':
      return new FastStrings({ spec, place, views, code, scratch: layout.scratch, bytes: SCRATCH_BYTES, texts: layout.texts });
    case 'number':
    case 'integer':
    case 'time':
      return {
        put(row, cell) {
          mark(row, cell);
          views.numbers[(values >> 3) + row] = cell === null ? 0 : (cell as number);
        },
        take: (rows) => ({ kind: 'number', values: views.numbers.slice(values >> 3, (values >> 3) + rows), nulls: marks(rows) }),
      };
    case 'bigint': {
      const bigints = (rows: number): BigInt64Array => new BigInt64Array(views.words.buffer as ArrayBuffer, values, rows);
      return {
        put(row, cell) {
          mark(row, cell);
          bigints(row + 1)[row] = cell === null ? 0n : (cell as bigint);
        },
        take: (rows) => ({ kind: 'bigint', values: bigints(rows).slice(), nulls: marks(rows) }),
      };
    }
    case 'boolean':
      return {
        put(row, cell) {
          mark(row, cell);
          views.bytes[values + row] = cell === true ? 1 : 0;
        },
        take: (rows) => ({ kind: 'boolean', values: new Uint8Array(views.bytes.buffer, values, rows).slice(), nulls: marks(rows) }),
      };
  }
}
