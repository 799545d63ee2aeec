import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import type { StandardSchema } from '../core/schema.ts';
import { testCodec } from '../testing/codec-kit.ts';
import { failure } from './codec-rig.ts';
import { json } from './json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

interface Click {
  readonly user: string;
  readonly price: number;
}

/** The least a validator can be. */
const Click: StandardSchema<Click> = {
  '~standard': {
    version: 1,
    vendor: 'by-hand',
    validate(value) {
      const { user, price } = value as Partial<Click>;
      const issues = [];
      if (typeof user !== 'string') issues.push({ message: 'expected text', path: ['user'] });
      if (typeof price !== 'number') issues.push({ message: 'expected a number', path: [{ key: 'price' }] });
      return issues.length > 0 ? { issues } : { value: { user: user!, price: price! } };
    },
  },
};

testCodec<unknown>({
  test,
  name: 'json',
  make: () => ({
    codec: json<unknown>(),
    values: [null, true, 0, -1.5, '', 'grüezi\nmitenand\r', [], {}, { a: [1, { b: null }] }, 'half \ud83d', { text: '__proto__' }],
    bad: [
      '',
      ' ',
      '{',
      '{"a":1',
      'nul',
      '[1,]',
      "{'a':1}",
      '{"__proto__":1}',
      '[{"a":{"\\u005f_proto__":{}}}]',
      '{"constructor":{"prototype":{}}}',
    ]
      .map(bytesOf)
      .concat(new Uint8Array([0x22, 0xff, 0x22]), bytesOf('['.repeat(5000) + ']'.repeat(5000))),
    unencodable: [undefined, 1n, Symbol('s'), () => {}, cyclic, { a: [1n] }],
  }),
});

testCodec<Click>({
  test,
  name: 'json with a schema',
  make: () => ({ codec: json(Click), values: [{ user: 'ann', price: 3 }], bad: [bytesOf('{"user":1,"price":2}'), bytesOf('{}')] }),
});

testCodec({
  test,
  name: 'json of columns',
  make: () => ({
    codec: json({
      columns: {
        id: 'integer',
        price: 'number?',
        big: 'bigint?',
        on: 'boolean?',
        city: { as: 'string', from: 'user.city' },
        land: { as: 'string?', oneOf: ['CH', 'DE'], from: 'user.a\\.b' },
        at: { as: 'time?', unit: 's' },
        day: 'time?',
      },
    }),
    values: [
      {
        id: -0,
        price: -1.5e300,
        big: -(2n ** 63n),
        on: false,
        city: 'grüezi\nmitenand\r',
        land: 'CH' as const,
        at: 1_700_000_000_123,
        day: 1.5,
      },
      { id: 7, price: null, big: null, on: null, city: 'half \ud83d', land: null, at: null, day: null },
    ],
    bad: ['', '{', '[]', '1', '{"user":{"city":"x"}}', '{"id":1}', '{"id":1,"user":{"city":"x"}} x', '{"id":1.5,"user":{"city":"x"}}'].map(
      bytesOf,
    ),
    unencodable: [
      { id: 1 },
      { id: 0.5, city: 'x' },
      { id: 1, city: 5 },
      { id: 1, city: 'x', price: Number.NaN },
      { id: 1, city: 'x', price: '1' },
      { id: 1, city: 'x', land: 'FR' },
      { id: 1, city: 'x', big: 2n ** 63n },
      { id: 1, city: 'x', on: 1 },
      { id: 1, city: 'x', day: 1e15 },
    ],
  }),
});

test('a row of columns is written as the objects it is read from', () => {
  const codec = json({ columns: { city: { as: 'string', from: 'user.city' }, id: 'integer', zip: { as: 'integer?', from: 'user.zip' } } });
  const text = new TextDecoder().decode(codec.encode({ id: 1, city: 'Bern', zip: null }));
  expect(text).toBe('{"user":{"city":"Bern","zip":null},"id":1}');
  expectTypeOf(codec.decode(bytesOf(text))).toEqualTypeOf<{ readonly city: string; readonly id: number; readonly zip: number | null }>();
});

