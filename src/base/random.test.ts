import fc from 'fast-check';
import { expect, test } from 'vitest';
import { realRandom, SeededRandom, step } from './random.ts';

const draws = (random: { next(): number }, count: number): number[] => Array.from({ length: count }, () => random.next());

test('the generator gives the numbers of the reference implementation of xoshiro128** 1.1', () => {
  const state = Uint32Array.of(1, 2, 3, 4);
  expect(Array.from({ length: 10 }, () => step(state))).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
});

test('a seed means the same numbers for ever', () => {
  expect(draws(new SeededRandom(1), 3)).toEqual([0.33110887498578256, 0.9887881677475, 0.7200422518075248]);
});

test('a number and its text are one seed, other seeds are others', () => {
  expect(draws(new SeededRandom('7'), 5)).toEqual(draws(new SeededRandom(7), 5));
  const first = Array.from({ length: 10_000 }, (_, seed) => new SeededRandom(seed).next());
  expect(new Set(first).size).toBe(10_000);
});

test('a fork is the same whatever was drawn before, and two forks differ', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), fc.nat({ max: 20 }), (seed, a, b, drawn) => {
      const random = new SeededRandom(seed);
      const early = draws(random.fork(a), 4);
      draws(random, drawn);
      expect(draws(random.fork(a), 4)).toEqual(early);
      expect(draws(new SeededRandom(random.fork(a).seed), 4)).toEqual(early);
      if (a !== b) expect(draws(random.fork(b), 4)).not.toEqual(early);
    }),
  );
});

test('a fork of a fork is no other fork, whatever the names contain', () => {
  const random = new SeededRandom(1);
  const seeds = [random.fork('a').fork('b'), random.fork('a/1:b'), random.fork('a/b'), random.fork('').fork('a/b')].map(({ seed }) => seed);
  expect(new Set(seeds).size).toBe(4);
});

test('numbers lie in [0, 1), evenly, also taken from neighbouring seeds', () => {
  const random = new SeededRandom('even');
  for (const next of [() => random.next(), (i: number) => new SeededRandom(i).next()]) {
    const counts = new Uint32Array(100);
    for (let i = 0; i < 100_000; i++) {
      const value = next(i);
      expect(value >= 0 && value < 1).toBe(true);
      counts[Math.floor(value * 100)]!++;
    }
    // Chi-squared with 99 degrees of freedom: mean 99, standard deviation 14.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(185);
  }
});

test('nobody chose the real seed, but it can be used again', () => {
  const random = realRandom();
  expect(realRandom().seed).not.toBe(random.seed);
  expect(draws(new SeededRandom(random.seed), 3)).toEqual(draws(random, 3));
});
