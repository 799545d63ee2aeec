/** Numbers around `mean` with deviation `deviation`, the same for the same seed (mulberry32, Box and Muller). */
export function* normal(
  count: number,
  { mean, deviation, seed }: { readonly mean: number; readonly deviation: number; readonly seed: number },
): Generator<number> {
  let state = seed;
  function uniform(): number {
    state = (state + 0x6d2b_79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  }
  for (let i = 0; i < count; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    yield mean + deviation * radius * Math.cos(2 * Math.PI * uniform());
  }
}
