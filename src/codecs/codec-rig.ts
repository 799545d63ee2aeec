import type { Chunk } from '../core/chunk.ts';
import { OwnRecord, readAtOf, rowOf } from '../core/record-of.ts';

// For the tests of this folder.

/** What a call throws, or undefined. */
export function failure(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** All that can be asked about the records of a chunk. */
export function recordsOf(chunk: Chunk): readonly unknown[] {
  // Lines travel with bodies only.
  const areBodies = chunk.values[0] instanceof Uint8Array;
  return chunk.values.map((value, i) => {
    const { id, eventTime, key, source, partition, position, headers } = new OwnRecord(chunk, i);
    const keyId = chunk.keyIds?.[i] ?? -1;
    const line = areBodies ? (chunk.origin.lineAt?.(rowOf(chunk, i)) ?? Number.NaN) : Number.NaN;
    const group = keyId < 0 ? undefined : chunk.keys!.groupAt(keyId);
    return { value, id, eventTime, key, group, source, partition, position, headers, line, readAt: readAtOf(chunk, i) };
  });
}
