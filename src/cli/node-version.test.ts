import { expect, test } from 'vitest';
import { nodeIsNewEnough } from './node-version.ts';

test.each([
  ['24.6.0', true],
  ['24.21.0', true],
  ['25.0.0', true],
  ['24.5.9', false],
  ['20.20.2', false],
])('Node %s for >=24.6: %s', (version, fits) => {
  expect(nodeIsNewEnough(version, '>=24.6')).toBe(fits);
});

test('a patch counts only where one is asked for', () => {
  expect(nodeIsNewEnough('24.6.1', '>=24.6.2')).toBe(false);
  expect(nodeIsNewEnough('24.6.2', '>=24.6.2')).toBe(true);
});
