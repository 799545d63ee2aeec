/** What a model learns from: what was measured, and what came of it. */
export interface Reading {
  readonly x: readonly number[];
  readonly y: number;
}

/** Readings that follow `y = 3 + 2 a - 1.5 b + 0.25 c`, nearly. */
export function* readings(count: number): Generator<Reading> {
  let state = 1;
  function uniform(): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  }
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [uniform() * 10, uniform() * 4 - 2, 50 + uniform() * 20];
    yield { x: [a, b, c], y: 3 + 2 * a - 1.5 * b + 0.25 * c + (uniform() - 0.5) };
  }
}