test('a key that could change a prototype is no danger where members are named, and may be one of them', () => {
  const safe = json({ columns: { id: 'integer' } }).decode(bytesOf('{"__proto__":{"admin":true},"id":1}'));
  expect(safe).toEqual({ id: 1 });
  expect((safe as { admin?: boolean }).admin).toBe(undefined);
  const named = json({ columns: { ['__proto__']: 'string' } }).decode(bytesOf('{"__proto__":"x"}'));
  expect(Object.entries(named)).toEqual([['__proto__', 'x']]);
  expect(Object.getPrototypeOf(named)).toBe(Object.prototype);
});

test('any JSON value comes back equal', () => {
  const codec = json<unknown>();
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!text.includes('__proto__'));
      expect(codec.decode(codec.encode(value))).toEqual(JSON.parse(text));
    }),
  );
});

test('an invalid value is named with its path and the complaint', () => {
  const error = failure(() => json(Click).decode(bytesOf('{"user":"ann","price":"3"}')));
  expect(error).toMatchObject({ code: 'HR_DECODE_INVALID', action: 'deadLetter', what: 'price: expected a number' });
});

test('a schema gives back its own value', () => {
  expect(json(Click).decode(bytesOf('{"user":"ann","price":3,"extra":1}'))).toEqual({ user: 'ann', price: 3 });
});

test('a schema that validates asynchronously is refused and stops the run', () => {
  const later: StandardSchema<number> = {
    '~standard': { version: 1, vendor: 'slow', validate: () => Promise.reject(new Error('nobody hears this')) },
  };
  expect(failure(() => json(later).decode(bytesOf('1')))).toMatchObject({ code: 'HR_SCHEMA_ASYNC', action: 'stop' });
});

test('bad JSON and bad UTF-8 are two different complaints with one code', () => {
  const codec = json<unknown>();
  expect(failure(() => codec.decode(bytesOf('{"a":')))).toMatchObject({
    code: 'HR_DECODE_FAILED',
    what: expect.stringContaining('not JSON'),
  });
  expect(failure(() => codec.decode(new Uint8Array([0x22, 0xc3, 0x22])))).toMatchObject({
    code: 'HR_DECODE_FAILED',
    what: expect.stringContaining('UTF-8'),
  });
});

test('a key that could change a prototype is refused however it is written, and as a value it is fine', () => {
  const codec = json<unknown>();
  for (const text of [
    '{"__proto__":{"admin":true}}',
    '[[{"x":{"\\u005f\\u005fproto\\u005f\\u005f":1}}]]',
    '{"constructor":{"prototype":1}}',
  ]) {
    expect(failure(() => codec.decode(bytesOf(text)))).toMatchObject({ code: 'HR_DECODE_UNSAFE', action: 'deadLetter' });
  }
  expect(codec.decode(bytesOf('{"constructor":"Bob the builder","said":"__proto__"}'))).toEqual({
    constructor: 'Bob the builder',
    said: '__proto__',
  });
});

test('nesting is limited, and brackets inside of text do not count', () => {
  const codec = json<unknown>(undefined, { depth: 3 });
  expect(codec.decode(bytesOf('[[[1]]]'))).toEqual([[[1]]]);
  expect(codec.decode(bytesOf('[["[[[[[[\\"[[["]]'))).toEqual([['[[[[[["[[[']]);
  expect(failure(() => codec.decode(bytesOf('[[[[1]]]]')))).toMatchObject({ code: 'HR_DECODE_FAILED' });
  expect(failure(() => codec.decode(bytesOf('[{"a":[{"b":1}]}]')))).toMatchObject({ code: 'HR_DECODE_FAILED' });
});

test('a body over the limit is refused before it is read', () => {
  expect(failure(() => json<unknown>(undefined, { bytes: 10 }).decode(bytesOf('"0123456789"')))).toMatchObject({
    code: 'HR_RECORD_TOO_LARGE',
  });
});

test('a value without JSON is named with its path', () => {
  const codec = json<unknown>();
  expect(failure(() => codec.encode({ a: [{ b: 12n }] }))).toMatchObject({
    code: 'HR_VALUE_UNENCODABLE',
    where: 'json/a/0/b',
    what: '12n is a bigint',
  });
  expect(failure(() => codec.encode(cyclic))).toMatchObject({ code: 'HR_VALUE_UNENCODABLE', where: 'json/self' });
});
