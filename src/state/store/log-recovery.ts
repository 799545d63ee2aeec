import type { Files, OpenFile, SyncFiles } from '../../core/world.ts';
import type { Block } from './block.ts';
import { BlockReader, findStart } from './block-reader.ts';
import { readRecord } from './record.ts';
import { Segments } from './segments.ts';
import { damaged } from './store-errors.ts';

export interface Recovered {
  readonly segments: Segments;
  readonly stamp: number;
  /** The newest segment, to be written. */
  readonly file: OpenFile;
}

/** Where the last whole transaction ends. */
interface End {
  readonly segment: number;
  readonly byte: number;
  readonly stamp: number;
  readonly first: number;
}

export function segmentPath(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(10, '0')}.seg`;
}

/**
 * Finds the last transaction that is whole, cuts away what stands behind it, and enters all that counts into the index.
 *
 * Only the last transaction can be torn: the next begins when it is synced. So it alone is read with its records; of
 * the others directories will do, and whatever is wrong with them is damage.
 */
export async function recoverLog(files: Files, syncFiles: SyncFiles, folder: string, budgetBytes: number): Promise<Recovered> {
  const numbers = (await files.list(folder)).flatMap((name) => /^(\d{10,})\.seg$/.exec(name)?.[1] ?? []).map(Number);
  numbers.sort((a, b) => a - b);
  const end = await findEnd(files, folder, numbers);
  const old = numbers.filter((number) => number < end.first);
  // What comes behind the end holds nothing that is whole.
  for (const number of [...old, ...numbers.filter((each) => each > end.segment)]) await files.remove(segmentPath(folder, number));
  const file = await files.open(segmentPath(folder, end.segment), 'extend');
  const segments = new Segments(budgetBytes);
  try {
    await file.truncate(end.byte);
    // What a killed process wrote may not be synced, and from here on it is built upon.
    await file.sync();
    await files.syncFolder(folder);
    for (let number = end.first; number <= end.segment; number++) await enter(files, syncFiles, segments, { folder, number });
    return { segments, stamp: end.stamp, file };
  } catch (error) {
    segments.close();
    await file.close();
    throw error;
  }
}

async function findEnd(files: Files, folder: string, numbers: readonly number[]): Promise<End> {
  for (const number of numbers.toReversed()) {
    const path = segmentPath(folder, number);
    const file = await files.open(path, 'read');
    try {
      const end = await endIn(file, path, number);
      if (end !== undefined) return end;
    } finally {
      await file.close();
    }
  }
  // The first segment goes only when there is a transaction in another.
  if (numbers.length > 0 && numbers[0] !== 1)
    throw damaged({ path: segmentPath(folder, numbers[0]! - 1), byte: 0 }, 'a segment is missing');
  return { segment: 1, byte: 0, stamp: 0, first: 1 };
}

/** The end of the last whole transaction of a segment; undefined when there is none. */
async function endIn(file: OpenFile, path: string, number: number): Promise<End | undefined> {
  const reader = new BlockReader(file, { path, number, end: await file.size() });
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
    end = { segment: number, byte: reader.position, stamp: block.stamp, first: block.first };
  }
  const next = await findStart(file, { path, number, end: reader.end }, reader.position + 1);
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

async function enter(
  files: Files,
  syncFiles: SyncFiles,
  segments: Segments,
  { folder, number }: { readonly folder: string; readonly number: number },
): Promise<void> {
  const path = segmentPath(folder, number);
  if ((await files.stat(path)) === undefined) throw damaged({ path, byte: 0 }, 'a segment is missing');
  const segment = segments.add(number, path, syncFiles.openSync(path));
  const file = await files.open(path, 'read');
  try {
    const reader = new BlockReader(file, { path, number, end: await file.size() });
    let isWhole = true;
    for (let block = await reader.next(); block !== undefined; block = await reader.next()) {
      segments.enter(block);
      isWhole = block.isLast;
    }
    if (reader.position < reader.end || !isWhole) throw damaged({ path, byte: reader.position }, 'no block can be read here');
    segment.end = reader.end;
  } finally {
    await file.close();
  }
}
