import { Chunk, type Control, type KeyTable, type PartitionChange } from '../core/chunk.ts';
import type { Codec } from '../core/codec.ts';
import { assert } from '../core/error.ts';
import { readIdentity, writeIdentity } from './chunk-bytes-identity.ts';
import { readKeys, writeKeys } from './chunk-bytes-keys.ts';
import { readValues, writeValues } from './chunk-bytes-values.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';

/** What a section of chunks says of its bytes. */
export const CHUNK_FORMAT = 'chunks/1';

const FORMAT = 1;
const WATERMARK = 1;
const PARTITIONS = 2;
const IDLE = 4;
/** By their number in the bytes. */
const STATES = ['open', 'ended', 'silent', 'awake'] as const;

let writer: ValueWriter | undefined = new ValueWriter();

/**
 * A chunk as bytes, with all that is known of its records: values, ids, event times, headers, where they were read, and
 * keys with their groups. A chunk crosses processes and lies in checkpoints like this. A barrier does not travel inside.
 *
 * Without a codec, numbers lie as doubles next to each other, and objects with the same members have their names written
 * once; what a record costs beside its value is mostly nothing, since positions that count up are written as one.
 * An object of five members takes 150 ns there and 115 back, a number 35 and 18; structuredClone of the objects 430.
 *
 * @example
 * ```ts
 * const courier: Sink<string> = {
 *   kind: 'courier',
 *   id: 'courier',
 *   delivery: 'none',
 *   open: () => ({
 *     write(chunk) {
 *       const copy = decodeChunk(encodeChunk(chunk), undefined, undefined);
 *       console.log(copy.values, copy.origin.positionAt(1));
 *     },
 *     close() {},
 *   }),
 * };
 * await run(pipeline('letters').from(values(['a', 'b'])).to(courier));
 * // [ 'a', 'b' ] 1
 * ```
 */
export function encodeChunk(chunk: Chunk, codec?: Codec<unknown>): Uint8Array {
  assert(chunk.control?.barrier === undefined, 'a barrier is never inside of a chunk that travels');
  // A codec of the user may encode a chunk of its own.
  const mine = writer ?? new ValueWriter();
  writer = undefined;
  try {
    mine.byte(FORMAT);
    mine.varint(chunk.values.length);
    writeValues(mine, chunk.values, codec);
    writeIdentity(mine, chunk);
    writeControl(mine, chunk.control);
    writeKeys(mine, chunk);
    return mine.take();
  } finally {
    mine.clear();
    writer = mine;
  }
}

/**
 * The chunk of bytes. Its keys become those of `keys`, new ones in the groups they came with; without a table they get
 * one of their own. Damaged bytes throw HR_DECODE_FAILED and leave `keys` as it was.
 */
export function decodeChunk(bytes: Uint8Array, codec: Codec<unknown> | undefined, keys: KeyTable | undefined): Chunk {
  // A damaged chunk is no record that could be set aside.
  const reader = new ValueReader(bytes, { where: CHUNK_FORMAT, action: 'stop' });
  if (reader.byte() !== FORMAT) throw reader.damaged('the bytes are no chunk');
  const count = reader.count();
  const values = readValues(reader, count, codec);
  const identity = readIdentity(reader, count);
  const control = readControl(reader);
  const entered = readKeys(reader, count);
  if (!reader.isAtEnd) throw reader.damaged('bytes are left over behind the chunk');
  return new Chunk(values, identity.origin, { times: identity.times, paths: identity.paths, ...entered?.(keys) }, control);
}

function writeControl(writer: ValueWriter, control: Control | undefined): void {
  const { watermark, partitions, idle } = control ?? {};
  writer.byte((watermark === undefined ? 0 : WATERMARK) | (partitions === undefined ? 0 : PARTITIONS) | (idle === true ? IDLE : 0));
  if (watermark !== undefined) writer.double(watermark);
  if (partitions === undefined) return;
  writer.varint(partitions.length);
  for (const change of partitions) {
    writer.text(change.source);
    writer.text(change.partition);
    writer.byte(STATES.indexOf(change.state));
    if (change.state === 'silent') writer.double(change.ms);
  }
}

function readControl(reader: ValueReader): Control | undefined {
  const parts = reader.byte();
  if (parts === 0) return undefined;
  if (parts > (WATERMARK | PARTITIONS | IDLE)) throw reader.damaged('there is no such control');
  const idle = (parts & IDLE) === 0 ? {} : { idle: true };
  const watermark = { ...idle, ...((parts & WATERMARK) === 0 ? {} : { watermark: reader.double() }) };
  if ((parts & PARTITIONS) === 0) return watermark;
  const partitions: PartitionChange[] = [];
  for (let left = reader.count(3); left > 0; left--) {
    const source = reader.text();
    const partition = reader.text();
    const state = STATES[reader.byte()];
    if (state === undefined) throw reader.damaged('a partition is in no state there is');
    partitions.push(state === 'silent' ? { source, partition, state, ms: reader.double() } : { source, partition, state });
  }
  return { ...watermark, partitions };
}
