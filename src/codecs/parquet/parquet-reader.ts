import type { PageAnswer, PageFile, PageOpening, PageReader } from '../../core/format.ts';
import type { ColumnSpec } from '../column-kinds.ts';
import { type ColumnPlan, planAll, planDeclared } from './column-plan.ts';
import { broken } from './errors.ts';
import { readFooter } from './file-footer.ts';
import { GroupReader, type Piece } from './group-reader.ts';
import { readGroups, type RowGroup } from './groups.ts';
import { type ColumnFilter, mayHold } from './only.ts';
import { pickColumn, pickCount } from './picks.ts';
import { PieceBudget } from './piece-budget.ts';
import { partBad } from './refused-rows.ts';

/** What is read of a file: the columns declared, or all there are. */
export interface ReadingWish {
  readonly specs: readonly ColumnSpec[] | undefined;
  readonly filters: readonly ColumnFilter[];
}

const MOST_WINDOW = 1024 * 1024;
const LEAST_WINDOW = 16 * 1024;

export async function openParquet<T>(
  file: PageFile,
  { where, fromRow, pieceBytes }: PageOpening,
  wish: ReadingWish,
): Promise<PageReader<T>> {
  const { bytes, spot, head } = await readFooter(file, where, pieceBytes);
  const { specs, filters } = wish;
  const plans = specs === undefined ? planAll(head.columns, where) : planDeclared(specs, head.columns, where);
  if (plans.length === 0) throw broken(spot, 'it has no columns');
  const wanted = new Set(plans.flatMap((plan) => (plan.node === undefined ? [plan.leaf.index] : plan.leaves.map((leaf) => leaf.index))));
  const groups = readGroups(bytes, spot, { leaves: head.leaves, rows: head.rows, wanted, footerAt: spot.byte });
  // A quarter of what is allowed, for the windows of all columns together.
  const windowBytes = Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, Math.floor(pieceBytes / 4 / wanted.size)));
  return new ParquetReader<T>({
    file,
    where,
    plans,
    filters,
    groups,
    fromRow,
    windowBytes,
    rows: head.rows,
    budget: new PieceBudget(pieceBytes),
  });
}

interface ReaderOptions {
  readonly file: PageFile;
  readonly where: string;
  readonly plans: readonly ColumnPlan[];
  readonly filters: readonly ColumnFilter[];
  readonly groups: readonly RowGroup[];
  readonly rows: number;
  readonly fromRow: number;
  readonly windowBytes: number;
  readonly budget: PieceBudget;
}

class ParquetReader<T> implements PageReader<T> {
  readonly #options: ReaderOptions;
  readonly #names: readonly string[];
  #nextGroup = 0;
  #group: GroupReader | undefined;
  #row: number;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#names = options.plans.map(({ name }) => name);
    this.#row = options.fromRow;
  }

  async read(limit: number, signal: AbortSignal): Promise<PageAnswer<T>> {
    while (!signal.aborted) {
      const group = this.#group ?? (await this.#openGroup());
      if (group === undefined) return { ...this.#nothing(), end: true };
      const piece = await group.read(limit);
      this.#row = group.nextRow;
      if (group.isEnded) this.close();
      const answer = this.#answer(piece);
      if (answer !== undefined) return answer;
    }
    return this.#nothing();
  }

  close(): void {
    this.#group?.close();
    this.#group = undefined;
  }

  /** The next row group that has rows to be read. */
  async #openGroup(): Promise<GroupReader | undefined> {
    const { groups, plans, filters } = this.#options;
    for (;;) {
      const group = groups[this.#nextGroup];
      if (group === undefined) return undefined;
      this.#nextGroup++;
      const end = group.firstRow + group.rows;
      if (end <= this.#row) continue;
      if (!filters.every((filter) => mayHoldIn(group, plans[filter.column]!, filter))) {
        this.#row = end;
        continue;
      }
      const reader = new GroupReader({ ...this.#options, group });
      this.#group = reader;
      if (this.#row > group.firstRow) await reader.skip(this.#row - group.firstRow);
      return reader;
    }
  }

  #answer({ taken, picks, firstRow }: Piece): PageAnswer<T> | undefined {
    const { where, plans } = this.#options;
    const count = pickCount(picks);
    if (count === 0) return undefined;
    const rowAt = (at: number): number => firstRow + (picks instanceof Int32Array ? picks[at]! : picks.from + at);
    const bad = partBad({ where, plans, taken, count, rowAt });
    const columns = taken.map(({ column }) => (bad === undefined ? column : pickColumn(column, bad.kept)));
    const length = bad === undefined ? count : bad.kept.length;
    const isRange = bad === undefined && !(picks instanceof Int32Array);
    return {
      columns: { length, names: this.#names, columns },
      rows: isRange ? { first: firstRow } : Array.from({ length }, (_, i) => rowAt(bad === undefined ? i : bad.kept[i]!)),
      refused: bad?.refused,
      // Behind the last row that is told of, so that it does not depend on how reads were cut which rows passed over count.
      nextRow: rowAt(count - 1) + 1,
      end: false,
    };
  }

  #nothing(): PageAnswer<T> {
    return { values: [], rows: { first: this.#row }, nextRow: this.#row, end: false };
  }
}

function mayHoldIn(group: RowGroup, plan: ColumnPlan, filter: ColumnFilter): boolean {
  const chunk = plan.node === undefined ? group.chunks.get(plan.leaf.index) : undefined;
  return plan.node !== undefined || chunk === undefined || mayHold(filter, chunk, plan.leaf, plan.meaning);
}
