import type { Files, OpenFile } from '../../core/world.ts';
import {
  checksumOfFoot,
  checksumOfTable,
  DUMP_MAGIC,
  DUMP_NAME,
  DUMP_VERSION,
  FOOT_HEAD,
  FOOT_SEGMENT,
  FOOT_TABLE,
  type LogEnd,
  TAIL_WORDS,
} from './index-dump.ts';
import { SHARDS } from './key-index.ts';
import type { Counted } from './segments.ts';

/** An index that stood for a place of the log. */
export interface Dump extends LogEnd {
  /** Where the log ended when the last table was written. */
  readonly end: number;
  readonly blockChecksum: number;
  readonly segments: readonly (Counted & { readonly number: number; readonly end: number })[];
  /** Undefined when it is empty. */
  readonly tables: readonly ({ readonly slots: Uint32Array; readonly count: number } | undefined)[];
  /** By table, where the log ended when it was written. */
  readonly positions: Float64Array;
}

/** So many reads are under way: the disk is asked for the next tables while the checksums of some are taken. */
const LANES = 2;
/** Tables that stand behind each other are read together: a million keys have 256 of 100 kB. */
const TOGETHER_BYTES = 1 << 20;
const TAIL_BYTES = TAIL_WORDS * 4;

/** Undefined when there is none, or none that is whole and of this version. */
export async function readDump(files: Files, folder: string): Promise<Dump | undefined> {
  const path = `${folder}/${DUMP_NAME}`;
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

async function read(file: OpenFile): Promise<Dump | undefined> {
  const size = await file.size();
  const tail = new Uint32Array(TAIL_WORDS);
  if (size < TAIL_BYTES || (await file.read(new Uint8Array(tail.buffer), size - TAIL_BYTES)) < TAIL_BYTES) return undefined;
  const [magic, version, footBytes, checksum] = tail as unknown as [number, number, number, number];
  const footAt = size - TAIL_BYTES - footBytes;
  if (magic !== DUMP_MAGIC || version !== DUMP_VERSION || footBytes % 8 !== 0 || footAt < 0) return undefined;
  const foot = new Float64Array(footBytes / 8);
  const got = await file.read(new Uint8Array(foot.buffer), footAt);
  if (got < footBytes || checksumOfFoot(foot, tail) !== checksum) return undefined;
  const tables = await readTables(file, foot.subarray(FOOT_HEAD, FOOT_HEAD + SHARDS * FOOT_TABLE), footAt);
  if (tables === undefined) return undefined;
  const [end, stamp, first, block, blockChecksum, count] = foot as unknown as [number, number, number, number, number, number];
  const positions = Float64Array.from({ length: SHARDS }, (_, i) => foot[FOOT_HEAD + i * FOOT_TABLE + 3]!);
  const segments = Array.from({ length: count }, (_, i) => segmentAt(foot, FOOT_HEAD + SHARDS * FOOT_TABLE + i * FOOT_SEGMENT));
  return { end, stamp, first, block, blockChecksum, segments, tables, positions };
}

async function readTables(file: OpenFile, foot: Float64Array, footAt: number): Promise<Dump['tables'] | undefined> {
  const starts = [0];
  for (let i = 0; i < SHARDS; i++) starts.push(starts[i]! + foot[i * FOOT_TABLE]!);
  if (starts[SHARDS] !== footAt) return undefined;
  const tables: Dump['tables'][number][] = Array.from({ length: SHARDS });
  const words = (table: number): number => foot[table * FOOT_TABLE]! / 4;
  let isWhole = true;
  let next = 0;
  const readLane = async (): Promise<void> => {
    while (next < SHARDS && isWhole) {
      const from = next++;
      let length = words(from);
      while (next < SHARDS && (length + words(next)) * 4 <= TOGETHER_BYTES) length += words(next++);
      const to = next;
      const all = new Uint32Array(length);
      if ((await file.read(new Uint8Array(all.buffer), starts[from]!)) < all.byteLength) isWhole = false;
      for (let i = from, at = 0; i < to && isWhole; at += words(i++)) {
        const [, count, checksum] = foot.subarray(i * FOOT_TABLE) as unknown as [number, number, number];
        if (words(i) === 0) continue;
        const slots = all.subarray(at, at + words(i));
        if (checksumOfTable(slots) !== checksum) isWhole = false;
        tables[i] = { slots, count };
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, readLane));
  return isWhole ? tables : undefined;
}

function segmentAt(foot: Float64Array, at: number): Dump['segments'][number] {
  const [number, end, live, puts, expiring, expirySeconds] = foot.subarray(at) as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { number, end, live, puts, expiring, expirySeconds };
}
