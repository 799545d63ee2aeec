/** What is remembered for one record of about this size. */
const RECORD_BYTES = 128;

/**
 * Records that were read lately, in one piece of memory that is written round and round: what is oldest goes. Records
 * and not pages, since the system keeps pages already, and what one asks twice for is the key that is read, changed and
 * written: 10,000 random keys are 1 MB of records and 40 MB of pages.
 */
export class RecordCache {
  readonly #memory: Uint8Array;
  /** By place, in a slot that another place may take. */
  readonly #places: Float64Array;
  readonly #starts: Float64Array;
  readonly #lengths: Uint32Array;
  /** How many bytes were ever written. */
  #written = 0;

  constructor(budgetBytes: number) {
    const slots = Math.ceil(budgetBytes / RECORD_BYTES);
    this.#memory = new Uint8Array(budgetBytes);
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
    const room = this.#memory.length;
    if (record.length > room / 16) return; // One large value is not worth all the others.
    const left = room - (this.#written % room);
    if (left < record.length) this.#written += left;
    const slot = this.#slotOf(segment, offset);
    this.#places[slot] = nameOf(segment, offset);
    this.#starts[slot] = this.#written;
    this.#lengths[slot] = record.length;
    this.#memory.set(record, this.#written % room);
    this.#written += record.length;
  }

  #slotOf(segment: number, offset: number): number {
    return (Math.imul(offset ^ (segment << 20), 0x9e3779b1) >>> 0) % this.#places.length;
  }
}

function nameOf(segment: number, offset: number): number {
  return segment * 2 ** 32 + offset;
}
