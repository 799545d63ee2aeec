import type { Atom } from './order.ts';

// 32 bits of the first lane and 21 of the second: as much as a number holds, so that a hash is a number and no object.
export const HASH_BITS = 53;
const LOW = 2 ** 21;

const double = new DataView(new ArrayBuffer(8));
let one = 0;
let two = 0;

/**
 * 53 bits of an atom, the same on every machine for ever: sketches that were written down hold what follows from them.
 * Two lanes of MurmurHash3_x86_128 (Austin Appleby, public domain), each fed every word; a seed for each type, so that
 * 1, 1n and '1' differ.
 */
export function atomHash(value: Atom): number {
  switch (typeof value) {
    case 'string':
      return textHash(value, 1);
    case 'number':
      double.setFloat64(0, value);
      begin(2);
      mix(double.getInt32(0));
      mix(double.getInt32(4));
      return end(8);
    case 'bigint':
      return textHash(String(value), 3);
    default:
      begin(4);
      mix(value ? 1 : 0);
      return end(1);
  }
}

function textHash(text: string, seed: number): number {
  const { length } = text;
  begin(seed);
  const even = length - (length & 1);
  for (let i = 0; i < even; i += 2) mix(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
  if (even < length) mix(text.charCodeAt(even));
  return end(length);
}

function begin(seed: number): void {
  one = seed;
  two = Math.imul(seed, 0x9e3779b1);
}

function mix(word: number): void {
  const k1 = Math.imul(word, 0x239b961b);
  one ^= Math.imul((k1 << 15) | (k1 >>> 17), 0xab0e9789);
  one = Math.imul(((one << 19) | (one >>> 13)) + two, 5) + 0x561ccd1b;
  const k2 = Math.imul(word, 0x38b34ae5);
  two ^= Math.imul((k2 << 16) | (k2 >>> 16), 0xa1e38b93);
  two = Math.imul(((two << 17) | (two >>> 15)) + one, 5) + 0x0bcaa747;
}

function end(length: number): number {
  one ^= length;
  two ^= length;
  one = (one + two) | 0;
  two = (two + one) | 0;
  one = avalanche(one);
  two = avalanche(two);
  one = (one + two) | 0;
  two = (two + one) | 0;
  return (one >>> 0) * LOW + (two >>> 11);
}

function avalanche(word: number): number {
  const first = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return second ^ (second >>> 16);
}
