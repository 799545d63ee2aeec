import { expect, test } from 'vitest';
import { checkpointWish } from './checkpoint-wish.ts';

test('what stands there is what is wished', () => {
  expect(checkpointWish(['ls', './state'])).toEqual({ action: 'ls', dir: './state', limit: 100, json: false });
  expect(checkpointWish(['show', 's', 'shop', '12', '--state', 'total', '--limit', '5', '--json'])).toEqual({
    action: 'show',
    dir: 's',
    words: ['shop', '12'],
    state: 'total',
    limit: 5,
    json: true,
  });
  expect(checkpointWish(['verify', 's'])).toEqual({ action: 'verify', dir: 's', json: false });
  expect(checkpointWish(['rm', 's', 'shop', '3', '--yes'])).toEqual({ action: 'rm', dir: 's', pipeline: 'shop', n: 3, yes: true });
  expect(checkpointWish(['rm', 's', 'shop', '--all'])).toEqual({ action: 'rm', dir: 's', pipeline: 'shop', n: 'all', yes: false });
  expect(checkpointWish(['rm', '--help'])).toBe('help');
});

test.each([
  [[], /^checkpoint wants to know what to do\. It knows ls, show, verify, rm/],
  [['list', 'state'], /^checkpoint cannot 'list'/],
  [['verfy', 'state'], /Did you mean 'verify'\?/],
  [['ls'], /^ls wants the folder\. Write: headrace checkpoint ls \.\/state\./],
  [['ls', 'state', 'stock'], /^ls does not know what to do with 'stock'/],
  [['ls', 'state', '--yes'], /^--yes means nothing to ls/],
  [['rm', 'state', 'stock'], /^rm wants the pipeline, and a number or --all/],
  [['rm', 'state', 'stock', '1', '--all'], /^rm wants the pipeline/],
  [['rm', 'state', 'stock', 'x'], /is not a whole number of at least 1/],
  [['ls', 'state', '--limit', '0'], /is not a whole number/],
  [['ls', 'state', '--limt', '3'], /Did you mean --limit\?/],
])('%j is no command line', (args, message) => {
  expect(() => checkpointWish(args)).toThrow(message);
});
