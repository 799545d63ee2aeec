import fc from 'fast-check';
import { expect, test } from 'vitest';
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
