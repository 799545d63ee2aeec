import { HeadraceError } from '../../core/error.ts';
import type { Files, OpenFile } from '../../core/world.ts';
import { blockRecords } from './block-records.ts';
import { type Content, plainContent } from './content.ts';
import type { Packing } from './compression.ts';
import { explain } from '../disk-errors.ts';
import { lineRecords } from './line-records.ts';
import { pageRecords } from './page-records.ts';
import { checked, refuseForeign } from './checked-content.ts';
import { firstBytes, HEAD_BYTES, headOf, isHead, type KeptPlace, type Place, replaced, shorter } from './place.ts';
import type { FileRecords } from './records.ts';
import type { Settings } from './source-options.ts';
import { refuseBundled } from './threads-bundled.ts';
import { ThreadedRecords, UNIT_BYTES } from './threads-records.ts';
import { packingFor, UnpackedContent } from './unpacked-content.ts';

/** A file that is open, and what a checkpoint keeps of a place in it. */
export interface OpenRecords<T> {
  readonly records: FileRecords<T>;
  kept(place: Place): KeptPlace;
}

export interface Opening<T> {
  readonly path: string;
  readonly where: string;
  readonly settings: Settings<T>;
  /** Where it goes on. */
  readonly from: KeptPlace;
}

/** What is read of a file before it is known what it is: of many files it is all there is. */
const FIRST_BYTES = 4096;

/** Opens a file by what it is: packed or plain, of lines, blocks or pages. */
export async function openRecords<T>(files: Files, { path, where, settings, from }: Opening<T>): Promise<OpenRecords<T>> {
  const told = (error: unknown): HeadraceError => explain(error, where);
  const file = await files.open(path, 'read').catch((error: unknown) => {
    throw told(error);
  });
  try {
    const first = await firstBytes(file, FIRST_BYTES);
    const bytes = first.length < FIRST_BYTES ? first.length : await file.size();
    const packing = packingFor(settings.compression, first);
    if (from.head !== undefined) checkHead(first, from, { where, bytes });
    if (packing === undefined && isByBytes(settings) && from.at > bytes) throw shorter(where, from.at, bytes);
    const records = await recordsOf(files, file, { where, settings, from, bytes, first, packing, explain: told });
    return { records, kept: keeper(first, bytes, packing === undefined && isByBytes(settings)) };
  } catch (error) {
    await file.close();
    throw told(error);
  }
}

/**
 * What a checkpoint keeps of a place. Of a plain file only what stands before the place counts, since the rest may be
 * still to come; another read that ends there finds the same.
 */
function keeper(first: Uint8Array, bytes: number, isPlain: boolean): (place: Place) => KeptPlace {
  const most = Math.min(bytes, first.length, HEAD_BYTES);
  const whole = headOf(first, most);
  return (place) => ({
    ...place,
    head: !isPlain || place.at >= most ? whole : headOf(first, place.at),
    isEnd: isPlain && place.at >= bytes ? true : undefined,
  });
}

interface Found<T> {
  readonly where: string;
  readonly settings: Settings<T>;
  readonly from: Place;
  readonly bytes: number;
  readonly first: Uint8Array;
  readonly packing: Packing | undefined;
  explain(error: unknown): HeadraceError;
}

async function recordsOf<T>(files: Files, file: OpenFile, found: Found<T>): Promise<FileRecords<T>> {
  const { where, settings, from, bytes, first, packing, explain } = found;
  const { format, pieceBytes, blockBytes, unpackedBytes } = settings;
  if (!isByBytes(settings)) {
    if (packing !== undefined) throw packed(where, packing, format.kind);
    return pageRecords(file, format.pages!, { where, from, pieceBytes, bytes, explain });
  }
  const isReused = packing !== undefined || format.blocks?.copies === true;
  const at = packing === undefined ? from.at : 0;
  // Blocks that are smaller than this are wanted small.
  const begun = first.subarray(blockBytes < FIRST_BYTES ? first.length : Math.min(at, first.length));
  const isWhole = begun.length > 0 && first.length < FIRST_BYTES;
  if (packing === undefined && isThreaded(file, found)) return await threadedRecords(files, file, found);
  const plain = plainContent(file, { from: at, bytes, begun, isWhole, blockBytes, isReused, explain });
  if (packing === undefined) return contentRecords(plain, { where, settings, from });
  const content = new UnpackedContent(plain, { packing, head: first, where, skip: from.at, unpackedBytes });
  return contentRecords(content, { where, settings, from });
}

/** Fewer units than that are read before a thread has begun. */
const LEAST_UNITS = 4;

/** A disk that is none of this machine, as that of a simulation, has one reader: threads know nothing of it. */
function isThreaded<T>({ descriptor }: OpenFile, { settings, bytes, from }: Found<T>): boolean {
  return settings.threads > 0 && descriptor !== undefined && bytes - from.at >= LEAST_UNITS * UNIT_BYTES;
}

async function threadedRecords<T>(files: Files, file: OpenFile, found: Found<T>): Promise<FileRecords<T>> {
  const { where, settings, from, bytes, first, explain } = found;
  const { format, threads, recordBytes } = settings;
  const split = format.blocks!.split!;
  await refuseBundled(files, split.module);
  if (from.at === 0) refuseForeign(first, where);
  return new ThreadedRecords({ file, split, threads, where, from, bytes, recordBytes, explain });
}

/** The records of a content, which begins at `from`. */
export function contentRecords<T>(
  content: Content,
  { where, settings, from }: { readonly where: string; readonly settings: Settings<T>; readonly from: Place },
): FileRecords<T> {
  const { format, recordBytes, keepsEmpty } = settings;
  const text = from.at === 0 ? checked(content, where) : content;
  if (format.blocks !== undefined) return blockRecords(text, format.blocks, { where, from, recordBytes });
  return lineRecords(text, { where, from, recordBytes, keepsEmpty });
}

/** Is it read from the front, with bytes for places? Else it has pages, and its places are rows. */
function isByBytes<T>({ format }: Settings<T>): boolean {
  return format.blocks !== undefined || format.pages === undefined;
}

function checkHead(first: Uint8Array, from: KeptPlace, { where, bytes }: { readonly where: string; readonly bytes: number }): void {
  if (isHead(first, from.head!)) return;
  if (bytes < Number.parseInt(from.head!, 10)) throw shorter(where, from.at, bytes);
  throw replaced(where);
}

function packed(where: string, packing: Packing, kind: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_PACKED',
    where,
    what: `the file is packed by ${packing}, and ${kind} wants to read anywhere in it`,
    todo: 'Unpack it first. Such formats pack by themselves, inside the file.',
  });
}
