import type { Files, OpenFile, SyncFiles } from '../../core/world.ts';
import { type Block, placeAt, positionOf } from './block.ts';
import { BlockReader, type Extent, findStart } from './block-reader.ts';
import { type Dump, readDump } from './dump-reader.ts';
import { checksumAt, DUMP_NAME, type LogEnd, PART_NAME } from './index-dump.ts';
import { TAGS } from './key-index.ts';
import { readRecord } from './record.ts';
import { type Known, Segments } from './segments.ts';
import { damaged } from './store-errors.ts';

export interface Recovered {
  readonly segments: Segments;
  readonly end: LogEnd;
  /** The newest segment, to be written. */
  readonly file: OpenFile;
  /** How many bytes of the log no dump stands for. */
  readonly behind: number;
}

/** Where the last whole transaction ends. */
interface End extends LogEnd {
  readonly segment: number;
  readonly byte: number;
  /** A dump stands for all of it. */
  readonly isDumped?: boolean;
  /** Where that transaction begins in its segment, if it may not be on the disk. */
  readonly unsafeFrom?: number;
}

/** What recovery looks at, and does not change until all is found. */
interface Log {
  readonly files: Files;
  readonly syncFiles: SyncFiles;
  readonly folder: string;
  readonly numbers: readonly number[];
  readonly budgetBytes: number;
}

export interface Found {
  readonly segments: Segments;
  readonly end: End;
  readonly behind: number;
}

