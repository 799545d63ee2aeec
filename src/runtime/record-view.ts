import type { Chunk, Headers, KeyTable, RecordInfo } from '../core/chunk.ts';

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

  get row(): number {
    return this.chunk.rows === undefined ? this.index : this.chunk.rows[this.index]!;
  }
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
    return this.chunk.origin.source;
  }
  get partition(): string {
    return this.chunk.origin.partition;
  }
  get position(): string {
    return this.chunk.origin.positionAt(this.row);
  }
  get headers(): Headers | undefined {
    return this.chunk.origin.headersAt(this.row);
  }
}

/** The id of a value of a chunk: where it was read, then its ordinal at each flatMap it came through. */
export function idOf(chunk: Chunk, index: number): string {
  let id = chunk.origin.idAt(chunk.rows === undefined ? index : chunk.rows[index]!);
  if (chunk.paths !== undefined) for (const path of chunk.paths) id += `/${path[index]}`;
  return id;
}

export function timeOf(chunk: Chunk, index: number): number {
  return chunk.times === undefined ? chunk.origin.timeAt(chunk.rows === undefined ? index : chunk.rows[index]!) : chunk.times[index]!;
}
