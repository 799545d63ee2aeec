import { stableHash } from '../../core/hash.ts';
import type { Position, Source } from '../../core/source.ts';

/** One side of a split: the records whose fraction lies in [from, to). */
export interface Side {
  readonly name: string;
  readonly seed: string;
  readonly from: number;
  readonly to: number;
}

export interface Shuffling {
  readonly seed: string;
  readonly buffer: number;
  readonly bytes: number;
}

/**
 * What is to be read, and how: first the sides are chosen, then they are shuffled, and all of it is read as often as there
 * are epochs, in whatever order these were asked for.
 */
export interface Arrangement<T> {
  readonly source: Source<T>;
  readonly id: string;
  readonly sides: readonly Side[];
  readonly shuffling: Shuffling | undefined;
  readonly epochs: number;
}

/** What decides which record comes when; a checkpoint of another one is worth nothing here. */
export function orderOf({ sides, shuffling }: Arrangement<unknown>): string {
  const chosen = sides.map(({ name, seed, from, to }) => `${name} ${from} to ${to} by seed ${seed}`);
  if (shuffling !== undefined) chosen.push(`shuffled by ${shuffling.buffer} with seed ${shuffling.seed}`);
  return chosen.join(', ') || 'as it is';
}

const utf8 = new TextEncoder();
const number = new DataView(new ArrayBuffer(8));
const numberBytes = new Uint8Array(number.buffer);

/** Answers for a position whether its record is on all these sides; the same for the same seeds, for ever. */
export function chooserOf(sides: readonly Side[]): (position: Position) => boolean {
  const chosen = sides.map(({ seed, from, to }) => ({ seed: stableHash(utf8.encode(seed)), from, to }));
  return (position) => {
    if (chosen.length === 0) return true;
    if (typeof position === 'number') number.setFloat64(0, position, true);
    const bytes = typeof position === 'number' ? numberBytes : utf8.encode(position);
    return chosen.every(({ seed, from, to }) => {
      const fraction = stableHash(bytes, seed) / 4_294_967_296;
      return fraction >= from && fraction < to;
    });
  };
}
