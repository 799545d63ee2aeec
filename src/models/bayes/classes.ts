import type { Classes, Label } from '../types.ts';

/** Classes by the logarithms of how likely each is, up to a factor. */
export function classesOf<Y extends Label>(logs: ReadonlyMap<Y, number>): Classes<Y> {
  let label: Y | undefined;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const [each, log] of logs) {
    if (log <= greatest && label !== undefined) continue;
    label = each;
    greatest = log;
  }
  let sum = 0;
  for (const log of logs.values()) sum += Math.exp(log - greatest);
  const probabilities = new Map<Y, number>();
  for (const [each, log] of logs) probabilities.set(each, Math.exp(log - greatest) / sum);
  return { label, probabilities };
}
