/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain): 32 bits, unsigned. It decides which state belongs to which group,
 * so it never changes; the tests hold its published vectors. It does not resist somebody who chooses keys to collide:
 * all he gains is that his keys share a group.
 *
 * @example
 * ```ts
 * console.log(stableHash(new TextEncoder().encode('test')).toString(16)); // ba6bd213
 * ```
 */
export function stableHash(bytes: Uint8Array, seed = 0): number {
  return stableHashOf(bytes, 0, bytes.length, seed);
}

/** Likewise of a piece of the bytes, from `from` up to `to`. */
export function stableHashOf(bytes: Uint8Array, from: number, to: number, seed = 0): number {
  let hash = seed | 0;
  const whole = to - ((to - from) & 3);
  for (let i = from; i < whole; i += 4) {
    hash ^= scramble(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let i = to - 1; i >= whole; i--) rest = (rest << 8) | bytes[i]!;
  hash ^= scramble(rest) ^ (to - from);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}

/** The key group of a hash: which of `maxParallelism` shares of the keys it falls into. */
export function keyGroup(hash: number, maxParallelism = 128): number {
  return hash % maxParallelism;
}
