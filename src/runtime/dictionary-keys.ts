import type { KeyTable } from '../core/chunk.ts';
import type { Columns } from '../core/columns.ts';

/** After so many chunks in which no column was the key, none will be looked for any more. */
const MOST_TRIES = 8;
/** Beyond so many strings the numbers of all would take more memory than looking keys up is worth. */
const MOST_ENTRIES = 2 ** 20;
/** So many keys of a chunk have to be what a column says. */
const LOOKED_AT = 32;

/**
 * The numbers of keys that are strings of a column, by their numbers in its dictionary: to find one is to read an array,
 * where a table of keys would ask a Map (22 to 40 ns a record, and more than 100 where there are many keys).
 *
 * What a user's function answers as a key may be anything, so it is still asked for each record; if its answer is the
 * string that the column has in this row, the number that was kept for it is right. Which column to compare with is
 * learned from the keys of the first chunks, and a wrong guess costs a comparison and nothing else.
 */
export class DictionaryKeys {
  /** Of the column, this chunk. */
  ids: Int32Array = new Int32Array(0);
  entries: readonly string[] = [];
  /** At the number in the dictionary: the number of the key plus one, 0 where it is not known. */
  numbers: Int32Array = new Int32Array(0);
  readonly #table: KeyTable;
  #column = -1;
  #tries = MOST_TRIES;
  #seen: readonly string[] | undefined;

  constructor(table: KeyTable) {
    this.#table = table;
  }

  get isLearning(): boolean {
    return this.#column < 0 && this.#tries > 0;
  }

  /** Before the records of a chunk: is there a column to compare with? */
  begin({ columns }: Columns): boolean {
    const column = columns[this.#column];
    if (column?.kind !== 'dictionary' || column.entries.length > MOST_ENTRIES) return false;
    this.ids = column.ids;
    if (column.entries !== this.entries && !this.#change(column.entries)) return false;
    if (this.numbers.length < column.entries.length) {
      const larger = new Int32Array(Math.min(column.entries.length * 2, MOST_ENTRIES));
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return true;
  }

  /** Behind them: the keys of its outputs, and of which rows they are. */
  learn({ columns }: Columns, rows: Int32Array, keyIds: Int32Array, outputs: number): void {
    if (outputs === 0) return;
    this.#tries--;
    this.#column = columns.findIndex((column) => {
      if (column.kind !== 'dictionary') return false;
      for (let k = 0; k < outputs && k < LOOKED_AT; k++)
        if (column.entries[column.ids[rows[k]!]!] !== this.#table.keyAt(keyIds[k]!)) return false;
      return true;
    });
  }

  /** Another dictionary has other numbers. One that is met for the first time may be of this chunk only, and is let pass. */
  #change(entries: readonly string[]): boolean {
    const isKnown = this.#seen === entries;
    this.#seen = entries;
    if (!isKnown) return false;
    this.entries = entries;
    this.numbers.fill(0);
    return true;
  }
}
