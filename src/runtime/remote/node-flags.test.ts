import { expect, test } from 'vitest';
import { flagsForThread, flagsForWorker } from './node-flags.ts';

test('a process gets the flags of its host, without those that belong to one process', () => {
  const flags = ['--max-old-space-size=100', '--input-type=module', '--eval', 'code', '--inspect=0', '--conditions=headrace-source'];
  expect(flagsForWorker(flags, true)).toEqual(['--max-old-space-size=100', '--conditions=headrace-source']);
  expect(flagsForWorker([], true)).toEqual(['--conditions=headrace-source']);
});

test('a thread inherits its flags, unless it could not start with them', () => {
  expect(flagsForThread(['--max-old-space-size=100', '--conditions=headrace-source'], true)).toBeUndefined();
  expect(flagsForThread([], false)).toBeUndefined();
  expect(flagsForThread(['--max-old-space-size=100'], true)).toEqual(['--conditions=headrace-source']);
  expect(flagsForThread(['--input-type=module', '--eval', 'code', '--max-old-space-size=100', '--import=./hook.js'], false)).toEqual([
    '--import=./hook.js',
  ]);
});
