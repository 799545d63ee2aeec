import type { Chunk, Headers, RecordInfo } from './chunk.ts';

/** The row of a value in the origin of its chunk. */
export function rowOf(chunk: Chunk, index: number): number {
  return chunk.rows === undefined ? index : chunk.rows[index]!;
}

/** The id of a value of a chunk: where it was read, then its ordinal at each flatMap it came through. */
export function idOf(chunk: Chunk, index: number): string {
  let id = chunk.origin.idAt(rowOf(chunk, index));
  if (chunk.paths !== undefined) for (const path of chunk.paths) id += `/${path[index]}`;
  return id;
}

/** The event time of a value of a chunk, NaN when it has none. */
export function timeOf(chunk: Chunk, index: number): number {
  return chunk.times === undefined ? chunk.origin.timeAt(rowOf(chunk, index)) : chunk.times[index]!;
}

export function sourceOf(chunk: Chunk, index: number): string {
  const { origin } = chunk;
  return origin.sourceAt === undefined ? origin.source : origin.sourceAt(rowOf(chunk, index));
}

export function partitionOf(chunk: Chunk, index: number): string {
  const { origin } = chunk;
  return origin.partitionAt === undefined ? origin.partition : origin.partitionAt(rowOf(chunk, index));
}

/** When a value was read; undefined where that says nothing, as for the pane of a window. */
export function readAtOf(chunk: Chunk, index: number): number | undefined {
  return chunk.origin.readAtMs?.(rowOf(chunk, index));
}

/** A record's view that whoever calls moves on, for calls that are over by then: `chunk` and `index` say which it shows. */
export class PassingRecord implements RecordInfo {
  chunk: Chunk;
  index: number;

  constructor(chunk: Chunk, index: number) {
    this.chunk = chunk;
    this.index = index;
  }

  get id(): string {
    return idOf(this.chunk, this.index);
  }
  get eventTime(): number {
    return timeOf(this.chunk, this.index);
  }
  get key(): unknown {
    const { keys, keyIds } = this.chunk;
    return keys === undefined || keyIds === undefined ? undefined : keys.keyAt(keyIds[this.index]!);
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

/** A record's view that stays valid: for calls that go on when the loop has long moved to other records. */
export class OwnRecord extends PassingRecord {
  declare readonly chunk: Chunk;
  declare readonly index: number;
}
