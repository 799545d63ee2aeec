import type { Random } from '../../src/core/world.ts';

/** Chance in the words of whoever draws. */
export interface Dice {
  /** From 0 up to, but not including, `below`. */
  below(below: number): number;
  chance(share: number): boolean;
  one<T>(of: readonly T[]): T;
}

export function diceOf(random: Random): Dice {
  const below = (n: number): number => Math.floor(random.next() * n);
  return { below, chance: (share) => random.next() < share, one: (of) => of[below(of.length)]! };
}