export function segmentPath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(10, '0')}.seg`;
}

/**
 * Finds the last transaction that is whole, enters all that counts into the index, and cuts away what stands behind.
 *
 * Only the last transaction can be torn: the next begins when it is synced. So it alone is read with its records; of
 * the others directories will do, and whatever is wrong with them is damage. A dump of the index stands for what was
 * synced before it was begun, and spares reading that. If anything about it is wrong the log alone decides.
 */
export async function recoverLog(files: Files, syncFiles: SyncFiles, folder: string, budgetBytes: number): Promise<Recovered> {
  const log = await logIn(files, syncFiles, folder, budgetBytes);
  const { numbers } = log;
  const dumped = await findByDump(log);
  const { segments, end, behind } = dumped ?? (await findAll(log));
  try {
    // What comes behind the end holds nothing that is whole.
    const isStray = (number: number): boolean => number < end.first || number > end.segment;
    for (const number of numbers) if (isStray(number)) await files.remove(segmentPath(folder, number));
    // A dump that was not believed goes before the log grows to where it might be.
    if (dumped === undefined) await files.remove(`${folder}/${DUMP_NAME}`);
    await files.remove(`${folder}/${PART_NAME}`);
    const file = await files.open(segmentPath(folder, end.segment), 'extend');
    try {
      // A dump is written of what is synced. If the log ends where it says, with nothing around it, there is nothing to do.
      if (end.isDumped === true && !numbers.some(isStray) && (await file.size()) === end.byte) return { segments, end, file, behind };
      await file.truncate(end.byte);
      // What a killed process wrote may not be synced, and from here on it is built upon.
      await rewrite(file, end.unsafeFrom ?? end.byte, end.byte);
      await file.sync();
      await files.syncFolder(folder);
      return { segments, end, file, behind };
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    segments.close();
    throw error;
  }
}

async function logIn(files: Files, syncFiles: SyncFiles, folder: string, budgetBytes: number): Promise<Log> {
  const numbers = (await files.list(folder)).flatMap((name) => /^(\d{10,})\.seg$/.exec(name)?.[1] ?? []).map(Number);
  return { files, syncFiles, folder, numbers: numbers.sort((a, b) => a - b), budgetBytes };
}

/** The same without a change of anything; undefined where there is no log. */
export async function findLog(files: Files, syncFiles: SyncFiles, folder: string, budgetBytes: number): Promise<Found | undefined> {
  const log = await logIn(files, syncFiles, folder, budgetBytes);
  return log.numbers.length === 0 ? undefined : ((await findByDump(log)) ?? (await findAll(log)));
}

/**
 * Writes a piece once more. After a failed sync Linux takes for clean what the disk does not have: only what is written
 * again is written out by the next sync.
 */
async function rewrite(file: OpenFile, from: number, to: number): Promise<void> {
  const block = new Uint8Array(Math.min(1 << 20, to - from));
  for (let at = from; at < to; ) {
    const read = await file.read(block.subarray(0, Math.min(block.length, to - at)), at);
    await file.write(block.subarray(0, read), at);
    at += read;
  }
}

async function findAll(log: Log): Promise<Found> {
  // A new store has its first segment before anything is read of it.
  if (log.numbers.length === 0) await (await log.files.open(segmentPath(log.folder, 1), 'extend')).close();
  const end = await findEnd(log);
  const segments = new Segments(log.budgetBytes);
  try {
    segments.beginAt(end.first);
    let behind = 0;
    for (let number = end.first; number <= end.segment; number++) {
      openSegment(log, segments, number);
      behind += await enter(log, segments, { number, end });
    }
    return { segments, end, behind };
  } catch (error) {
    segments.close();
    throw error;
  }
}

/** Undefined when there is no dump, and when it cannot be one of this log. */
async function findByDump(log: Log): Promise<Found | undefined> {
  const segments = new Segments(log.budgetBytes);
  try {
    const dump = await readDump(log.files, log.folder);
    const found = dump === undefined ? undefined : await findBehind(log, dump, segments);
    if (found === undefined) segments.close();
    return found;
  } catch (error) {
    segments.close();
    // Damage is told by who reads all of it, and a file that cannot be read may be one that nobody needs.
    if (error instanceof Error && 'code' in error && error.code !== 'HR_STORE_VERSION') return undefined;
    throw error;
  }
}

async function findBehind(log: Log, dump: Dump, segments: Segments): Promise<Found | undefined> {
  const dumped = placeAt(dump.end);
  const begin = placeAt(Math.min(...dump.positions));
  const size = await log.files.stat(segmentPath(log.folder, dumped.segment));
  if (size === undefined || size.bytes < dumped.byte) return undefined;
  const end = await findEnd(log, { ...dumped, stamp: dump.stamp, first: dump.first, block: dump.block, isDumped: true });
  if (begin.segment < end.first || end.segment - dump.segments[0]!.number >= TAGS) return undefined;
  for (let number = end.first; number <= end.segment; number++) openSegment(log, segments, number);
  if (checksumAt(segments, dump.block) !== dump.blockChecksum) return undefined;
  for (const { number, end: bytes, ...counted } of dump.segments) {
    if (number < end.first) {
      segments.addGone(number, counted);
      continue;
    }
    const segment = segments.order[number - end.first]!;
    Object.assign(segment, counted, { end: bytes });
    if (number < dumped.segment && (await log.files.stat(segment.path))?.bytes !== bytes) return undefined;
  }
  for (const [shard, table] of dump.tables.entries()) if (table !== undefined) segments.index.take(shard, table.slots, table.count);
  let behind = 0;
  for (let number = begin.segment; number <= end.segment; number++)
    behind += await enter(log, segments, { number, end, known: dump, ...(number === begin.segment && { from: begin.byte }) });
  return segments.forgetGone() ? { segments, end, behind } : undefined;
}

function openSegment({ folder, numbers, syncFiles }: Log, segments: Segments, number: number): void {
  const path = segmentPath(folder, number);
  if (numbers.length > 0 && !numbers.includes(number)) throw damaged({ path, byte: 0 }, 'a segment is missing');
  segments.add(number, path, syncFiles.openSync(path));
}

/** Looks from the newest segment back to an end that is known, if there is one. */
async function findEnd({ files, folder, numbers }: Log, known?: End): Promise<End> {
  for (const number of numbers.toReversed()) {
    if (known !== undefined && number < known.segment) break;
    const path = segmentPath(folder, number);
    const file = await files.open(path, 'read');
    try {
      const end = await endIn(file, { path, number, from: number === known?.segment ? known.byte : 0, end: await file.size() });
      if (end !== undefined) return end;
    } finally {
      await file.close();
    }
  }
  if (known !== undefined) return known;
  // The first segment goes only when there is a transaction in another.
  if (numbers.length > 0 && numbers[0] !== 1)
    throw damaged({ path: segmentPath(folder, numbers[0]! - 1), byte: 0 }, 'a segment is missing');
  return { segment: 1, byte: 0, stamp: 0, first: 1, block: 0 };
}

/** The end of the last whole transaction of a segment; undefined when there is none. */
async function endIn(file: OpenFile, extent: Extent): Promise<End | undefined> {
  const { path, number } = extent;
  const reader = new BlockReader(file, extent);
  let end: End | undefined;
  let endBefore: End | undefined;
  let last: Block[] = [];
  let open: Block[] = [];
  for (let block = await reader.next(); block !== undefined; block = await reader.next()) {
    if (block.number !== open.length || block.stamp !== (open[0] ?? block).stamp)
      throw damaged({ path, byte: block.offset }, 'a block stands where another should');
    open.push(block);
    if (!block.isLast) continue;
    last = open;
    open = [];
    endBefore = end;
    const place = { segment: number, byte: reader.position, unsafeFrom: last[0]!.offset };
    end = { ...place, stamp: block.stamp, first: block.first, block: positionOf(number, block.offset) };
  }
  const next = await findStart(file, extent, reader.position + 1);
  if (next !== undefined)
    throw damaged({ path, byte: reader.position }, `no block can be read here, and a later transaction begins at byte ${next}`);
  const bad = await findBadRecord(file, last);
  if (bad === undefined) return end;
  if (open.length > 0) throw damaged({ path, byte: bad }, 'a record is not what was written');
  return endBefore;
}

async function findBadRecord(file: OpenFile, blocks: readonly Block[]): Promise<number | undefined> {
  for (const block of blocks) {
    const records = new Uint8Array(block.recordBytes);
    await file.read(records, BlockReader.recordsOf(block));
    let at = 0;
    for (const bytes of BlockReader.lengthsOf(block)) {
      if (bytes > 0 && readRecord(records.subarray(at, at + bytes)) === undefined) return BlockReader.recordsOf(block) + at;
      at += bytes;
    }
  }
  return undefined;
}

interface Part {
  readonly number: number;
  /** Of the log. */
  readonly end: End;
  readonly from?: number;
  readonly known?: Known;
}

/** Enters the blocks of a segment and answers how many bytes they have. */
async function enter({ files }: Log, segments: Segments, { number, end, from = 0, known }: Part): Promise<number> {
  const segment = segments.order[number - segments.first.number]!;
  const { path } = segment;
  const file = await files.open(path, 'read');
  try {
    const reader = new BlockReader(file, { path, number, from, end: number === end.segment ? end.byte : await file.size() });
    let isWhole = true;
    for (let block = await reader.next(); block !== undefined; block = await reader.next()) {
      segments.enter(block, known);
      isWhole = block.isLast;
    }
    if (reader.position < reader.end || !isWhole) throw damaged({ path, byte: reader.position }, 'no block can be read here');
    segment.end = reader.end;
    return reader.end - from;
  } finally {
    await file.close();
  }
}
