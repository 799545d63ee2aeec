import { assert } from '../../core/error.ts';
import { WasmSpace } from '../wasm/space.ts';
import type { CsvExports } from './csv-exports.ts';
import type { StringIds } from './drafts.ts';

// The words of a dictionary in memory, as assembly/csv/strings.ts has them.
const MASK = 0;
const ENTRIES = 1;
const BYTES = 2;
const MOST_ENTRIES = 3;
const MOST_BYTES = 4;
const TABLE = 5;
const ENDS = 6;
const ENDS_ROOM = 7;
const KEYS = 8;
const KEYS_ROOM = 9;
const IS_FIXED = 10;

export const WANTS_TABLE = -1;
export const WANTS_BYTES = -2;
const LEAST_SLOTS = 1024;
const LEAST_KEYS = 8192;
const MOST = 0x7fff_ffff;

/**
 * The strings of one column and their numbers, in a table that WebAssembly looks them up in. It grows by doubling until
 * its bounds, which `oneOf` has none of: its strings are there from the beginning, and no others are added.
 */
export class FastStrings implements StringIds {
  readonly #exports: CsvExports;
  readonly #space: WasmSpace;
  readonly entries: string[] = [];
  /** Where its words are. */
  readonly at: number;

  constructor(
    exports: CsvExports,
    space: WasmSpace,
    most: { readonly entries: number; readonly entryBytes: number },
    oneOf?: readonly string[],
  ) {
    this.#exports = exports;
    this.#space = space;
    this.at = space.take(64);
    this.#set(MASK, 0);
    this.#set(ENTRIES, 0);
    this.#set(BYTES, 0);
    this.#set(MOST_ENTRIES, oneOf === undefined ? Math.min(most.entries, MOST) : MOST);
    this.#set(MOST_BYTES, oneOf === undefined ? Math.min(most.entryBytes, MOST) : MOST);
    this.#set(TABLE, 0);
    this.#set(ENDS, 0);
    this.#set(ENDS_ROOM, 0);
    this.#set(KEYS, space.take(LEAST_KEYS));
    this.#set(KEYS_ROOM, WasmSpace.room(LEAST_KEYS));
    this.#set(IS_FIXED, 0);
    this.growTable();
    for (const text of oneOf ?? []) assert(this.idOf(text) >= 0, 'a dictionary without bounds has room');
    this.#set(IS_FIXED, oneOf === undefined ? 0 : 1);
  }

  #get(word: number): number {
    return this.#space.words[(this.at >> 2) + word]!;
  }

  #set(word: number, value: number): void {
    this.#space.words[(this.at >> 2) + word] = value;
  }

  growTable(): void {
    const space = this.#space;
    const slots = this.#get(TABLE) === 0 ? 0 : this.#get(MASK) + 1;
    const more = Math.max(LEAST_SLOTS, 2 * slots);
    const table = space.take(more * 8);
    space.bytes.fill(0, table, table + more * 8);
    this.#exports.rehash(this.#get(TABLE), slots, table, more - 1);
    const room = more / 2 + 2;
    const ends = space.take(room * 4);
    if (slots === 0) space.words[ends >> 2] = 0;
    else {
      space.bytes.copyWithin(ends, this.#get(ENDS), this.#get(ENDS) + (this.#get(ENTRIES) + 1) * 4);
      space.giveBack(this.#get(TABLE), slots * 8);
      space.giveBack(this.#get(ENDS), this.#get(ENDS_ROOM) * 4);
    }
    this.#set(MASK, more - 1);
    this.#set(TABLE, table);
    this.#set(ENDS, ends);
    this.#set(ENDS_ROOM, room);
  }

  growBytes(): void {
    const space = this.#space;
    const room = this.#get(KEYS_ROOM);
    const keys = space.take(room * 2);
    space.bytes.copyWithin(keys, this.#get(KEYS), this.#get(KEYS) + this.#get(BYTES));
    space.giveBack(this.#get(KEYS), room);
    this.#set(KEYS, keys);
    this.#set(KEYS_ROOM, room * 2);
  }

  /** Makes strings of what was added since. */
  spellOut(): void {
    const { bytes, words } = this.#space;
    const keys = this.#get(KEYS);
    const ends = this.#get(ENDS) >> 2;
    const count = this.#get(ENTRIES);
    for (let id = this.entries.length; id < count; id++)
      this.entries.push(bytes.utf8Slice(keys + words[ends + id]!, keys + words[ends + id + 1]!));
  }

  idOf(text: string): number {
    const length = Buffer.byteLength(text);
    for (;;) {
      while (this.#get(BYTES) + length + 8 > this.#get(KEYS_ROOM)) this.growBytes();
      // Behind the entries, where it stays if it is a new one.
      const at = this.#get(KEYS) + this.#get(BYTES);
      this.#space.bytes.write(text, at);
      const id = this.#exports.intern(this.at, at, length);
      if (id === WANTS_TABLE) this.growTable();
      else if (id !== WANTS_BYTES) {
        this.spellOut();
        return Math.max(id, -1);
      }
    }
  }

  /** Gives its memory back; the strings stay with those who have them. */
  close(): void {
    const space = this.#space;
    space.giveBack(this.#get(TABLE), (this.#get(MASK) + 1) * 8);
    space.giveBack(this.#get(ENDS), this.#get(ENDS_ROOM) * 4);
    space.giveBack(this.#get(KEYS), this.#get(KEYS_ROOM));
    space.giveBack(this.at, 64);
  }
}
