import type { Waiting } from './append-queue.ts';
import { type BatchBuffer, batchLength, type LogEntry } from './batch-body.ts';
import { type BatchHeader, PLAIN } from './format.ts';
import type { FoundBatch } from './segment-scan.ts';
import { TARGET_BYTES } from './staged-writer.ts';

/** Appends of so many bytes make batches of their own; smaller ones share one, since a header is as long as a small record. */
const ALONE_BYTES = 1 << 16;

/** Where a group comes to stand, and when. */
interface GroupPlace extends Pick<BatchHeader, 'appendedAt' | 'safe'> {
  /** The end of the segment, in bytes and in records. */
  readonly bytes: number;
  readonly next: number;
}

/** Encodes a group of appends, one behind the other, in place of what was in the buffer; answers its batches. */
export function encodeGroup(buffer: BatchBuffer, group: readonly Waiting[], { bytes, next, safe, appendedAt }: GroupPlace): FoundBatch[] {
  const found: FoundBatch[] = [];
  let first = next;
  buffer.clear();
  for (const records of piecesOf(group)) {
    for (let from = 0; from < records.length; ) {
      const to = from + batchLength(records, from, TARGET_BYTES);
      const at = bytes + buffer.length;
      found.push({ at, header: buffer.add(records, from, to, { first, ordinal: 0, origin: PLAIN, appendedAt, safe }) });
      first += to - from;
      from = to;
    }
  }
  return found;
}

/** Large appends are taken as they are: a list of all records of a group would be a second one of 40,000. */
function* piecesOf(group: readonly Waiting[]): Iterable<readonly LogEntry[]> {
  if (group.length === 1) return yield group[0]!.records;
  let joined: LogEntry[] = [];
  for (const { records, bytes } of group) {
    if (bytes < ALONE_BYTES) {
      for (const record of records) joined.push(record);
      continue;
    }
    if (joined.length > 0) yield joined;
    joined = [];
    yield records;
  }
  if (joined.length > 0) yield joined;
}
