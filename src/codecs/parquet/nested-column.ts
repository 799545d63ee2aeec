import { broken, type Spot, unsupported } from './errors.ts';
import { readIds, type GroupColumn } from './flat-column.ts';
import type { Taken } from './flat-page.ts';
import type { ColumnChunk } from './groups.ts';
import { takeApart } from './levels.ts';
import { plainMeaning } from './meaning.ts';
import { assemble, type Entries } from './nested-values.ts';
import { ENCODING, type PageHeader } from './page-header.ts';
import { footprint, readValues } from './page-values.ts';
import { PageWalk, type WalkOptions } from './page-walk.ts';
import type { Picks } from './picks.ts';
import { Holding, type PieceBudget } from './piece-budget.ts';
import { plainValues } from './plain-values.ts';
import type { Leaf, SchemaNode } from './schema.ts';

export interface NestedOptions extends Omit<WalkOptions, 'chunk' | 'spot'> {
  readonly node: SchemaNode;
  readonly leaves: readonly { readonly leaf: Leaf; readonly chunk: ColumnChunk; readonly spot: Spot }[];
  readonly rows: number;
}

/** About what an entry takes as a value and with its levels. */
const ENTRY_BYTES = 40;

/** A list or a structure: the stored columns below it, read side by side and put together again. */
export class NestedColumn implements GroupColumn {
  readonly #node: SchemaNode;
  readonly #streams: readonly LeafStream[];

  constructor(options: NestedOptions) {
    this.#node = options.node;
    if (options.leaves.length === 0) throw unsupported({ where: '', byte: 0, column: options.node.name }, 'a structure has no columns');
    this.#streams = options.leaves.map((leaf) => new LeafStream({ ...options, ...leaf }));
  }

