import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SizeMeter, sizeOf } from './size.ts';

test.each([
  ['abcd', 8],
  ['', 0],
  ['😀', 4],
  [1.5, 8],
  [true, 8],
  [null, 0],
  [undefined, 0],
  [10n, 8],
  [2n ** 128n, 24],
  [new Uint8Array(10), 10],
  [new Float64Array(10), 80],
  [Buffer.from('abc'), 3],
  [new DataView(new ArrayBuffer(16), 4), 12],
  [{}, 16],
  [{ id: 1, name: 'ab' }, 16 + 2 * 8 + 4],
  [[1, 2, 3], 16 + 3 * 8],
  [{ a: { b: 'xy' } }, 16 + 8 + (16 + 8 + 4)],
] as readonly (readonly [unknown, number])[])('sizes are what the comment says (%#)', (value, bytes) => {
  expect(sizeOf(value)).toBe(bytes);
});

test('a wide array is measured by a part of it, and comes out near the truth', () => {
  const wide = Array.from({ length: 100_000 }, (_, i) => 'x'.repeat((Math.imul(i, 0x9e3779b1) >>> 8) % 10));
  const truth = 100_000 * (8 + 9);
  expect(sizeOf(wide) / truth).toBeGreaterThan(0.9);
  expect(sizeOf(wide) / truth).toBeLessThan(1.1);
  expect(sizeOf(new Map(wide.map((text, i) => [i, text]))) / (100_000 * (24 + 9))).toBeGreaterThan(0.8);
  expect(sizeOf(new Set(wide.map((_, i) => `key-${i}`)))).toBeGreaterThan(100_000 * 16);
});

test('what is reachable twice counts once, and a circle ends', () => {
  const shared = new Uint8Array(1000);
  expect(sizeOf([shared, shared])).toBeLessThan(1100);
  const circle: Record<string, unknown> = { text: 'abc' };
  circle['self'] = circle;
  expect(sizeOf(circle)).toBe(16 + 2 * 8 + 6);
});

test('a tree of a billion leaves costs no more than a look', () => {
  let calls = 0;
  const endless: ProxyHandler<object> = {
    ownKeys: () => Array.from({ length: 100 }, (_, i) => `k${i}`),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: () => {
      calls++;
      return new Proxy({}, endless);
    },
  };
  expect(sizeOf(new Proxy({}, endless))).toBeGreaterThan(0);
  expect(calls).toBeLessThan(300_000);
});

const throwing = {
  get it(): never {
    throw new Error('no');
  },
};
const throwAlways = (): never => {
  throw new Error('no');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
class OddMap extends Map<unknown, unknown> {
  override get size(): number {
    return -1e9;
  }
}
const hostile: readonly unknown[] = [
  throwing,
  [throwing],
  new Proxy({}, { ownKeys: throwAlways, get: throwAlways, getPrototypeOf: throwAlways }),
  new Proxy([], { get: throwAlways }),
  revoked.proxy,
  [revoked.proxy],
  Object.create(Map.prototype),
  Object.create(null),
  new OddMap([[1, 2]]),
  new Array(4_294_967_295),
  globalThis,
  () => 1,
  Symbol('s'),
  new Date(0),
  /x/,
  Promise.resolve(1),
  new WeakRef({}),
  new Proxy(() => 1, {}),
];

test('it never throws and never answers less than nothing, whatever it is given', () => {
  const meter = new SizeMeter();
  for (const value of hostile)
    for (const bytes of [sizeOf(value), meter.of(value)]) expect(bytes).toSatisfy((it: number) => Number.isSafeInteger(it) && it >= 0);
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
        withSparseArray: true,
      }),
      (value) => {
        const bytes = sizeOf(value);
        return Number.isSafeInteger(bytes) && bytes >= 0;
      },
    ),
    { numRuns: 2000 },
  );
});

test('the meter measures strings, bytes and numbers exactly, and objects by their mean', () => {
  const meter = new SizeMeter();
  expect([meter.of('abcd'), meter.of(new Uint8Array(7)), meter.of(3)]).toEqual([8, 7, 8]);
  let total = 0;
  let truth = 0;
  for (let i = 0; i < 50_000; i++) {
    const value = { id: i, text: 'x'.repeat((i * 7919) % 100) };
    total += meter.of(value);
    truth += sizeOf(value);
  }
  expect(Math.abs(total / truth - 1)).toBeLessThan(0.1);
});

test('about one object in 64 is measured, also when every 64th is another kind', () => {
  let measured = 0;
  let odd = 0;
  const meter = new SizeMeter((value) => {
    measured++;
    if ((value as { odd: boolean }).odd) odd++;
    return 100;
  });
  for (let i = 0; i < 640_000; i++) meter.of({ odd: i % 64 === 0 });
  expect(measured).toBeGreaterThan(9_000);
  expect(measured).toBeLessThan(11_000);
  expect(odd / measured).toBeLessThan(0.05);
});

test('the mean follows when objects become larger', () => {
  const meter = new SizeMeter();
  for (let i = 0; i < 10_000; i++) meter.of({ text: 'x' });
  const before = meter.of({ text: 'x' });
  for (let i = 0; i < 10_000; i++) meter.of({ text: 'x'.repeat(10_000) });
  expect(before).toBeLessThan(40);
  expect(meter.of({ text: 'x' })).toBeGreaterThan(15_000);
});

test('a measure that throws or answers nonsense is survived', () => {
  for (const answer of [Number.NaN, -5, Number.POSITIVE_INFINITY]) expect(new SizeMeter(() => answer).of({})).toBe(16);
  expect(new SizeMeter(throwAlways).of({})).toBe(16);
});
