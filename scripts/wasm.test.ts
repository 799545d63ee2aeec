import { expect, test } from 'vitest';
import { wasmEntries, wasmModuleNow, wasmModuleText } from './wasm.ts';

test.each(wasmEntries())(
  '$module is what $source compiles to',
  async (entry) => {
    expect(wasmModuleNow(entry)).toBe(await wasmModuleText(entry));
  },
  120_000,
); // 2 s each, but it is the one compiler here that may have to share its core.

test('there is something to compile', () => {
  expect(wasmEntries().map(({ name }) => name)).toContain('csv');
});
