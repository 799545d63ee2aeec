import type { Chunk } from '../core/chunk.ts';
import { OwnRecord, readAtOf } from '../core/record-of.ts';

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
  return chunk.values.map((value, i) => {
    const { id, eventTime, key, source, partition, position, headers } = new OwnRecord(chunk, i);
    const keyId = chunk.keyIds?.[i] ?? -1;
    const group = keyId < 0 ? undefined : chunk.keys!.groupAt(keyId);
    return { value, id, eventTime, key, group, source, partition, position, headers, readAt: readAtOf(chunk, i) };
  });
}
