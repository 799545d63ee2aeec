/** The part of WebAssembly that is used; its types come with those of browsers, which we do without. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
  ) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; crc(crc: number, bytes: number): number } };
}

const TABLES = 16;
const BUFFER_AT = 65_536;
const BUFFER_BYTES = 65_536;

// Assembled by hand from:
//
//   (memory (export "memory") 2)           ;; sixteen tables at 0, the bytes at 65536
//   (func (export "crc") (param $crc i32) (param $bytes i32) (result i32) (local $at i32) (local $w0 ... $w3 i32)
//     loop                                 ;; sixteen bytes a turn
//       $w0 = load($at + 65536) ^ $crc; $w1 = load($at + 65540); $w2 = load($at + 65544); $w3 = load($at + 65548)
//       $crc = t0[$w3 >> 24] ^ t1[$w3 >> 16 & 255] ^ ... ^ t14[$w0 >> 8 & 255] ^ t15[$w0 & 255]
//       $at += 16; br_if ($at < $bytes)
//     end $crc)
const CODE =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBAAIHEAIDY3JjAAAGbWVtb3J5AgAKnwIBnAIBBX8DQCACKAKAgAQgAHMhAyACKAKEgAQhBCACKAKIgAQhBSACKAKM' +
  'gAQhBiAGQQJ0QfwHcSgCgBggBkEGdkH8B3EoAoAQcyAGQQ52QfwHcSgCgAhzIAZBFnZB/AdxKAIAcyAFQQJ0QfwHcSgCgDhzIAVBBnZB/AdxKAKAMHMgBUEO' +
  'dkH8B3EoAoAocyAFQRZ2QfwHcSgCgCBzIARBAnRB/AdxKAKAWHMgBEEGdkH8B3EoAoBQcyAEQQ52QfwHcSgCgEhzIARBFnZB/AdxKAKAQHMgA0ECdEH8B3Eo' +
  'AoB4cyADQQZ2QfwHcSgCgHBzIANBDnZB/AdxKAKAaHMgA0EWdkH8B3EoAoBgcyEAIAJBEGoiAiABSQ0ACyAACw==';

/**
 * Goes on with a checksum over bytes whose number is a multiple of 16. It works on the inverted checksum, as the tables
 * do. Undefined where WebAssembly is missing or forbidden.
 */
export type Crc32cBlocks = (crc: number, bytes: Uint8Array) => number;

/** `first` tells what each byte becomes with nothing behind it. */
export function crc32cBlocks(first: Int32Array): Crc32cBlocks | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) return undefined;
  try {
    const code = Uint8Array.from(atob(CODE), (letter) => letter.charCodeAt(0));
    const { memory, crc } = new api.Instance(new api.Module(code)).exports;
    const tables = new Int32Array(memory.buffer, 0, TABLES * 256);
    tables.set(first);
    for (let i = 256; i < tables.length; i++) tables[i] = first[tables[i - 256]! & 255]! ^ (tables[i - 256]! >>> 8);
    const buffer = new Uint8Array(memory.buffer, BUFFER_AT, BUFFER_BYTES);
    return (seed, bytes) => {
      let sum = seed;
      for (let at = 0; at < bytes.length; at += BUFFER_BYTES) {
        const part = bytes.subarray(at, at + BUFFER_BYTES);
        buffer.set(part);
        sum = crc(sum, part.length);
      }
      return sum;
    };
  } catch {
    return undefined;
  }
}
