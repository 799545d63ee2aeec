/** What is remembered for one record of about this size. */
const RECORD_BYTES = 128;
/** What it begins with: a store of a few keys must not cost what the cache of many takes. */
const FIRST_BYTES = 1 << 14;
const GROWTH = 4;

/**
 * Records that were read lately, in one piece of memory that is written round and round: what is oldest goes. Records
 * and not pages, since the system keeps pages already, and what one asks twice for is the key that is read, changed and
 * written: 10,000 random keys are 1 MB of records and 40 MB of pages.
 *
 * The memory grows up to the budget while it is written for the first time. Invariant: before it has grown so far nothing
 * was written over, so a record stands where it begins, and keeps standing there when the memory grows.
 */
export class RecordCache {
  readonly #budgetBytes: number;
  #memory: Uint8Array;
  /** By place, in a slot that another place may take. */
  #places: Float64Array;
  #starts: Float64Array;
  #lengths: Uint32Array;
  /** How many bytes were ever written. */
  #written = 0;

  constructor(budgetBytes: number) {
    const bytes = Math.min(budgetBytes, FIRST_BYTES);
    const slots = Math.ceil(bytes / RECORD_BYTES);
    this.#budgetBytes = budgetBytes;
    this.#memory = new Uint8Array(bytes);
    this.#places = new Float64Array(slots).fill(-1);
    this.#starts = new Float64Array(slots);
    this.#lengths = new Uint32Array(slots);
  }

  /** The record that begins at a place, good until the next call; undefined when it is not here. */
  get(segment: number, offset: number): Uint8Array | undefined {
    const slot = this.#slotOf(segment, offset);
    const start = this.#starts[slot]!;
    if (this.#places[slot] !== nameOf(segment, offset) || start < this.#written - this.#memory.length) return undefined;
    const at = start % this.#memory.length;
    return this.#memory.subarray(at, at + this.#lengths[slot]!);
  }

  put(segment: number, offset: number, record: Uint8Array): void {
    if (record.length > this.#budgetBytes / 16) return; // One large value is not worth all the others.
    while (this.#memory.length < this.#budgetBytes && this.#written + record.length > this.#memory.length) this.#grow();
    const room = this.#memory.length;
    const left = room - (this.#written % room);
    if (left < record.length) this.#written += left;
    const slot = this.#slotOf(segment, offset);
    this.#places[slot] = nameOf(segment, offset);
    this.#starts[slot] = this.#written;
    this.#lengths[slot] = record.length;
    this.#memory.set(record, this.#written % room);
    this.#written += record.length;
  }

  #grow(): void {
    const [memory, places, starts, lengths] = [this.#memory, this.#places, this.#starts, this.#lengths];
    const bytes = Math.min(this.#budgetBytes, memory.length * GROWTH);
    const slots = Math.ceil(bytes / RECORD_BYTES);
    this.#memory = new Uint8Array(bytes);
    this.#memory.set(memory);
    this.#places = new Float64Array(slots).fill(-1);
    this.#starts = new Float64Array(slots);
    this.#lengths = new Uint32Array(slots);
    for (let old = 0; old < places.length; old++) {
      const name = places[old]!;
      if (name === -1) continue;
      const slot = this.#slotOf(Math.floor(name / 2 ** 32), name % 2 ** 32);
      // Two that had slots of their own may meet in one: any of them may go.
      this.#places[slot] = name;
      this.#starts[slot] = starts[old]!;
      this.#lengths[slot] = lengths[old]!;
    }
  }

  #slotOf(segment: number, offset: number): number {
    // By the high bits: the low ones of a product are those of what was multiplied, and offsets may all be even.
    return Math.floor(((Math.imul(offset ^ (segment << 20), 0x9e3779b1) >>> 0) * this.#places.length) / 2 ** 32);
  }
}

function nameOf(segment: number, offset: number): number {
  return segment * 2 ** 32 + offset;
}
