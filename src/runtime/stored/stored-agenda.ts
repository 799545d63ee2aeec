import { ValueReader, ValueWriter } from '../../codecs/value.ts';
import type { Agenda, AgendaSpec, DueKey, Moment } from '../../core/agenda.ts';
import type { KeyTable } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import { canonicalBytes, canonicalEnd, keyOf } from '../../core/key-bytes.ts';
import type { Capture, CellsSpec, CellTable } from '../../core/state.ts';
import type { RestoredPiece } from '../flow-host.ts';
import { MomentHeap } from './moment-heap.ts';

/** Of the section that says which pages there are. */
export const AGENDA = 'agenda/1';

/** Entries by moment, as the store has them. No page is changed once it is written. */
export interface AgendaPage {
  readonly ats: Float64Array;
  readonly orders: Float64Array;
  /** The canonical bytes of the keys, one behind the other. */
  readonly keys: Uint8Array;
}

interface Entry extends Moment {
  readonly key: Uint8Array;
}

/** Entries by moment, in pages. */
interface Run {
  /** The numbers of its pages, the front first. */
  pages: number[];
  /** How many entries of the first page are gone. */
  from: number;
  /** How many are left. */
  left: number;
  /** The moment of the first. */
  at: number;
  order: number;
}

export interface StoredAgendaOptions {
  readonly spec: AgendaSpec;
  readonly keys: KeyTable;
  readonly pages: CellTable<AgendaPage>;
  readonly pieces: readonly RestoredPiece[];
}

/**
 * What is new lies in a heap. A barrier, or its bound, makes a run of it: entries in order, in pages of the store. The
 * front is the least of the heap and of the fronts of all runs, and of a run that has come to the front one page is in
 * memory. Runs that are small are made one with those behind them, as in any log-structured tree, so there are as many
 * as there are times 16,384 entries, and a few more: for 3 M entries 190, of which those whose time has come hold a page.
 *
 * A restart reads the list of runs and the pages at their fronts. What has been taken since the barrier comes again
 * then, with the states that say that it is due.
 */
export class StoredAgenda implements Agenda {
  readonly restored: readonly number[] | undefined;
  readonly #options: StoredAgendaOptions;
  readonly #heap = new MomentHeap();
  #runs: Run[] = [];
  /** Of runs at the front: their first page, as it came from the store, and its keys. */
  readonly #open = new Map<Run, { readonly page: AgendaPage; readonly keyIds: readonly number[] }>();
  readonly #free: number[] = [];
  #pages = 0;
  #least: Run | undefined;

  constructor(options: StoredAgendaOptions) {
    this.#options = options;
    const piece = options.pieces.find(({ cell, codec }) => cell === options.spec.name && codec === AGENDA);
    if (piece === undefined) return;
    const { totals, pages, runs } = new ValueReader(piece.bytes).value() as Written;
    this.restored = totals;
    this.#pages = pages;
    this.#runs = runs.map((run) => ({ ...run }));
    const used = new Set(runs.flatMap((run) => run.pages));
    for (let page = pages - 1; page >= 0; page--) if (!used.has(page)) this.#free.push(page);
    this.#findLeast();
  }

  add(moment: Moment, keyId: number): void {
    this.#heap.add(moment, keyId);
    if (this.#heap.count >= MOST_ENTRIES) this.#seal();
  }

  first(): DueKey | undefined {
    const fresh = this.#heap.first();
    const run = this.#least;
    if (run === undefined || (fresh !== undefined && !isBefore(run, fresh))) return fresh;
    return { at: run.at, order: run.order, keyId: this.#opened(run).keyIds[run.from]! };
  }

  take(): void {
    const fresh = this.#heap.first();
    const run = this.#least;
    if (run === undefined || (fresh !== undefined && !isBefore(run, fresh))) this.#heap.take();
    else this.#takeOf(run);
  }

  /** What is new goes into pages, which are captured behind this. */
  capture(operator: string): Capture {
    this.#seal();
    const writer = new ValueWriter();
    const written: Written = { totals: this.#options.spec.totals(), pages: this.#pages, runs: this.#runs };
    writer.value(written);
    const bytes = writer.take();
    const { name: cell } = this.#options.spec;
    return {
      write: async (to) => {
        await to.section({ operator, cell, scope: { kind: 'one' }, codec: AGENDA }, bytes);
      },
      drop() {},
    };
  }

  #takeOf(run: Run): void {
    const { page } = this.#opened(run);
    run.left--;
    if (++run.from === page.ats.length) {
      this.#drop(run.pages.shift()!);
      this.#open.delete(run);
      run.from = 0;
      if (run.left === 0) this.#runs.splice(this.#runs.indexOf(run), 1);
      else this.#moveTo(run, this.#opened(run).page);
    } else this.#moveTo(run, page);
    this.#findLeast();
  }

  #moveTo(run: Run, { ats, orders }: AgendaPage): void {
    run.at = ats[run.from]!;
    run.order = orders[run.from]!;
  }

  #findLeast(): void {
    this.#least = undefined;
    for (const run of this.#runs) if (this.#least === undefined || isBefore(run, this.#least)) this.#least = run;
  }

  #opened(run: Run): { readonly page: AgendaPage; readonly keyIds: readonly number[] } {
    let open = this.#open.get(run);
    if (open !== undefined) return open;
    const page = this.#page(run.pages[0]!);
    const keyIds: number[] = [];
    eachKey(page, (key) => keyIds.push(key[0] === 0 ? -1 : this.#options.keys.idOf(keyOf(key))));
    this.#open.set(run, (open = { page, keyIds }));
    return open;
  }

  #page(number: number): AgendaPage {
    const page = this.#options.pages.get(number);
    assert(page !== undefined, 'a run has the pages that it says');
    return page;
  }

  #drop(page: number): void {
    this.#options.pages.delete(page);
    this.#free.push(page);
  }

