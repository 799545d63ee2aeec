import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isHeadraceError } from '../core/error.ts';
import { failure } from './codec-rig.ts';
import { numberAt, valueEnd } from './value-end.ts';
import { ValueReader, ValueWriter, value } from './value.ts';

const codec = value<unknown>();
/** Any value the format knows. */
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('array'), tie('object'), tie('map'), tie('set')),
  leaf: fc.oneof(
    fc.constantFrom(null, undefined, true, false, -0, Number.NaN, new Date(Number.NaN)),
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ maxLength: 300 }),
    // Halves of surrogate pairs too.
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array(),
    fc.float64Array(),
    fc.int16Array(),
    fc.bigInt64Array(),
  ),
  array: fc.array(tie('value'), { maxLength: 6 }),
  object: fc.dictionary(fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('__proto__', 'constructor', '0', 'ü')), tie('value'), {
    maxKeys: 6,
  }),
  map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries as [unknown, unknown][])),
  set: fc.array(tie('value'), { maxLength: 4 }).map((members) => new Set(members)),
})).value;

test('any value comes back equal, -0, NaN, halves of surrogate pairs and a member named __proto__ as well', () => {
  fc.assert(
    fc.property(anyValue, (given) => {
      deepStrictEqual(codec.decode(codec.encode(given)), given);
    }),
    { numRuns: 2000 },
  );
});

test('where a value ends is known without making it, and a number is read without a reader', () => {
  const number = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 70 }), fc.double(), fc.constant(-0));
  fc.assert(
    fc.property(fc.oneof(anyValue, number), fc.uint8Array({ maxLength: 4 }), (given, behind) => {
      const bytes = codec.encode(given);
      const among = Uint8Array.from([1, ...bytes, ...behind]);
      expect(valueEnd(among, 1)).toBe(1 + bytes.length);
      deepStrictEqual(numberAt(among, 1), typeof given === 'number' ? given : undefined);
    }),
    { numRuns: 2000 },
  );
});

test('many values, numbers and bytes stand in one buffer and are read in turn', () => {
  const number = fc.oneof(fc.nat(), fc.maxSafeNat());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyValue, number, fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), fc.uint8Array(), fc.string()), { maxLength: 8 }),
      (rows) => {
        const writer = new ValueWriter();
        for (const [any, varint, signed, bytes, text] of rows) {
          writer.value(any);
          writer.varint(varint);
          writer.bytes(bytes);
          writer.signed(signed);
          writer.double(signed / 3);
          writer.text(text);
          writer.append(bytes);
        }
        const reader = new ValueReader(writer.take());
        for (const [any, varint, signed, bytes, text] of rows) {
          expect(reader.isAtEnd).toBe(false);
          deepStrictEqual(reader.value(), any);
          expect(reader.varint()).toBe(varint);
          expect(reader.bytes()).toEqual(bytes);
          expect([reader.signed(), reader.double(), reader.text()]).toEqual([signed, signed / 3, text]);
          expect(reader.run(bytes.length)).toEqual(bytes);
        }
        expect(reader.isAtEnd).toBe(true);
        expect(writer.take()).toEqual(new Uint8Array(0));
      },
    ),
  );
});

test('damaged bytes give a value or a HeadraceError, quickly, and nothing else', () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }), keep: fc.nat() });
  fc.assert(
    fc.property(anyValue, fc.array(change, { minLength: 1, maxLength: 4 }), (given, changes) => {
      let bytes = Uint8Array.from(codec.encode(given));
      for (const { at, to, keep } of changes) {
        bytes[at % bytes.length] = to;
        if (keep % 5 === 0) bytes = bytes.slice(0, 1 + (keep % bytes.length));
      }
      for (const error of [failure(() => codec.decode(bytes)), failure(() => valueEnd(bytes, 0))])
        expect(error === undefined || (isHeadraceError(error) && error.code === 'HR_DECODE_FAILED')).toBe(true);
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const error of [failure(() => codec.decode(bytes)), failure(() => valueEnd(bytes, 0))])
        expect(error === undefined || isHeadraceError(error)).toBe(true);
    }),
    { numRuns: 5000 },
  );
});
