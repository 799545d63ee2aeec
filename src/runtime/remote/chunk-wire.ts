import { decodeChunk, encodeChunk } from '../../codecs/chunk-bytes.ts';
import type { Chunk, KeyTable } from '../../core/chunk.ts';
import type { Codec } from '../../core/codec.ts';

/** Turns chunks to bytes and back, by the codec of the edge they travel on. Each side of a line has one of its own. */
export interface ChunkWire {
  /** The bytes belong to the caller. */
  encode(edge: string, chunk: Chunk): Uint8Array;
  /** The bytes stay as they are for as long as the chunk lives, so it may be a view of them. */
  decode(edge: string, bytes: Uint8Array): Chunk;
}

/** What a plan says about the edges of a stage. */
export interface EdgeFormats {
  /** Writes the values; undefined is the tagged binary form. */
  codecOf(edge: string): Codec<unknown> | undefined;
  /** Numbers the keys of what arrives on a keyed edge; asked for each chunk. */
  keysOf(edge: string): KeyTable | undefined;
}

/** Chunks as they lie in checkpoints too. */
export function chunkWire(edges: EdgeFormats): ChunkWire {
  return {
    encode: (edge, chunk) => encodeChunk(chunk, edges.codecOf(edge)),
    decode: (edge, bytes) => decodeChunk(bytes, edges.codecOf(edge), edges.keysOf(edge)),
  };
}
