/** Where a record stands. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** No entry. */
export const NONE = -1;

const SHARD_BITS = 8;
export const SHARDS: number = 1 << SHARD_BITS;
/** Words of a slot: hash | offset | segment's tag << 16, size class | space << 16, group. */
const WORD_BITS = 2;
const WORDS = 1 << WORD_BITS;
const FIRST_SLOTS = 8;
const MOST_FULL = 0.8;
const GROWTH = 1.5;
/** The table of whoever has no entry: one free slot. Nothing is ever written to it, since the first entry makes a table. */
const EMPTY = new Uint32Array(WORDS);
/** Of 16 bits, since numbers of segments grow for ever and few of them are there at a time; 0 marks a free slot. */
export const TAGS = 65_535;

/**
 * Where each key's record stands, without the keys: 16 bytes a slot, 20 to 30 bytes a key. Whoever asks gets all entries
 * with the hash of his key, nearly always one, and compares the key on the disk.
 *
 * Open addressing with linear probing, and no marks for what was taken away: what stands behind moves up. The slots lie
 * in 256 tables that grow one by one, so that with 10 M keys a growth moves 40,000 entries and not all; and since the slot
 * follows the order of the hashes, a table grows from front to back without jumps through memory.
 *
 * An entry is named by a number that is good until the next change.
 */
export class KeyIndex {
  readonly #tables: Uint32Array[] = new Array<Uint32Array>(SHARDS).fill(EMPTY);
  readonly #counts = new Uint32Array(SHARDS);
  #count = 0;
  #moved = 0;

  get count(): number {
    return this.#count;
  }

  /** How many entries were ever moved because a table grew. */
  get moved(): number {
    return this.#moved;
  }

  /** What the index takes in memory. */
  get bytes(): number {
    return this.#tables.reduce((sum, table) => sum + (table === EMPTY ? 0 : table.byteLength), 0);
  }

  /** The slots of one of the tables, as they are, and until one is added. */
  tableOf(shard: number): Uint32Array {
    return this.#tables[shard]!;
  }

  /** How many entries are in one of the tables. */
  countOf(shard: number): number {
    return this.#counts[shard]!;
  }

  /** Takes a table over, in place of one that is empty. */
  take(shard: number, slots: Uint32Array, count: number): void {
    this.#tables[shard] = slots;
    this.#counts[shard] = count;
    this.#count += count;
  }

  first(hash: number): number {
    const shard = hash & (SHARDS - 1);
    return this.#seek(shard, slotOf(hash, this.#tables[shard]!.length >>> WORD_BITS), hash);
  }

  next(entry: number, hash: number): number {
    const shard = entry & (SHARDS - 1);
    const slots = this.#tables[shard]!.length >>> WORD_BITS;
    return this.#seek(shard, ((entry >>> SHARD_BITS) + 1) % slots, hash);
  }

  find(hash: number, place: Place): number {
    for (let entry = this.first(hash); entry !== NONE; entry = this.next(entry, hash))
      if (this.offsetOf(entry) === place.offset && this.tagOf(entry) === tagOf(place.segment)) return entry;
    return NONE;
  }

  tagOf(entry: number): number {
    return this.#word(entry, 2) >>> 16;
  }

  offsetOf(entry: number): number {
    return this.#word(entry, 1);
  }