  /** A run of what is new, with the runs in front of it that are no larger. */
  #seal(): void {
    if (this.#heap.count === 0) return;
    const { keys } = this.#options;
    let entries: Entry[] = [];
    for (let one = this.#heap.first(); one !== undefined; one = this.#heap.first()) {
      const { at, order, keyId } = one;
      entries.push({ at, order, key: keyId < 0 ? NO_KEY : canonicalBytes(keys.keyAt(keyId)) });
      this.#heap.take();
    }
    for (let last = this.#runs.at(-1); last !== undefined && mayJoin(last.left, entries.length); last = this.#runs.at(-1)) {
      entries = merged(this.#entriesOf(last), entries);
      for (const page of last.pages) this.#drop(page);
      this.#open.delete(last);
      this.#runs.pop();
    }
    const [{ at, order }] = entries as [Entry, ...Entry[]];
    const pages: number[] = [];
    for (let from = 0; from < entries.length; from += PAGE_ENTRIES) {
      const number = this.#free.pop() ?? this.#pages++;
      this.#options.pages.set(number, pageOf(entries.slice(from, from + PAGE_ENTRIES)));
      pages.push(number);
    }
    this.#runs.push({ pages, from: 0, left: entries.length, at, order });
    this.#findLeast();
  }

  #entriesOf(run: Run): Entry[] {
    const entries: Entry[] = [];
    for (const number of run.pages) {
      const page = this.#page(number);
      let i = 0;
      eachKey(page, (key) => {
        entries.push({ at: page.ats[i]!, order: page.orders[i]!, key });
        i++;
      });
    }
    return entries.slice(run.from);
  }
}

interface Written {
  readonly totals: readonly number[];
  /** How many numbers of pages were ever given. */
  readonly pages: number;
  readonly runs: readonly Run[];
}

/** How the pages of an agenda lie in a table; its numbers are the keys. */
export function pagesSpec(name: string): CellsSpec<AgendaPage> {
  return {
    name: `${name} pages`,
    mayBeStored: true,
    neverChanged: true,
    sizeOf: ({ ats, keys }) => ats.length * 16 + keys.length + PAGE_COST,
  };
}

/** Keys that are their own numbers. */
export const PAGE_NUMBERS: KeyTable = {
  size: 0,
  idOf: (key) => key as number,
  keyAt: (id) => id,
  groupAt: () => 0,
};

/** Entries of a page: its keys come into memory together. */
const PAGE_ENTRIES = 512;
const PAGE_COST = 300;
/** Entries of a heap, and of a run that is made of others: sorting so many takes a few milliseconds. */
const MOST_ENTRIES = 16_384;
/** In place of a key: records may have none. */
const NO_KEY = new Uint8Array(1);

function mayJoin(left: number, right: number): boolean {
  return left <= right && left + right <= MOST_ENTRIES;
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function merged(left: readonly Entry[], right: readonly Entry[]): Entry[] {
  const all: Entry[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) all.push(isBefore(right[r]!, left[l]!) ? right[r++]! : left[l++]!);
  return all.concat(left.slice(l), right.slice(r));
}

function pageOf(entries: readonly Entry[]): AgendaPage {
  const keys = new Uint8Array(entries.reduce((sum, { key }) => sum + key.length, 0));
  let at = 0;
  for (const { key } of entries) {
    keys.set(key, at);
    at += key.length;
  }
  return { ats: Float64Array.from(entries, (entry) => entry.at), orders: Float64Array.from(entries, (entry) => entry.order), keys };
}

/** No key begins with 0. */
function eachKey({ ats, keys }: AgendaPage, visit: (key: Uint8Array) => void): void {
  let from = 0;
  for (let i = 0; i < ats.length; i++) {
    const isNone = keys[from] === 0;
    const to = isNone ? from + 1 : canonicalEnd(keys, from);
    visit(keys.subarray(from, to));
    from = to;
  }
}
