import { SeededRandom } from '../base/random.ts';
import type { Features } from './types.ts';

/** So many examples of three features, of which two say whether `true` is the label, with a little noise. */
export function halfPlane(count: number, seed = 1): readonly (readonly [Features, boolean])[] {
  const random = new SeededRandom(seed);
  const spread = (): number => 2 * random.next() - 1;
  return Array.from({ length: count }, () => {
    const x = { a: spread(), b: spread(), noise: spread() };
    return [x, x.a + x.b + 0.1 * spread() > 0] as const;
  });
}

/** The same with a number for a label: 3 a - 2 b + 1, with a little noise. */
export function plane(count: number, seed = 1): readonly (readonly [Features, number])[] {
  const random = new SeededRandom(seed);
  const spread = (): number => 2 * random.next() - 1;
  return Array.from({ length: count }, () => {
    const x = { a: spread(), b: spread(), noise: spread() };
    return [x, 3 * x.a - 2 * x.b + 1 + 0.1 * spread()] as const;
  });
}
