import type { Purchase } from './purchase.ts';

/** A purchase beside how unusual it is among all that came before it, in standard deviations. */
export interface Normalised {
  readonly purchase: Purchase;
  readonly amountZ: number;
  readonly secondsZ: number;
}

/** What the scan keeps: five numbers and the purchase at hand, however many there were. */
export interface Seen {
  readonly amount: Moments;
  readonly seconds: Moments;
  readonly latest?: Normalised;
}

/** Count, mean and sum of squared distances from the mean, updated by Welford's method. */
interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

const NOTHING: Moments = { count: 0, mean: 0, squares: 0 };

export function nothingSeen(): Seen {
  return { amount: NOTHING, seconds: NOTHING };
}

export function normalise(seen: Seen, purchase: Purchase): Seen {
  // Of the logarithm, since a few purchases are very large.
  const logAmount = Math.log(purchase.amount);
  const amount = add(seen.amount, logAmount);
  const seconds = add(seen.seconds, purchase.seconds);
  const latest = { purchase, amountZ: zScore(amount, logAmount), secondsZ: zScore(seconds, purchase.seconds) };
  return { amount, seconds, latest };
}

function add(moments: Moments, x: number): Moments {
  const count = moments.count + 1;
  const distance = x - moments.mean;
  const mean = moments.mean + distance / count;
  return { count, mean, squares: moments.squares + distance * (x - mean) };
}

function zScore({ count, mean, squares }: Moments, x: number): number {
  return squares === 0 ? 0 : (x - mean) / Math.sqrt(squares / count);
}
