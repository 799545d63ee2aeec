import { Chunk } from '../../core/chunk.ts';
import type { CacheView } from '../../core/station.ts';
import type { Clock } from '../../core/world.ts';
import { cachesTogether } from '../cache-metrics.ts';
import type { Counters } from '../counters.ts';
import { NO_ORIGIN } from '../junctions.ts';

/** The output on which a stage elsewhere says what its operators have counted. */
export const COUNTS = 'counts';
const EVERY_MS = 250;

/** What one operator has counted so far. */
interface Count {
  readonly id: string;
  readonly in: number;
  readonly out: number;
  readonly errors: number;
  readonly skipped: number;
  readonly deadLetters: number;
  readonly late: number;
  readonly heldRecords: number;
  readonly heldBytes: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly cache?: CacheView;
}

/** The worker's side: says now and then, and at the end, where the counters stand. */
export class CountTelling {
  readonly #clock: Clock;
  readonly #counters: readonly Counters[];
  #toldAt = Number.NEGATIVE_INFINITY;
  #hasToldEnd = false;

  constructor(counters: readonly Counters[], clock: Clock) {
    this.#counters = counters;
    this.#clock = clock;
  }

  /** What to say now, if anything. */
  due(isClosed: boolean): Chunk | undefined {
    const now = this.#clock.monotonic();
    const isLast = isClosed && !this.#hasToldEnd;
    if (!isLast && now - this.#toldAt < EVERY_MS) return undefined;
    this.#toldAt = now;
    this.#hasToldEnd = isClosed;
    return new Chunk<unknown>(this.#counters.map(countOf), NO_ORIGIN);
  }
}

/** The host's side, one for each copy: adds what is new to the counters of the run. */
export class CountHearing {
  readonly #counters: ReadonlyMap<string, Counters>;
  readonly #before = new Map<string, Count>();
  /** By operator: what this copy has said last, for the counters to look at. */
  readonly #caches = new Map<string, { -readonly [Name in keyof CacheView]: CacheView[Name] }>();

  constructor(counters: ReadonlyMap<string, Counters>) {
    this.#counters = counters;
  }

  heard(chunk: Chunk): void {
    for (const count of chunk.values as Count[]) {
      const into = this.#counters.get(count.id);
      const before = this.#before.get(count.id);
      this.#before.set(count.id, count);
      if (into === undefined) continue;
      for (const name of ADDED) into[name] += count[name] - (before?.[name] ?? 0);
      for (const [reason, records] of Object.entries(count.dropped)) {
        const fresh = records - (before?.dropped[reason] ?? 0);
        if (fresh > 0) into.drop(fresh, reason);
      }
      if (count.cache !== undefined) this.#heardCache(count.id, count.cache, into);
    }
  }

  #heardCache(id: string, cache: CacheView, into: Counters): void {
    const known = this.#caches.get(id);
    if (known !== undefined) return void Object.assign(known, cache);
    this.#caches.set(id, { ...cache });
    into.caches.push(this.#caches.get(id)!);
  }
}

const ADDED = ['in', 'out', 'errors', 'skipped', 'deadLetters', 'late', 'heldRecords', 'heldBytes'] as const;

function countOf(counters: Counters): Count {
  const cache = cachesTogether(counters.caches);
  const { id, errors, skipped, deadLetters, late, heldRecords, heldBytes, dropped } = counters;
  return {
    id,
    in: counters.in,
    out: counters.out,
    errors,
    skipped,
    deadLetters,
    late,
    heldRecords,
    heldBytes,
    dropped: Object.fromEntries(dropped),
    ...(cache === undefined ? {} : { cache }),
  };
}
