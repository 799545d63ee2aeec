import { expect, test } from 'vitest';
import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import { type CodecCase, testCodec } from './codec-kit.ts';
import { codecPromises } from './codec-promises.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function refuse(code: `HR_${string}`): never {
  throw new HeadraceError({ code, action: 'deadLetter', what: 'refused', todo: 'Correct it.' });
}

/** Words between quotes: a codec that keeps every promise, but for its faults. */
function quotes(faults: Partial<Codec<string>> = {}): CodecCase<string> {
  const codec: Codec<string> = {
    kind: 'quotes',
    framing: 'lines',
    encode: (value) => (typeof value === 'string' ? encoder.encode(`"${value}"`) : refuse('HR_VALUE_UNENCODABLE')),
    decode(bytes) {
      const text = decoder.decode(bytes);
      return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : refuse('HR_DECODE_FAILED');
    },
  };
  return { codec: { ...codec, ...faults }, values: ['', 'ann', 'bob'], bad: [encoder.encode('ann')], unencodable: [1] };
}

testCodec({ test, name: 'a good codec', make: () => quotes() });

const good = quotes().codec;
const scratch = new Uint8Array(100);
let calls = 0;
let isBroken = false;

/** One fault or more for every promise; the kit must see each. */
const sabotage: readonly [id: string, fault: string, faults: Partial<Codec<string>>][] = [
  ['C1', 'no kind', { kind: '' }],
  ['C1', 'a framing that does not exist', { framing: 'length' as never }],
  ['C2', 'a value that comes back changed', { decode: (bytes) => good.decode(bytes).toUpperCase() }],
  ['C3', 'one buffer for all', { encode: (value) => scratch.subarray(0, encoder.encodeInto(`"${value}"`, scratch).written) }],
  ['C3', 'bytes that depend on the call', { encode: (value) => encoder.encode(`"${value}${calls++}"`) }],
  ['C4', 'a view taken for its whole buffer', { decode: (bytes) => good.decode(new Uint8Array(bytes.buffer)) }],
  [
    'C4',
    'bytes written to by decode',
    {
      decode: (bytes) => {
        const value = good.decode(bytes);
        bytes.fill(0);
        return value;
      },
    },
  ],
  ['C5', 'bad bytes taken for good', { decode: (bytes) => decoder.decode(bytes).replaceAll('"', '') }],
  [
    'C5',
    'a foreign error',
    {
      decode: (bytes) => {
        if (bytes[0] !== 34) throw new SyntaxError('no quote');
        return good.decode(bytes);
      },
    },
  ],
  [
    'C5',
    'bad bytes that stop the run',
    {
      decode: (bytes) => {
        if (bytes[0] !== 34) throw new HeadraceError({ code: 'HR_DECODE_FAILED', what: 'no quote', todo: 'Add it.' });
        return good.decode(bytes);
      },
    },
  ],
  [
    'C5',
    'a decoder that never recovers',
    {
      decode: (bytes) => {
        isBroken ||= bytes[0] !== 34;
        return isBroken ? refuse('HR_DECODE_FAILED') : good.decode(bytes);
      },
    },
  ],
  ['C6', 'a wrong value encoded all the same', { encode: (value) => encoder.encode(`"${value}"`) }],
  ['C6', 'another code for it', { encode: (value) => (typeof value === 'string' ? good.encode(value) : refuse('HR_DECODE_FAILED')) }],
  ['C7', 'a line feed at the end', { encode: (value) => encoder.encode(`"${value}"\n`) }],
  ['C7', 'a carriage return at the end', { encode: (value) => encoder.encode(`"${value}"\r`) }],
];

const promises = codecPromises<string>();

test.each(sabotage)('%s sees %s', async (id, _fault, faults) => {
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(() => quotes(faults), 30)).rejects.toThrow();
});

test('every promise has a fault that breaks it', () => {
  expect(promises.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
