import { stableHashOf } from '../core/hash.ts';
import { isKeyAt } from '../core/key-at.ts';
import type { Key } from '../core/keys.ts';
import { type CellBytes, type CellsPiece, keyAt } from './cell-bytes.ts';

/** Where an entry stands: in these bytes, its key's length first. */
export interface CellSite {
  readonly bytes: Uint8Array;
  readonly entry: number;
}

/**
 * The states of one key group as a checkpoint brought them: its sections, the first of which is the base and the others
 * what has changed since. They are not looked at before somebody asks for a key of the group; then a table of where each
 * key stands is made of them, which takes 0.1 to 0.2 us a key. A state that is asked for is taken, and is awake from there on.
 *
 * Invariant: each entry carries the epoch in which it was taken, so what was asleep at a barrier can be told for as long
 * as its capture is not written.
 */
export class SleepingGroup {
  readonly pieces: readonly CellsPiece[];
  readonly #cells: CellBytes<unknown>;
  #table: Table | undefined;
  #count = 0;
  #hasGiven = false;

  constructor(cells: CellBytes<unknown>, pieces: readonly CellsPiece[]) {
    this.#cells = cells;
    this.pieces = pieces;
  }

  /** The same with one more section; undefined where they are too long for a table. */
  with(piece: CellsPiece): SleepingGroup | undefined {
    const bytes = this.pieces.reduce((sum, known) => sum + known.bytes.length, piece.bytes.length);
    return bytes < MOST_BYTES ? new SleepingGroup(this.#cells, [...this.pieces, piece]) : undefined;
  }

  /** How many are asleep. */
  get count(): number {
    this.#table ??= this.#indexed();
    return this.#count;
  }

  /** The same without looking at what nobody has looked at. */
  get countAtLeast(): number {
    return this.#count;
  }

  /** Nothing was taken: what it brought says all there is. */
  get isWhole(): boolean {
    return !this.#hasGiven;
  }

  /** About how many entries each of the sections has: as many as there would be if all were as long as the first. */
  get entries(): readonly number[] {
    return this.pieces.map((piece) => (piece.bytes.length === 0 ? 0 : Math.ceil(piece.bytes.length / this.#cells.firstEntryBytes(piece))));
  }

  /** The state of a key of this hash, which sleeps no longer; undefined where it has none here. */
  take(key: Key, hash: number, epoch: number): CellSite | undefined {
    this.#table ??= this.#indexed();
    const { slots, shift } = this.#table;
    const mask = slots.length - 2;
    for (let slot = firstSlot(hash, shift); ; slot = (slot + 2) & mask) {
      const next = slots[slot + 1]!;
      if (next === 0) return undefined;
      if (next < 0 || slots[slot] !== (hash | 0)) continue;
      const site = this.#siteOf(next - 1);
      if (!isKeyAt(key, site.bytes, keyAt(site.bytes, site.entry))) continue;
      this.#give(this.#table, slot, epoch);
      return site;
    }
  }

  /** All that are asleep are awake from here on. */
  *takeAll(epoch: number): Iterable<CellSite> {
    this.#table ??= this.#indexed();
    const { slots } = this.#table;
    for (let slot = 0; slot < slots.length; slot += 2) {
      const next = slots[slot + 1]!;
      if (next <= 0) continue;
      this.#give(this.#table, slot, epoch);
      yield this.#siteOf(next - 1);
    }
  }

  /** Those that were asleep at the barrier that ended this epoch. */
  *asleepAt(epoch: number): Iterable<CellSite> {
    this.#table ??= this.#indexed();
    const { slots, given } = this.#table;
    for (let slot = 0; slot < slots.length; slot += 2) {
      const next = slots[slot + 1]!;
      if (next > 0) yield this.#siteOf(next - 1);
      else if (next < 0 && given[-next]! > epoch) yield this.#siteOf(given[-next - 1]!);
    }
  }

  #give({ slots, given }: Table, slot: number, epoch: number): void {
    given.push(slots[slot + 1]! - 1, epoch);
    slots[slot + 1] = 1 - given.length;
    this.#count--;
    this.#hasGiven = true;
  }

  #indexed(): Table {
    const guess = this.entries.reduce((sum, entries) => sum + entries, 0);
    const table = emptyTable(2 ** Math.ceil(Math.log2(Math.min(Math.max(guess, 4), MOST_GUESSED) * 1.5)));
    this.#count = 0;
    let used = 0;
    let before = 0;
    for (const [part, piece] of this.pieces.entries()) {
      const { bytes } = piece;
      this.#cells.eachKey(piece, (entry, from, to, isGone) => {
        const hash = stableHashOf(bytes, from, to);
        const known = part === 0 ? -1 : this.#find(table, hash, bytes, from, to);
        if (known >= 0) {
          if (table.slots[known + 1]! > 0) this.#count--;
          // What is gone was given to nobody, before the first barrier.
          table.slots[known + 1] = isGone ? 1 - table.given.push(placeAt(table, known), 0) : before + entry + 1;
        }
        if (isGone) return;
        this.#count++;
        if (known >= 0) return;
        if (++used * 8 > table.slots.length * 3) grow(table);
        enter(table, hash, before + entry + 1);
      });
      before += bytes.length;
    }
    return table;
  }

