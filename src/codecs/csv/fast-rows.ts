import type { Column } from '../../core/columns.ts';
import type { ByteWindow } from './byte-window.ts';
import type { Dialect } from './dialect.ts';
import type { Draft } from './drafts.ts';
import { FastColumn } from './fast-column.ts';
import { FastSlab } from './fast-slab.ts';
import type { Layout } from './layout.ts';
import { lineFeeds, type PlainRows, type ReadRows, type RowReader, type WrongRow } from './plain-rows.ts';

/** More rows than that are not read at once. */
const MOST_ROWS = 4096;

interface FastOpening {
  readonly dialect: Dialect;
  readonly layout: Layout;
  readonly longest: number;
  readonly plain: PlainRows;
}

/** Undefined where there is no WebAssembly with SIMD, or a row has more places than it is made for. */
export function fastRows({ dialect, layout, longest, plain }: FastOpening): RowReader | undefined {
  const slab = FastSlab.open(dialect, layout.fields, longest, plain);
  return slab && new FastRows(slab, dialect, layout, plain);
}

/**
 * Reads rows by WebAssembly, column by column. It never decides that something is wrong: rows that are not cut as they
 * should be, and those with a place that is not plainly right, are read again by the exact reader, and what it says is
 * put in their place. Nothing that is handed out lies in the memory of WebAssembly.
 */
class FastRows implements RowReader {
  readonly #slab: FastSlab;
  readonly #layout: Layout;
  readonly #plain: PlainRows;
  readonly #columns: readonly FastColumn[];
  /** Where the columns are read to, one behind the other. */
  #out = 0;
  #outBytes = 0;

  constructor(slab: FastSlab, dialect: Dialect, layout: Layout, plain: PlainRows) {
    this.#slab = slab;
    this.#layout = layout;
    this.#plain = plain;
    const { space } = slab;
    const places = { nulls: space.take(MOST_ROWS), bad: space.take(MOST_ROWS * 4), tokens: tokenTable(slab, dialect) };
    this.#columns = layout.columns.map((column) => new FastColumn(slab, dialect, layout, column, places));
  }

  read(window: ByteWindow, limit: number, isEnd: boolean): ReadRows {
    const slab = this.#slab;
    if (slab.taken === slab.rows) slab.fill(window, isEnd);
    const count = Math.min(limit, slab.rows - slab.taken, MOST_ROWS);
    // A row that is longer than the slab, or has more places than there is room for.
    if (count === 0) return this.#plain.read(window, 1, isEnd);
    const odd = new Set(slab.oddRows(count));
    const { at, drafts } = this.#readColumns(count, odd);
    const columnsOf = (rows: number, kept?: Int32Array): ReadRows['columns'] => {
      // With `map` the array is of another kind once the engine has compiled this, for which loops would be compiled anew.
      const columns: Column[] = [];
      for (const draft of drafts) columns.push(draft.column(count, kept));
      return { length: rows, names: this.#layout.names, columns };
    };
    const refused = odd.size === 0 ? [] : this.#readAgain(window, at, drafts, odd);
    window.from = Math.min(slab.base + slab.endOf(count - 1) + 1 - window.base, window.to);
    slab.take(count);
    if (refused.length === 0) return { columns: columnsOf(count), at, refused: [] };
    const kept = rest(count, refused);
    return {
      columns: columnsOf(kept.length, kept),
      at: Float64Array.from(kept, (row) => at[row]!),
      refused: refused.map(({ wrong }) => wrong),
    };
  }

  /** All of them are copied at once: 18 columns of 1,024 rows by themselves take 25 us, which is a tenth of reading them. */
  #readColumns(count: number, odd: Set<number>): { readonly at: Float64Array; readonly drafts: readonly Draft[] } {
    const slab = this.#slab;
    const offsets: number[] = [];
    let size = count * 8;
    for (const { width } of this.#columns) {
      offsets.push(size);
      size += (count * width + 7) & ~7;
    }
    if (size > this.#outBytes) {
      if (this.#outBytes > 0) slab.space.giveBack(this.#out, this.#outBytes);
      this.#out = slab.space.take(size);
      this.#outBytes = size;
    }
    slab.exports.starts(slab.idx, slab.good, count, slab.base, this.#out);
    this.#columns.forEach((column, i) => column.read(count, odd, this.#out + offsets[i]!));
    const bytes = slab.space.bytes.buffer.slice(this.#out, this.#out + size) as ArrayBuffer;
    return { at: new Float64Array(bytes, 0, count), drafts: this.#columns.map((column, i) => column.draft(count, bytes, offsets[i]!)) };
  }

  #readAgain(
    window: ByteWindow,
    at: Float64Array,
    drafts: readonly Draft[],
    rows: ReadonlySet<number>,
  ): { row: number; wrong: WrongRow }[] {
    const slab = this.#slab;
    const found: { row: number; wrong: WrongRow }[] = [];
    const offset = slab.base - window.base;
    for (const row of [...rows].sort((a, b) => a - b)) {
      const begin = slab.beginOf(row);
      const end = slab.endOf(row);
      at[row] = slab.base + begin;
      const wrong = this.#plain.readRow(window.bytes, offset + begin, offset + end, drafts, row);
      if (wrong === undefined) continue;
      found.push({ row, wrong: { before: row - found.length, begin: slab.base + begin, end: slab.base + end, wrong } });
    }
    return found;
  }

  forget(): void {
    this.#slab.forget();
  }

  linesIn(window: ByteWindow, from: number, to: number): number {
    const { base, length, buf, exports } = this.#slab;
    const begin = window.base + from - base;
    const end = window.base + to - base;
    return begin >= 0 && end <= length ? exports.lines(buf + begin, buf + end) : lineFeeds(window.bytes, from, to);
  }
}

/** The rows that are left. */
function rest(count: number, refused: readonly { readonly row: number }[]): Int32Array {
  const kept = new Int32Array(count - refused.length);
  let next = 0;
  for (let row = 0, length = 0; row < count; row++) {
    if (row === refused[next]?.row) next++;
    else kept[length++] = row;
  }
  return kept;
}

/** Where the null tokens are listed; 0 where nothing is the only one. */
function tokenTable({ space }: FastSlab, { nulls }: Dialect): number {
  if (nulls.length === 1 && nulls[0]!.length === 0) return 0;
  const table = space.take(4 + nulls.length * 8);
  const words = nulls.flatMap((token) => {
    const at = space.take(token.length + 1);
    space.bytes.set(token, at);
    return [token.length, at];
  });
  space.words.set([nulls.length, ...words], table >> 2);
  return table;
}
