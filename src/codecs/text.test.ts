import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testCodec } from '../testing/codec-kit.ts';
import { bytes } from './bytes.ts';
import { text } from './text.ts';

testCodec<string>({
  test,
  name: 'text',
  make: () => ({
    codec: text(),
    values: ['', 'ann', 'grüezi', '\ufeffmark', 'tab\there', 'a\rb', '👩‍🚀'],
    bad: [new Uint8Array([0xff]), new Uint8Array([0x61, 0xc3]), new Uint8Array([0xed, 0xa0, 0x80])],
    unencodable: [1, undefined, null, 'two\nlines', 'half a line end\r', 'half \ud83d'],
  }),
});

testCodec<Uint8Array>({
  test,
  name: 'bytes',
  make: () => ({ codec: bytes(), values: [new Uint8Array(0), new Uint8Array([1, 10, 13])], unencodable: ['text', undefined] }),
});

test('any well-formed line comes back equal', () => {
  const codec = text();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (line) => {
      fc.pre(!line.includes('\n') && !line.endsWith('\r'));
      expect(codec.decode(codec.encode(line))).toBe(line);
    }),
  );
});
