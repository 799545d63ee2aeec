import { Chunk, type Control, type KeyTable } from '../core/chunk.ts';
import type { Key } from '../core/keys.ts';
import { OwnRecord } from '../core/record-of.ts';

interface PlainRecord {
  readonly value: unknown;
  readonly id: string;
  readonly time: number;
  readonly key: Key | undefined;
  readonly source: string;
  readonly partition: string;
  readonly position: string;
}

/** A chunk as it crosses a border: nothing in it is shared with anybody. */
export interface PlainChunk {
  readonly records: readonly PlainRecord[];
  readonly control: Control | undefined;
}

export function plainOf(chunk: Chunk): PlainChunk {
  const records = chunk.values.map((value, index) => {
    const { id, eventTime: time, key, source, partition, position } = new OwnRecord(chunk, index);
    return { value, id, time, key: key as Key | undefined, source, partition, position };
  });
  return structuredClone({ records, control: chunk.control });
}

/** The chunk again, with keys numbered by another table. */
export function chunkFrom<T>(plain: PlainChunk, keys: KeyTable | undefined): Chunk<T> {
  const { records, control } = structuredClone(plain);
  const origin = {
    source: records[0]?.source ?? '',
    partition: records[0]?.partition ?? '',
    idAt: (row: number) => records[row]!.id,
    timeAt: (row: number) => records[row]!.time,
    positionAt: (row: number) => records[row]!.position,
    sourceAt: (row: number) => records[row]!.source,
    partitionAt: (row: number) => records[row]!.partition,
    headersAt: () => undefined,
  };
  const isKeyed = keys !== undefined && records.every(({ key }) => key !== undefined);
  const lineage = isKeyed ? { keys, keyIds: Int32Array.from(records, ({ key }) => keys.idOf(key!)) } : {};
  return new Chunk<T>(
    records.map(({ value }) => value as T),
    origin,
    lineage,
    control,
  );
}
