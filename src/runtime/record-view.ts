import type { Chunk, Headers, KeyTable, RecordInfo } from '../core/chunk.ts';
import { idOf, partitionOf, rowOf, sourceOf, timeOf } from '../core/record-of.ts';

/** Levels of flatMap one fused loop may hold; a chain with more becomes two loops. */
export const MAX_LEVELS = 4;

/**
 * The one `record` that every synchronous function of a fused loop receives. The loop moves it by writing numbers;
 * nothing is computed until a getter is read, and what is read is valid until the function returns.
 */
export class RecordView implements RecordInfo {
  chunk!: Chunk;
  /** Index of the value in the chunk. */
  index = 0;
  /** How many flatMaps of this loop lie between the chunk's value and the value at hand. */
  level = 0;
  readonly ordinals: Int32Array = new Int32Array(MAX_LEVELS);
  keys: KeyTable | undefined;
  keyId = -1;

  get id(): string {
    let id = idOf(this.chunk, this.index);
    for (let level = 0; level < this.level; level++) id += `/${this.ordinals[level]}`;
    return id;
  }
  get eventTime(): number {
    return timeOf(this.chunk, this.index);
  }
  get key(): unknown {
    return this.keys === undefined ? undefined : this.keys.keyAt(this.keyId);
  }
  get source(): string {
    return sourceOf(this.chunk, this.index);
  }
  get partition(): string {
    return partitionOf(this.chunk, this.index);
  }
  get position(): string {
    return this.chunk.origin.positionAt(rowOf(this.chunk, this.index));
  }
  get headers(): Headers | undefined {
    return this.chunk.origin.headersAt(rowOf(this.chunk, this.index));
  }
}
