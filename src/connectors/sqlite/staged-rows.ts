import type { Cell, Database, Statement } from './client.ts';
import type { ShapedRow } from './row-shape.ts';

/** The rows between two barriers, in order, on the disk where they are many. */
export class StagedRows {
  readonly #database: Database;
  readonly #add: Statement;
  readonly #pages: Statement;
  readonly #pageBytes: number;
  readonly #padding: readonly null[];

  constructor(database: Database, columns: number) {
    this.#database = database;
    // Columns without a type keep a value as it was given. A flag has one, or the number 1 would be kept as a real.
    const names = Array.from({ length: columns }, (_, i) => `c${i}`);
    database.exec(`create table staged (removes integer, ${names.join(', ')}); begin`);
    this.#add = database.prepare(`insert into staged values (?, ${names.map(() => '?').join(', ')})`);
    this.#pages = database.prepare('pragma page_count');
    this.#pageBytes = (database.prepare('pragma page_size').get() as { readonly page_size: number }).page_size;
    this.#padding = names.map(() => null);
  }

  add({ removes, cells }: ShapedRow): void {
    if (removes) this.#add.run(1, ...cells, ...this.#padding.slice(cells.length));
    else this.#add.run(0, ...cells);
  }

  get bytes(): number {
    return (this.#pages.get() as { readonly page_count: number }).page_count * this.#pageBytes;
  }

  /** `cells` may be longer than those of a row that removes. */
  *rows(): Generator<ShapedRow> {
    const all = this.#database.prepare('select * from staged order by rowid');
    all.setReturnArrays(true);
    all.setReadBigInts(true); // Or a bigint would come back as a number, and be kept as a real.
    for (const line of all.iterate()) {
      const cells = line as Cell[];
      yield { removes: cells.shift() === 1n, cells };
    }
  }

  close(): void {
    this.#database.close();
  }
}
