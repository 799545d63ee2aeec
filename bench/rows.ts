/** What the records of these benches look like. */
export interface Row {
  readonly id: number;
  readonly key: number;
  readonly value: number;
  readonly at: number;
}

const SEED = 12345;
const POOL = 65_536;

/** The row of record `i`: always the same rows, made before anything is measured and read again and again. */
export function rowOf(i: number): Row {
  return pool[i & (POOL - 1)]!;
}

export const pool: readonly Row[] = makePool();
/** `pool[i & POOL_MASK]` is rowOf(i), for loops that write it out. */
export const POOL_MASK: number = POOL - 1;

function makePool(): readonly Row[] {
  let state = SEED;
  // Numerical Recipes' generator: random enough to keep a branch predictor from learning the filter.
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  return Array.from({ length: POOL }, (_, id) => ({ id, key: Math.floor(next() * 1000), value: next() * 100, at: 1.7e12 + id }));
}
