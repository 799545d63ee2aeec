import type { PartitionChange } from '../core/chunk.ts';
import type { PartitionTable } from '../core/state.ts';

/** The stream's own watermark stands among the partitions, under a name that none of them has. */
const STREAM = '';

export interface WatermarkOptions {
  readonly disorderMs: number;
  /** A partition that has been silent for so long holds back nobody; never unless told. */
  readonly idleAfterMs?: number | undefined;
}

/** Where the watermark began to walk, and how long all had been silent by then: undefined until that is known. */
interface Walk {
  readonly from: number;
  silentMs: number | undefined;
}

/**
 * The greatest event time of each partition, and what they promise together: the least of these, less the disorder,
 * and never less than before. A partition that joins stands where the stream is, at least: a new one, and one that
 * comes back out of silence.
 *
 * Silence is told by the source, in its place between the records, in milliseconds: nothing here looks at a clock. So
 * however long records are under way to this place, the answer is the same. One that is silent for long enough leaves
 * the minimum; when all are, the watermark goes on from where the greatest stands, for as long as they are silent
 * together. Silence is not kept in a checkpoint: after a restore a partition has to be silent anew.
 */
export class PartitionWatermarks {
  readonly #disorderMs: number;
  readonly #idleAfterMs: number;
  readonly #greatest: PartitionTable<number>;
  readonly #names = new Map<string, Map<string, string>>();
  /** How long partitions had been silent when they were told to be. */
  readonly #silent = new Map<string, number>();
  /** The greatest time of the partition that is behind all others, as it was when it was looked for. */
  #least: number = Number.NEGATIVE_INFINITY;
  #isStale = true;
  #walk: Walk | undefined;
  #partitions = 0;
  #idle = 0;
  /** What was told last, where that may have begun a walk. */
  #told: 'silent' | 'ended' | undefined;

  constructor({ disorderMs, idleAfterMs = Number.POSITIVE_INFINITY }: WatermarkOptions, table: PartitionTable<number>) {
    this.#disorderMs = disorderMs;
    this.#idleAfterMs = idleAfterMs;
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

  /** The greatest time of a partition, which is open and awake from now on. */
  open(name: string): number {
    const known = this.#greatest.get(name);
    if (known !== undefined && (this.#silent.size === 0 || !this.#silent.delete(name))) return known;
    const joinsAt = Math.max(known ?? Number.NEGATIVE_INFINITY, this.advance() + this.#disorderMs);
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

  change(change: PartitionChange): void {
    const { source, partition, state } = change;
    const name = this.nameOf(source, partition);
    this.#told = undefined;
    if (state === 'silent') {
      if (this.#greatest.get(name) === undefined) this.open(name);
      this.#silent.set(name, change.ms);
      this.#told = 'silent';
    } else if (state === 'ended') {
      this.#greatest.delete(name);
      this.#silent.delete(name);
      this.#names.get(source)?.delete(partition);
      this.#told = 'ended';
      // The one that ended may be the one that was silent for the shortest time.
      if (this.#walk !== undefined) this.#walk = { from: this.kept, silentMs: undefined };
    } else {
      this.open(name);
      return;
    }
    this.#isStale = true;
  }

  /** What was promised so far, in the run before this one too. */
  get kept(): number {
    return this.#greatest.get(STREAM) ?? Number.NEGATIVE_INFINITY;
  }

  /** All partitions there are have been silent for long enough. As of the last `advance`. */
  get isIdle(): boolean {
    return this.#partitions > 0 && this.#idle === this.#partitions;
  }
  get partitions(): number {
    return this.#partitions;
  }
  get idle(): number {
    return this.#idle;
  }

  /** The greatest time of each partition, by its source. */
  *reached(): Iterable<readonly [source: string, partition: string, ms: number]> {
    for (const [name, greatest] of this.#greatest.entries()) {
      if (name === STREAM) continue;
      const [source, partition] = JSON.parse(name) as [string, string];
      yield [source, partition, greatest];
    }
  }

  /** What can be promised now, which is kept from here on. */
  advance(): number {
    const { kept } = this;
    if (!this.#isStale) return kept;
    this.#isStale = false;
    const now = this.#look(kept);
    // Without partitions nothing is known, which is not the same as the end of the data.
    if (now <= kept || now === Number.POSITIVE_INFINITY) return kept;
    this.#greatest.set(STREAM, now);
    return now;
  }

  #look(kept: number): number {
    this.#partitions = this.#idle = 0;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    let silentMs = Number.POSITIVE_INFINITY;
    for (const [name, time] of this.#greatest.entries()) {
      if (name === STREAM) continue;
      this.#partitions++;
      greatest = Math.max(greatest, time);
      const forMs = this.#silent.get(name);
      if (forMs === undefined || forMs < this.#idleAfterMs) least = Math.min(least, time);
      else {
        this.#idle++;
        silentMs = Math.min(silentMs, forMs);
      }
    }
    this.#least = least;
    if (this.isIdle) return this.#walked(Math.max(kept, greatest - this.#disorderMs), silentMs);
    this.#walk = undefined;
    return least - this.#disorderMs;
  }

  /** `silentMs`: how long all have been, as far as was told. */
  #walked(from: number, silentMs: number): number {
    // Where the last one that was not silent has ended, the others may have been so for hours: it begins at the next word.
    this.#walk ??= { from, silentMs: this.#told === 'silent' ? this.#idleAfterMs : undefined };
    if (this.#told === 'silent') this.#walk.silentMs ??= silentMs;
    return this.#walk.from + silentMs - (this.#walk.silentMs ?? silentMs);
  }
}