  async ready(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (const stream of this.#streams) least = Math.min(least, await stream.ready());
    return least;
  }

  take(picks: Picks): Taken {
    const rows = picks instanceof Int32Array ? picks : Int32Array.from({ length: picks.count }, (_, i) => picks.from + i);
    const values = Array.from(rows, (row) =>
      assemble(
        this.#node,
        this.#streams.map((stream) => stream.row(row)),
      ),
    );
    return { column: { kind: 'plain', values }, bad: undefined };
  }

  advance(rows: number): void {
    for (const stream of this.#streams) stream.advance(rows);
  }

  async skip(rows: number): Promise<void> {
    for (let left = rows; left > 0; ) {
      const now = Math.min(left, await this.ready());
      this.advance(now);
      left -= now;
    }
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}

interface StreamOptions extends WalkOptions {
  readonly leaf: Leaf;
  readonly rows: number;
}

/** The entries of one stored column. A row may go on in the next page, so it is whole only when the next begins. */
class LeafStream {
  readonly #options: StreamOptions;
  readonly #walk: PageWalk;
  readonly #holding: Holding;
  #budgeted = 0;
  #dictionary: unknown[] | undefined;
  #dictionaryHolding: Holding;
  readonly #budget: PieceBudget;
  #entries: Entries;
  /** Where in the entries each row begins; the last may not be whole. */
  #starts: number[] = [];
  #at = 0;
  #isEnded = false;
  #rowsSeen = 0;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#budget = options.budget;
    this.#walk = new PageWalk(options);
    this.#holding = new Holding(this.#budget);
    this.#dictionaryHolding = new Holding(this.#budget);
    this.#entries = { leaf: options.leaf, repetitions: [], definitions: [], values: [], from: 0, to: 0 };
  }

  async ready(): Promise<number> {
    while (!this.#isEnded && this.#starts.length - this.#at < 2) await this.#readPage();
    return this.#starts.length - this.#at - (this.#isEnded ? 0 : 1);
  }

  row(at: number): Entries {
    const from = this.#starts[this.#at + at]!;
    return { ...this.#entries, from, to: this.#starts[this.#at + at + 1] ?? this.#entries.definitions.length };
  }

  advance(rows: number): void {
    this.#at += rows;
  }

  close(): void {
    this.#walk.close();
    this.#holding.release();
    this.#dictionaryHolding.release();
    this.#entries = { ...this.#entries, repetitions: [], definitions: [], values: [] };
  }

  async #readPage(): Promise<void> {
    this.#forgetTaken();
    const header = await this.#walk.next();
    if (header === undefined) {
      this.#isEnded = true;
      const { rows } = this.#options;
      if (this.#rowsSeen !== rows) throw broken(this.#walk.spot, `a column has ${this.#rowsSeen} rows, and its row group has ${rows}`);
    } else if (header.kind === 'dictionary') await this.#readDictionary(header);
    else if (header.kind === 'entries') await this.#readEntries(header);
  }

  /** Rows that were handed out are let go before the next page comes. */
  #forgetTaken(): void {
    if (this.#at === 0) return;
    const { repetitions, definitions, values, leaf } = this.#entries;
    const from = this.#starts[this.#at] ?? definitions.length;
    const left = definitions.length - from;
    this.#entries = {
      leaf,
      repetitions: repetitions.slice(from),
      definitions: definitions.slice(from),
      values: values.slice(from),
      from: 0,
      to: 0,
    };
    this.#starts = this.#starts.slice(this.#at).map((start) => start - from);
    this.#at = 0;
    this.#holding.release();
    this.#budgeted = left === 0 ? 0 : Math.ceil((this.#budgeted * left) / (from + left));
    this.#holding.take(this.#budgeted, 'a row', this.#walk.spot);
  }

  async #readDictionary(header: PageHeader): Promise<void> {
    const { leaf } = this.#options;
    const { spot } = this.#walk;
    if (this.#dictionary !== undefined) throw broken(spot, 'a column has two dictionaries');
    this.#dictionaryHolding.take(2 * header.bytes + header.entries * ENTRY_BYTES, 'a dictionary', spot);
    const body = await this.#walk.body(header);
    const { values } = takeApart({ ...this.#options, header, body, spot, leaf: { ...leaf, definition: 0, repetition: 0 } });
    this.#dictionary = plainValues(
      plainMeaning(leaf)(readValues(values, ENCODING.plain, leaf, header.entries, this.#dictionaryHolding)),
      spot,
    );
  }

  async #readEntries(header: PageHeader): Promise<void> {
    const { leaf } = this.#options;
    const { spot } = this.#walk;
    const cost = 2 * header.bytes + header.entries * (footprint(leaf) + ENTRY_BYTES);
    this.#holding.take(cost, 'a page', spot);
    this.#budgeted += cost;
    const body = await this.#walk.body(header);
    const { definitions, repetitions, values } = takeApart({ ...this.#options, header, body, spot });
    let count = header.entries;
    if (definitions !== undefined) for (const level of definitions) if (level !== leaf.definition) count--;
    const isIds = header.encoding === ENCODING.dictionary || header.encoding === ENCODING.oldDictionary;
    const dictionary = this.#dictionary;
    if (isIds && dictionary === undefined) throw broken(spot, 'a page wants a dictionary and there is none');
    const made = isIds
      ? Array.from(readIds(values, count, dictionary!.length), (id) => dictionary![id])
      : plainValues(plainMeaning(leaf)(readValues(values, header.encoding, leaf, count, this.#holding)), spot);
    let next = 0;
    for (let i = 0; i < header.entries; i++) {
      const repetition = repetitions?.[i] ?? leaf.repetition;
      const definition = definitions?.[i] ?? leaf.definition;
      if (repetition > leaf.repetition || definition > leaf.definition) throw broken(spot, 'a page has levels that its column has not');
      if (repetition === 0) this.#begin(spot);
      else if (this.#starts.length === 0) throw broken(spot, 'a column begins in the middle of a list');
      this.#entries.repetitions.push(repetition);
      this.#entries.definitions.push(definition);
      this.#entries.values.push(definition === leaf.definition ? made[next++] : null);
    }
  }

  #begin(spot: Spot): void {
    if (++this.#rowsSeen > this.#options.rows) throw broken(spot, `a column has more than the ${this.#options.rows} rows of its row group`);
    this.#starts.push(this.#entries.definitions.length);
  }
}
