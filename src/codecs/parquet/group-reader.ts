import type { PageFile } from '../../core/format.ts';
import type { ColumnPlan } from './column-plan.ts';
import { broken, type Spot } from './errors.ts';
import { FlatColumn, type GroupColumn } from './flat-column.ts';
import type { Taken } from './flat-page.ts';
import type { ColumnChunk, RowGroup } from './groups.ts';
import { NestedColumn } from './nested-column.ts';
import { type ColumnFilter, sieve } from './only.ts';
import { type Picks, pick, pickColumn } from './picks.ts';
import type { PieceBudget } from './piece-budget.ts';
import { leafName } from './schema.ts';

export interface GroupOptions {
  readonly file: PageFile;
  readonly where: string;
  readonly group: RowGroup;
  readonly plans: readonly ColumnPlan[];
  readonly filters: readonly ColumnFilter[];
  readonly budget: PieceBudget;
  readonly windowBytes: number;
}

/** Rows of a group that fit, column by column. */
export interface Piece {
  readonly taken: readonly Taken[];
  /** Which of the rows passed. */
  readonly picks: Picks;
  readonly firstRow: number;
}

/** Reads the rows of one row group from the front. */
export class GroupReader {
  readonly #options: GroupOptions;
  readonly #columns: GroupColumn[] = [];
  #at = 0;

  constructor(options: GroupOptions) {
    this.#options = options;
    for (const plan of options.plans) this.#columns.push(this.#open(plan));
  }

  get isEnded(): boolean {
    return this.#at === this.#options.group.rows;
  }

  get nextRow(): number {
    return this.#options.group.firstRow + this.#at;
  }

  async skip(rows: number): Promise<void> {
    await all(this.#columns.map((column) => column.skip(rows)));
    this.#at += rows;
  }

  /** The next rows, up to `limit`; as many as all columns have in memory at once. */
  async read(limit: number): Promise<Piece> {
    const ready = await all(this.#columns.map((column) => column.ready()));
    const count = ready.reduce((least, rows) => Math.min(least, rows), Math.min(limit, this.#options.group.rows - this.#at));
    const firstRow = this.nextRow;
    const piece = this.#take(count);
    for (const column of this.#columns) column.advance(count);
    this.#at += count;
    return { ...piece, firstRow };
  }

  close(): void {
    for (const column of this.#columns) column.close();
  }

  #open(plan: ColumnPlan): GroupColumn {
    const { group, where } = this.#options;
    const rows = group.rows;
    const chunkOf = (index: number): ColumnChunk => {
      const chunk = group.chunks.get(index);
      if (chunk === undefined) throw broken({ where, byte: 0, column: plan.name }, 'a row group lacks a column');
      return chunk;
    };
    if (plan.node === undefined) {
      const { leaf, meaning, rules } = plan;
      return new FlatColumn({ ...this.#options, leaf, meaning, rules, rows, chunk: chunkOf(leaf.index), spot: this.#spot(leafName(leaf)) });
    }
    const leaves = plan.leaves.map((leaf) => ({ leaf, chunk: chunkOf(leaf.index), spot: this.#spot(leafName(leaf)) }));
    return new NestedColumn({ ...this.#options, node: plan.node, leaves, rows });
  }

  #spot(column: string): Spot {
    return { where: this.#options.where, byte: 0, column };
  }

  #take(count: number): { readonly taken: readonly Taken[]; readonly picks: Picks } {
    const { filters } = this.#options;
    const range = { from: 0, count };
    if (filters.length === 0) return { taken: this.#columns.map((column) => column.take(range)), picks: range };
    const marks = new Uint8Array(count).fill(1);
    const looked = new Map<number, Taken>();
    for (const filter of filters) {
      const taken = this.#columns[filter.column]!.take(range);
      looked.set(filter.column, taken);
      sieve(filter, taken.column, taken.bad, marks);
    }
    const picks = marked(marks);
    // All of them: nothing needs to be copied.
    const fitting = picks.length === count ? range : picks;
    const taken = this.#columns.map((column, i) => {
      const had = looked.get(i);
      if (had === undefined) return column.take(fitting);
      return { column: pickColumn(had.column, fitting), bad: had.bad && pick(had.bad, fitting) };
    });
    return { taken, picks: fitting };
  }
}

function marked(marks: Uint8Array): Int32Array {
  const rows = new Int32Array(marks.length);
  let count = 0;
  for (let row = 0; row < marks.length; row++) if (marks[row] === 1) rows[count++] = row;
  return rows.subarray(0, count);
}

/** Waits for every one, also behind one that failed: none may go on in the background. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