  /** The entry of this key, also of one that is gone; -1 where there is none. A key has one form, and none begins with another. */
  #find(table: Table, hash: number, bytes: Uint8Array, from: number, to: number): number {
    const { slots, shift } = table;
    const mask = slots.length - 2;
    for (let slot = firstSlot(hash, shift); slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
      if (slots[slot] !== (hash | 0)) continue;
      const { bytes: known, entry } = this.#siteOf(placeAt(table, slot));
      const by = keyAt(known, entry) - from;
      let at = from;
      while (at < to && known[at + by] === bytes[at]) at++;
      if (at === to) return slot;
    }
    return -1;
  }

  #siteOf(place: number): CellSite {
    let entry = place;
    for (const { bytes } of this.pieces) {
      if (entry < bytes.length) return { bytes, entry };
      entry -= bytes.length;
    }
    throw new RangeError('a place is in one of the sections');
  }
}

interface Table {
  /** Hash and place plus one by turns, with open addressing. What is less than 0 says where in `given` it stands, less one. */
  slots: Int32Array;
  shift: number;
  /** Places that were given away, and in which epoch, by turns. */
  readonly given: number[];
}

/** A first entry that is much shorter than the others must not take memory for keys that never come. */
const MOST_GUESSED = 16_384;
const MOST_BYTES = 2 ** 31 - 1;
/** 2^32 / the golden ratio: the hash modulo the number of groups is alike for all keys of one. */
const SPREAD = 0x9e3779b1;

/** The number of places is a power of two. */
function emptyTable(places: number): Table {
  return { slots: new Int32Array(places * 2), shift: Math.clz32(places) + 1, given: [] };
}

function grow(table: Table): void {
  const { slots: old } = table;
  table.slots = new Int32Array(old.length * 2);
  table.shift--;
  for (let slot = 0; slot < old.length; slot += 2) if (old[slot + 1] !== 0) enter(table, old[slot]!, old[slot + 1]!);
}

function enter({ slots, shift }: Table, hash: number, entry: number): void {
  const mask = slots.length - 2;
  let slot = firstSlot(hash, shift);
  while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
  slots[slot] = hash;
  slots[slot + 1] = entry;
}

function firstSlot(hash: number, shift: number): number {
  return (Math.imul(hash, SPREAD) >>> shift) << 1;
}

function placeAt({ slots, given }: Table, slot: number): number {
  const next = slots[slot + 1]!;
  return next > 0 ? next - 1 : given[-next - 1]!;
}
