import { afterEach, expect, test } from 'vitest';
import { CSV_WASM } from './csv-wasm.ts';
import { WASM_BASE, wasmInstance } from './host.ts';

const own = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')!;
afterEach(() => {
  Object.defineProperty(globalThis, 'WebAssembly', own);
});

test('each instance has a memory of its own', () => {
  const [a, b] = [wasmInstance(CSV_WASM, 1), wasmInstance(CSV_WASM, 200_000)];
  expect(a?.memory.buffer.byteLength).toBe(WASM_BASE);
  expect(b?.memory.buffer.byteLength).toBe(4 * 65_536);
  expect(a?.exports).not.toBe(b?.exports);
});

test('there is no instance where WebAssembly is missing', () => {
  Object.defineProperty(globalThis, 'WebAssembly', { value: undefined, configurable: true, writable: true });
  expect(wasmInstance(CSV_WASM, 1)).toBeUndefined();
});

test('there is no instance of code that this machine does not understand', () => {
  expect(wasmInstance({ source: 'nothing', base64: 'AGFzbQEAAAD/' }, 1)).toBeUndefined();
});
