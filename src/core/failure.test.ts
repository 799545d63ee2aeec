import { expect, test } from 'vitest';
import { Failure, fail, type Kept, type Sync } from './failure.ts';

test('fail answers a value with its reason and throws nothing', () => {
  const failure = fail('not a number: x');
  expect(failure).toBeInstanceOf(Failure);
  expect(failure.reason).toBe('not a number: x');
});

test('an object that only looks like a failure is none', () => {
  expect({ reason: 'not a number: x' }).not.toBeInstanceOf(Failure);
});

test('the types take failures out and refuse promises (checked by the compiler)', () => {
  const kept: Kept<number | Failure> = 5;
  // @ts-expect-error a failure is not what is left
  const refused: Kept<number | Failure> = fail('no');
  const sync: Sync<number> = 'anything';
  // @ts-expect-error a promise is not taken where the loop is synchronous
  const promised: Sync<Promise<number>> = Promise.resolve(5);
  expect([kept, refused, sync, promised]).toHaveLength(4);
});
