import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { broken, type Spot, unsupported } from './errors.ts';
import type { Compression } from './groups.ts';
import { unpackLz4, unpackLz4Frames } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';

/** The bytes of a page, unpacked to exactly as many as its header says; the room for them is never larger. */
export function unpack(compression: Compression, packed: Uint8Array, bytes: number, spot: Spot): Uint8Array {
  if (compression === 'none') {
    if (packed.length === bytes) return packed;
    throw broken(spot, `a page of ${bytes} bytes has ${packed.length}`);
  }
  // Node refuses room of no bytes.
  if (bytes === 0) return new Uint8Array();
  const unpacked = unpackSome(compression, packed, bytes, spot);
  if (unpacked?.length === bytes) return unpacked;
  throw broken(spot, `a page of ${bytes} bytes unpacks to ${unpacked === undefined ? 'nothing that makes sense' : unpacked.length}`);
}

function unpackSome(compression: Compression, packed: Uint8Array, bytes: number, spot: Spot): Uint8Array | undefined {
  switch (compression) {
    case 'none':
      return packed;
    case 'snappy':
      return unpackSnappy(packed, bytes);
    case 'lz4-raw':
      return unpackLz4(packed, bytes);
    case 'lz4':
      return unpackLz4Frames(packed, bytes) ?? unpackLz4(packed, bytes);
    case 'lzo':
      throw unsupported(spot, 'the column is compressed with LZO');
    case 'gzip':
      return byNode(gunzipSync, packed, bytes, spot);
    case 'brotli':
      return byNode(brotliDecompressSync, packed, bytes, spot);
    case 'zstd':
      return byNode(zstdDecompressSync, packed, bytes, spot);
  }
}

type NodeUnpacker = (packed: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

function byNode(unpacker: NodeUnpacker, packed: Uint8Array, bytes: number, spot: Spot): Uint8Array {
  try {
    return unpacker(packed, { maxOutputLength: bytes });
  } catch (cause) {
    throw broken(spot, `a page of ${bytes} bytes does not unpack: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}
