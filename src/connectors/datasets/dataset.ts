import { realWorld } from '../../base/real-world.ts';
import type { Source } from '../../core/source.ts';
import { type Bytes, byteCount, wholeNumber } from '../../core/units.ts';
import type { World } from '../../core/world.ts';
import type { Arrangement, Side } from './arrangement.ts';
import { openDataset } from './dataset-reader.ts';
import { invalid } from './errors.ts';
import { iterate } from './iterate.ts';

export interface DatasetOptions {
  /** Where `for await` reads; the real world by default. A pipeline reads in its own. */
  readonly world?: World;
}

export interface ShuffleOptions {
  /** Decides the order: the same seed gives the same one, each epoch another. 0 by default. */
  readonly seed?: number | string;
  /** How many records are held to draw from; 10,000 by default. One moves about so far, and a whole set if it is smaller. */
  readonly buffer?: number;
  /** The most these may have, in bytes; '256MiB' by default. More is an error and no smaller buffer: the order would differ. */
  readonly bytes?: Bytes;
}

export interface SplitOptions {
  /** Decides which record is on which side; 0 by default. */
  readonly seed?: number | string;
}

/** A lazy data set: a source that can be shuffled, split and read again. Nothing is read before somebody reads it. */
export interface Dataset<T> extends Source<T>, AsyncIterable<T> {
  /** The same records in another order, drawn from a bounded buffer. */
  shuffle(options?: ShuffleOptions): Dataset<T>;
  /**
   * Sides that together are the whole and have no record in common: those that are named, with their shares, and `rest`.
   * Which side a record is on is decided by its position and the seed alone, never by the order or by who reads.
   */
  split<S extends Readonly<Record<string, number>>>(shares: S, options?: SplitOptions): { readonly [N in keyof S | 'rest']: Dataset<T> };
  /** All of it so many times. A shuffled one comes in another order each time. */
  epochs(count: number): Dataset<T>;
}

/**
 * Makes a lazy data set of a source that can be read again. In a pipeline it is a source; `for await` reads it too, each
 * time from the beginning, and throws at a record that is not what it should be.
 *
 * @example
 * ```ts
 * import { dataset } from 'headrace/connectors/datasets';
 *
 * const { train, rest } = dataset(values(Array.from({ length: 10 }, (_, i) => i))).split({ train: 0.7 }, { seed: 4 });
 * const seen: number[] = [];
 * for await (const n of train.shuffle({ seed: 1 }).epochs(2)) seen.push(n);
 * for await (const n of rest) seen.push(-n);
 * console.log(seen.join(' ')); // 8 6 2 9 1 0 7 2 6 8 9 0 7 1 -3 -4 -5
 * ```
 */
export function dataset<T>(source: Source<T>, options: DatasetOptions = {}): Dataset<T> {
  const { world = realWorld() } = options;
  return arranged({ source, id: `dataset:${source.id}`, sides: [], shuffling: undefined, epochs: 1 }, world);
}

function arranged<T>(arrangement: Arrangement<T>, world: World): Dataset<T> {
  const { source, id, sides } = arrangement;
  const other = (change: Partial<Arrangement<T>>): Dataset<T> => arranged({ ...arrangement, ...change }, world);
  return {
    kind: 'dataset',
    id,
    ...(source.codec === undefined ? {} : { codec: source.codec }),
    ...(source.replay === undefined ? {} : { replay: source.replay }),
    ...(source.timed === undefined ? {} : { timed: source.timed }),
    partitions: () => [0],
    open: (_partition, resume, context) => openDataset(arrangement, resume, context),
    shuffle({ seed = 0, buffer = 10_000, bytes = '256MiB' } = {}) {
      wholeNumber(buffer, 'option buffer');
      return other({ shuffling: { seed: String(seed), buffer, bytes: byteCount(bytes, 'option bytes') } });
    },
    split<S extends Readonly<Record<string, number>>>(shares: S, { seed = 0 }: SplitOptions = {}) {
      const made = sidesOf(shares, `${seed}/${sides.length}`).map((side) => [
        side.name,
        other({ id: `${id}/${side.name}`, sides: [...sides, side] }),
      ]);
      return Object.fromEntries(made) as { readonly [N in keyof S | 'rest']: Dataset<T> };
    },
    epochs: (count) => other({ epochs: wholeNumber(count, 'option epochs') }),
    [Symbol.asyncIterator]: () => iterate<T>(source.codec, (context) => openDataset(arrangement, undefined, context), world),
  };
}

/** Sides of sides are drawn anew, by a seed of their own: numbers that chose the outer ones would not halve the inner ones. */
function sidesOf(shares: Readonly<Record<string, number>>, seed: string): readonly Side[] {
  const sides: Side[] = [];
  let from = 0;
  for (const [name, share] of Object.entries(shares)) {
    if (name === 'rest') throw invalid('option rest', "'rest' is what no other side has", 'Give this side another name.');
    if (!(share > 0 && share <= 1)) throw invalid(`option ${name}`, `${share} is no share`, 'A share is above 0 and at most 1.');
    sides.push({ name, seed, from, to: from + share });
    from += share;
  }
  // Sums of fractions come out a little beside 1.
  if (from > 1 + 1e-9)
    throw invalid('split', `the shares are ${from} together`, 'They are 1 together at most; what is missing is the rest.');
  return [...sides, { name: 'rest', seed, from: from > 1 - 1e-9 ? 1 : from, to: 1 }].map((side, at, all) => ({
    ...side,
    to: all[at + 1]?.from ?? 1,
  }));
}
