/** The part of WebAssembly that is used; its types come with those of browsers, which we do without. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { readonly env: { readonly memory: WasmMemory } }) => { readonly exports: object };
  Memory: new (size: { readonly initial: number }) => WasmMemory;
}

/** `buffer` is another one after each growth: views are made anew. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** By so many pages of 64 KiB; throws a RangeError where there is no memory left. */
  grow(pages: number): number;
}

/** What scripts/wasm.ts writes. */
export interface WasmCode {
  /** Names the sources it was compiled from. */
  readonly source: string;
  readonly base64: string;
}

export interface WasmInstance<X> {
  readonly exports: X;
  readonly memory: WasmMemory;
}

/** Compiled once a process and thread, when first asked for; undefined where that is not possible. */
const modules = new Map<string, object | undefined>();

/** The first byte that belongs to whoever makes an instance; the constants of the code stand before it. */
export const WASM_BASE = 65_536;

/**
 * A fresh instance with a memory of its own, of at least so many bytes. Undefined where WebAssembly or its SIMD is
 * missing or forbidden (`--jitless`, some sandboxes), or memory is refused: there the plain twin of the code serves.
 */
export function wasmInstance<X extends object>(code: WasmCode, bytes: number): WasmInstance<X> | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return undefined;
  if (!modules.has(code.source)) modules.set(code.source, compiled(api, code));
  const module = modules.get(code.source);
  if (module === undefined) return undefined;
  try {
    const memory = new api.Memory({ initial: Math.ceil(bytes / 65_536) });
    const { exports } = new api.Instance(module, { env: { memory } });
    return { exports: exports as X, memory };
  } catch {
    return undefined;
  }
}

function compiled(api: WebAssemblyApi, code: WasmCode): object | undefined {
  try {
    return new api.Module(Buffer.from(code.base64, 'base64'));
  } catch {
    return undefined;
  }
}
