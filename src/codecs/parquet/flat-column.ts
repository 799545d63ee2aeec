import { broken } from './errors.ts';
import { type Dictionary, dictionaryOf, type FlatPage, idsPage, type Rules, type Taken, valuesPage } from './flat-page.ts';
import type { PageParts } from './levels.ts';
import { takeApart } from './levels.ts';
import type { Meaning } from './meaning.ts';
import { ENCODING, type PageHeader } from './page-header.ts';
import { footprint, readValues } from './page-values.ts';
import { PageWalk, type WalkOptions } from './page-walk.ts';
import type { Picks } from './picks.ts';
import { Holding } from './piece-budget.ts';
import { readRuns } from './runs.ts';
import type { Leaf } from './schema.ts';

/** One column of one row group, read from the front, a page in memory at a time. */
export interface GroupColumn {
  /** How many rows can be taken at once; it reads the next page where there are none left. Not behind the last row. */
  ready(): Promise<number>;
  /** Rows counted from where it stands; `advance` goes on behind them. */
  take(picks: Picks): Taken;
  advance(rows: number): void;
  /** Passes rows over without looking into the pages that have nothing else. */
  skip(rows: number): Promise<void>;
  close(): void;
}

export interface FlatColumnOptions extends WalkOptions {
  readonly leaf: Leaf;
  readonly rows: number;
  readonly meaning: Meaning;
  readonly rules: Rules;
}

export class FlatColumn implements GroupColumn {
  readonly #options: FlatColumnOptions;
  readonly #walk: PageWalk;
  readonly #pageHolding: Holding;
  readonly #dictionaryHolding: Holding;
  #dictionary: Dictionary | undefined;
  #page: FlatPage | undefined;
  /** Rows of the page that were taken. */
  #at = 0;
  /** Rows of the group that no page has told of yet. */
  #unread: number;

  constructor(options: FlatColumnOptions) {
    this.#options = options;
    this.#walk = new PageWalk(options);
    this.#pageHolding = new Holding(options.budget);
    this.#dictionaryHolding = new Holding(options.budget);
    this.#unread = options.rows;
    const { chunk, spot, rows } = options;
    if (chunk.entries !== rows)
      throw broken({ ...spot, byte: chunk.begin }, `a column has ${chunk.entries} values in a row group of ${rows} rows`);
  }

  async ready(): Promise<number> {
    while (this.#page === undefined || this.#at === this.#page.rows) {
      const header = await this.#nextPage();
      this.#page = await this.#decode(header);
      this.#at = 0;
    }
    return this.#page.rows - this.#at;
  }

  take(picks: Picks): Taken {
    const at = this.#at;
    return this.#page!.take(picks instanceof Int32Array ? picks.map((row) => row + at) : { from: picks.from + at, count: picks.count });
  }

  advance(rows: number): void {
    this.#at += rows;
  }

  async skip(rows: number): Promise<void> {
    let left = rows;
    while (left > 0) {
      const here = this.#page === undefined ? 0 : this.#page.rows - this.#at;
      if (here > 0) {
        const now = Math.min(here, left);
        this.#at += now;
        left -= now;
        continue;
      }
      const header = await this.#nextPage();
      if (header.entries <= left) left -= header.entries;
      else {
        this.#page = await this.#decode(header);
        this.#at = 0;
      }
    }
  }

  close(): void {
    this.#walk.close();
    this.#pageHolding.release();
    this.#dictionaryHolding.release();
    this.#page = undefined;
    this.#dictionary = undefined;
  }

  /** The header of the next page of entries; a dictionary on the way is read. */
  async #nextPage(): Promise<PageHeader> {
    this.#page = undefined;
    this.#pageHolding.release();
    for (;;) {
      const header = await this.#walk.next();
      if (header === undefined) throw broken(this.#walk.spot, `a column ends ${this.#unread} rows before its row group does`);
      if (header.kind === 'dictionary') await this.#readDictionary(header);
      if (header.kind !== 'entries' || header.entries === 0) continue;
      const rows = header.levels?.rows ?? header.entries;
      if (header.entries > this.#unread || rows !== header.entries)
        throw broken(this.#walk.spot, `a page has ${header.entries} values for ${rows} of ${this.#unread} rows`);
      this.#unread -= header.entries;
      return header;
    }
  }

  async #readDictionary(header: PageHeader): Promise<void> {
    const { leaf, meaning, rules } = this.#options;
    const { spot } = this.#walk;
    if (this.#dictionary !== undefined) throw broken(spot, 'a column has two dictionaries');
    if (header.encoding !== ENCODING.plain && header.encoding !== ENCODING.oldDictionary)
      throw broken(spot, `a dictionary has the encoding ${header.encoding}`);
    // A text of one byte takes 24 as a string.
    this.#dictionaryHolding.take(2 * header.bytes + header.entries * (footprint(leaf) + 24), 'a dictionary', spot);
    const body = await this.#walk.body(header);
    const { values } = takeApart({ ...this.#options, header, body, spot, leaf: { ...leaf, definition: 0, repetition: 0 } });
    this.#dictionary = dictionaryOf(meaning(readValues(values, ENCODING.plain, leaf, header.entries, this.#dictionaryHolding)), rules);
  }

  async #decode(header: PageHeader): Promise<FlatPage> {
    const { leaf, meaning, rules } = this.#options;
    const { spot } = this.#walk;
    this.#pageHolding.take(header.bytes + header.entries * (2 * footprint(leaf) + 2), 'a page', spot);
    const body = await this.#walk.body(header);
    const { definitions, values } = takeApart({ ...this.#options, header, body, spot });
    const nulls = definitions && nullsOf(definitions, leaf.definition);
    const count = nulls === undefined ? header.entries : present(nulls);
    const isIds = header.encoding === ENCODING.dictionary || header.encoding === ENCODING.oldDictionary;
    if (!isIds) return valuesPage(meaning(readValues(values, header.encoding, leaf, count, this.#pageHolding)), nulls, rules);
    const dictionary = this.#dictionary;
    if (dictionary === undefined) throw broken(spot, 'a page wants a dictionary and there is none');
    return idsPage(readIds(values, count, dictionary.count), dictionary, nulls, rules);
  }
}

/** Places in a dictionary of so many entries. */
export function readIds(page: PageParts['values'], count: number, entries: number): Int32Array {
  const ids = new Int32Array(count);
  // A page without values need not say how wide they are.
  if (count === 0) return ids;
  const width = page.byte();
  readRuns(page, width, ids);
  for (let i = 0; i < count; i++)
    if (ids[i]! >>> 0 >= entries) throw page.fail(`a value is number ${ids[i]! >>> 0} of a dictionary of ${entries}`);
  return ids;
}

/** Undefined where the levels say of every entry that it is there. */
function nullsOf(definitions: Uint8Array, highest: number): Uint8Array | undefined {
  let isSome = 0;
  for (let i = 0; i < definitions.length; i++) isSome |= definitions[i] = definitions[i] === highest ? 0 : 1;
  return isSome === 0 ? undefined : definitions;
}

function present(nulls: Uint8Array): number {
  let count = nulls.length;
  for (let i = 0; i < nulls.length; i++) count -= nulls[i]!;
  return count;
}
