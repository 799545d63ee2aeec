import type { PartitionChange } from '../core/chunk.ts';
import type { PartitionTable } from '../core/state.ts';

/** The stream's own watermark stands among the partitions, under a name that none of them has. */
const STREAM = '';

/**
 * The greatest event time of each partition, and what they promise together: the least of these, less the disorder,
 * and never less than before. A partition that appears when something was promised already joins at that promise.
 */
export class PartitionWatermarks {
  readonly #disorderMs: number;
  readonly #greatest: PartitionTable<number>;
  readonly #names = new Map<string, Map<string, string>>();
  /** The greatest time of the partition that is behind all others, as it was when it was looked for. */
  #least: number = Number.NEGATIVE_INFINITY;
  #isStale = true;

  constructor(disorderMs: number, table: PartitionTable<number>) {
    this.#disorderMs = disorderMs;
    this.#greatest = table;
  }

  /** The name of a partition in the state. */
  nameOf(source: string, partition: string): string {
    let known = this.#names.get(source);
    if (known === undefined) this.#names.set(source, (known = new Map()));
    let name = known.get(partition);
    if (name === undefined) known.set(partition, (name = JSON.stringify([source, partition])));
    return name;
  }

  /** The greatest time of a partition, which is open from now on. */
  open(name: string): number {
    const known = this.#greatest.get(name);
    if (known !== undefined) return known;
    const joinsAt = this.advance() + this.#disorderMs;
    this.#greatest.set(name, joinsAt);
    this.#isStale = true;
    return joinsAt;
  }

  raise(name: string, greatest: number): void {
    const before = this.#greatest.get(name)!;
    if (greatest <= before) return;
    this.#greatest.set(name, greatest);
    if (before <= this.#least) this.#isStale = true;
  }

  change({ source, partition, state }: PartitionChange): void {
    const name = this.nameOf(source, partition);
    if (state === 'open') {
      this.open(name);
      return;
    }
    this.#greatest.delete(name);
    this.#names.get(source)?.delete(partition);
    this.#isStale = true;
  }

  /** What was promised so far, in the run before this one too. */
  get kept(): number {
    return this.#greatest.get(STREAM) ?? Number.NEGATIVE_INFINITY;
  }

  /** What can be promised now, which is kept from here on. */
  advance(): number {
    const { kept } = this;
    if (!this.#isStale) return kept;
    this.#isStale = false;
    this.#least = Number.POSITIVE_INFINITY;
    for (const [name, greatest] of this.#greatest.entries()) if (name !== STREAM) this.#least = Math.min(this.#least, greatest);
    const now = this.#least - this.#disorderMs;
    // Without partitions nothing is known, which is not the same as the end of the data.
    if (now <= kept || now === Number.POSITIVE_INFINITY) return kept;
    this.#greatest.set(STREAM, now);
    return now;
  }
}
