import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeadraceError } from './error.ts';
import { TokenBucket } from './token-bucket.ts';

test('a bucket begins full and brings one token each per/records milliseconds', () => {
  const bucket = new TokenBucket({ records: 100, perMs: 1000, burst: 2, where: 'test' }, 5);
  expect(bucket.available(5)).toBe(2);
  bucket.take(2, 5);
  expect(bucket.available(5)).toBe(0);
  expect(bucket.readyAt(1)).toBe(15);
  expect(bucket.available(14.999)).toBe(0);
  expect(bucket.available(15)).toBe(1);
  expect(bucket.available(10_000)).toBe(2);
});

test('the burst is what 20 ms bring unless told, at least one', () => {
  expect(new TokenBucket({ records: 1000, perMs: 1000, where: 'test' }, 0).burst).toBe(20);
  expect(new TokenBucket({ records: 1, perMs: 1000, where: 'test' }, 0).burst).toBe(1);
});

test('who waits until readyAt(n) gets n, whatever the fractions, and no span ever passes more than records + burst', () => {
  const amounts = fc.array(fc.record({ pause: fc.double({ min: 0, max: 500, noNaN: true }), want: fc.integer({ min: 1, max: 9 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 997 }),
      fc.double({ min: 0.3, max: 3000, noNaN: true }),
      fc.integer({ min: 1, max: 9 }),
      fc.double({ min: 0, max: 1e10, noNaN: true }),
      amounts,
      (records, perMs, burst, start, takes) => {
        const bucket = new TokenBucket({ records, perMs, burst, where: 'test' }, start);
        const taken: number[] = [];
        let now = start;
        for (const { pause, want } of takes) {
          const tokens = Math.min(want, burst);
          now += pause;
          if (bucket.available(now) < tokens) now = bucket.readyAt(tokens);
          expect(bucket.available(now)).toBeGreaterThanOrEqual(tokens);
          bucket.take(tokens, now);
          for (let k = 0; k < tokens; k++) taken.push(now);
        }
        for (const [i, from] of taken.entries()) {
          // A hair shorter than the span: at its very end the next tokens are due.
          const inside = taken.slice(i).filter((at) => at < from + perMs - perMs * 1e-6 - 1e-5).length;
          expect(inside).toBeLessThanOrEqual(records + burst);
        }
      },
    ),
  );
});

test('an hour at full rate loses and gains nothing', () => {
  const bucket = new TokenBucket({ records: 7, perMs: 333, burst: 1, where: 'test' }, 0);
  let passed = 0;
  let now = 0;
  for (; now <= 3_600_000; now = bucket.readyAt(1)) {
    const tokens = bucket.available(now);
    expect(tokens).toBe(1);
    bucket.take(tokens, now);
    passed += tokens;
  }
  expect(passed).toBe(Math.floor((3_600_000 * 7) / 333) + 1);
});

test('a rate that lets nothing pass is refused', () => {
  for (const records of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new TokenBucket({ records, perMs: 1000, where: 'rateLimit' }, 0)).toThrow(HeadraceError);
  }
});
