import { expect, test } from 'vitest';
import { keyGroup, stableHash } from './hash.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['', 0, 0x00000000],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['a', 0, 0x3c2569b2],
  ['aa', 0x9747b28c, 0x5d211726],
  ['aaa', 0x9747b28c, 0x283e0130],
  ['aaaa', 0x9747b28c, 0x5a97808a],
  ['test', 0, 0xba6bd213],
  ['test', 0x9747b28c, 0x704b81dc],
  ['Hello, world!', 0, 0xc0363e43],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
])('the hash of %j with seed %i is the published one of MurmurHash3_x86_32', (text, seed, hash) => {
  expect(stableHash(bytes(text), seed)).toBe(hash);
});

test('it gives the verification value of SMHasher, so every length of tail and every byte is right', () => {
  const hashes = new Uint8Array(256 * 4);
  const view = new DataView(hashes.buffer);
  const key = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0; i < 256; i++) view.setUint32(i * 4, stableHash(key.subarray(0, i), 256 - i), true);
  expect(stableHash(hashes)).toBe(0xb0f57ee3);
});

test('a group is one of 128 unless told', () => {
  expect(keyGroup(0xffffffff)).toBe(127);
  expect(keyGroup(300, 7)).toBe(6);
});
