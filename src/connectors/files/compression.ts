import {
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type InflateRaw,
  type ZstdDecompress,
} from 'node:zlib';

/** How the bytes of a file are packed. */
export type Packing = 'gzip' | 'zstd' | 'deflate';

/** `auto` goes by the first bytes of the file, whatever its name. */
export type Unpacking = 'auto' | 'none' | Packing;

export type Engine = Gunzip | Inflate | InflateRaw | ZstdDecompress;

/** How much an engine gives at once; in zlib what was unpacked of the last such piece is lost where the input turns out bad. */
const PIECE_BYTES = 65_536;

/** How a file is packed, by how it begins. A few bytes of it may be too few for deflate, which has no sign of its own. */
export function packingOf(head: Uint8Array): Packing | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip';
  if (isZstd(head)) return 'zstd';
  // The header of zlib is two bytes of little meaning: `x^2` begins with one.
  return isZlib(head) && !isText(head) ? 'deflate' : undefined;
}

// A frame, or one that is to be passed over and stands before it.
function isZstd(head: Uint8Array): boolean {
  const [a = 0, b, c, d] = head;
  return (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) || ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18);
}

function isZlib(head: Uint8Array): boolean {
  return head.length >= 2 && head[0] === 0x78 && ((head[0] << 8) | head[1]!) % 31 === 0 && (head[1]! & 0x20) === 0;
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13));
}

/** May another member or frame begin with this byte, once one has ended? */
export function mayBegin(packing: Packing, byte: number): boolean {
  if (packing === 'gzip') return byte === 0x1f;
  return packing === 'zstd' && (byte === 0x28 || (byte & 0xf0) === 0x50);
}

/** What unpacks one of them. It works on the threads of the pool, and stands still while nobody takes what it has. */
export function engineOf(packing: Packing, head: Uint8Array): Engine {
  const options = { chunkSize: PIECE_BYTES, readableHighWaterMark: PIECE_BYTES };
  if (packing === 'gzip') return createGunzip(options);
  if (packing === 'zstd') return createZstdDecompress(options);
  return isZlib(head) ? createInflate(options) : createInflateRaw(options);
}