  /** Not less than what was given, and at most 0.2 % more. */
  bytesOf(entry: number): number {
    return bytesOfClass(this.#word(entry, 2) & 0xffff);
  }

  spaceOf(entry: number): number {
    return this.#word(entry, 3) >>> 16;
  }

  groupOf(entry: number): number {
    return this.#word(entry, 3) & 0xffff;
  }

  add(hash: number, place: Place, of: { readonly bytes: number; readonly space: number; readonly group: number }): number {
    const shard = hash & (SHARDS - 1);
    if (this.#counts[shard]! + 1 > (this.#tables[shard]!.length >>> WORD_BITS) * MOST_FULL) this.#grow(shard);
    const table = this.#tables[shard]!;
    const slot = freeSlot(table, hash);
    table[slot * WORDS] = hash;
    table[slot * WORDS + 3] = (of.space << 16) | of.group;
    this.#counts[shard]!++;
    this.#count++;
    const entry = slot * SHARDS + shard;
    this.move(entry, place, of.bytes);
    return entry;
  }

  /** The entry's record stands elsewhere now. */
  move(entry: number, place: Place, bytes: number): void {
    const table = this.#tables[entry & (SHARDS - 1)]!;
    const at = (entry >>> SHARD_BITS) * WORDS;
    table[at + 1] = place.offset;
    table[at + 2] = (tagOf(place.segment) << 16) | classOfBytes(bytes);
  }

  remove(entry: number): void {
    const shard = entry & (SHARDS - 1);
    const table = this.#tables[shard]!;
    const slots = table.length >>> WORD_BITS;
    let free = entry >>> 8;
    for (let slot = (free + 1) % slots; table[slot * WORDS + 2] !== 0; slot = (slot + 1) % slots) {
      // It moves up unless that would bring it before the slot it belongs to.
      const wanted = slotOf(table[slot * WORDS]!, slots);
      if ((slot - wanted + slots) % slots < (slot - free + slots) % slots) continue;
      table.copyWithin(free * WORDS, slot * WORDS, slot * WORDS + WORDS);
      free = slot;
    }
    table.fill(0, free * WORDS, free * WORDS + WORDS);
    this.#counts[shard]!--;
    this.#count--;
  }

  *entries(): Iterable<number> {
    for (const [shard, table] of this.#tables.entries())
      for (let slot = 0; slot * WORDS < table.length; slot++) if (table[slot * WORDS + 2] !== 0) yield slot * SHARDS + shard;
  }

  #seek(shard: number, from: number, hash: number): number {
    const table = this.#tables[shard]!;
    const slots = table.length >>> WORD_BITS;
    for (let slot = from; table[slot * WORDS + 2] !== 0; slot = slot + 1 === slots ? 0 : slot + 1)
      if (table[slot * WORDS] === hash) return slot * SHARDS + shard;
    return NONE;
  }

  #word(entry: number, word: number): number {
    const shard = entry & (SHARDS - 1);
    return this.#tables[shard]![(entry >>> SHARD_BITS) * WORDS + word]!;
  }

  #grow(shard: number): void {
    const old = this.#tables[shard]!;
    const slots = old === EMPTY ? FIRST_SLOTS : Math.ceil((old.length >>> WORD_BITS) * GROWTH);
    const table = new Uint32Array(slots * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 2] === 0) continue;
      const to = freeSlot(table, old[at]!) * WORDS;
      for (let i = 0; i < WORDS; i++) table[to + i] = old[at + i]!;
    }
    this.#tables[shard] = table;
    this.#moved += this.#counts[shard]!;
  }
}

export function tagOf(segment: number): number {
  return (segment % TAGS) + 1;
}

// By the high bits: the low ones have chosen the table.
function slotOf(hash: number, slots: number): number {
  return Math.floor((hash * slots) / 2 ** 32);
}

function freeSlot(table: Uint32Array, hash: number): number {
  const slots = table.length >>> WORD_BITS;
  let slot = slotOf(hash, slots);
  while (table[slot * WORDS + 2] !== 0) slot = slot + 1 === slots ? 0 : slot + 1;
  return slot;
}

/** A length in 16 bits: 13 of a number, 3 that say how often it is taken times 16. */
function classOfBytes(bytes: number): number {
  let power = 0;
  let number = bytes;
  while (number > 0x1fff) {
    number = Math.ceil(number / 16);
    power++;
  }
  return (power << 13) | number;
}

function bytesOfClass(sizeClass: number): number {
  return (sizeClass & 0x1fff) * 16 ** (sizeClass >>> 13);
}
