import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c, plainCrc32c } from './crc32c.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

// RFC 3720, B.4, and the check value of the CRC catalogue.
test.each([
  ['nothing', new Uint8Array(0), 0],
  ['123456789', bytesOf('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
])('%s has the published checksum', (_name, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

test('it equals one bit a turn, and can be taken in pieces', () => {
  const slow = (bytes: Uint8Array): number => {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
    return ~crc >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(70), (bytes, at) => {
      expect(crc32c(bytes)).toBe(slow(bytes));
      expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(slow(bytes));
    }),
  );
});

test('the fast form and the plain one agree at every length, offset and seed', () => {
  const bytes = Uint8Array.from({ length: 140_000 }, (_, i) => (i * 2_654_435_761) >>> 13);
  for (let length = 0; length < 700; length++) {
    const part = bytes.subarray(length % 17, (length % 17) + length);
    expect(crc32c(part, length * 7_919)).toBe(plainCrc32c(part, length * 7_919));
  }
  for (const length of [65_535, 65_536, 65_537, 65_552, 131_072, 139_999])
    expect(crc32c(bytes.subarray(1, length))).toBe(plainCrc32c(bytes.subarray(1, length)));
});
