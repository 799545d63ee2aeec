import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test.each([
  ['rnu', 'run'],
  ['docter', 'doctor'],
  ['un', 'run'],
  ['untill', 'until'],
])('%s most likely means %s', (typed, meant) => {
  expect(nearest(typed, ['run', 'doctor', 'until'])).toBe(meant);
});

test('a word that is like none of them is not guessed at', () => {
  expect(nearest('deploy', ['run', 'doctor'])).toBeUndefined();
  expect(nearest('m', ['n'])).toBeUndefined();
  expect(nearest('', ['n'])).toBeUndefined();
});
