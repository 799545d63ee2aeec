import { crc32c } from '../base/crc32c.ts';
import { assert } from '../core/error.ts';
import type { RestoredSections, Section } from '../core/state.ts';
import type { Files, OpenFile } from '../core/world.ts';
import { FOOTER_BYTES, HEADER_BYTES, type Placed, readFooter, readHeader, sectionName, VERSION } from './checkpoint-format.ts';
import { damaged, tooNew } from './checkpoint-errors.ts';
import { fileOf } from './checkpoint-names.ts';
import type { CheckpointContent } from './checkpoints.ts';

const BLOCK_BYTES = 1 << 18;
/** What is read together stays in memory as long as one section of it does. */
const TOGETHER_BYTES = 1 << 20;

export type ReadCheckpoint = { readonly n: number; readonly content: CheckpointContent; readonly sections: RestoredSections } | Unreadable;

/** What is said of a damaged file. */
export interface Unreadable {
  readonly why: string;
  /** Sinks may have committed it: also said when nobody can know. */
  readonly mayBeCommitted: boolean;
}

export interface ReadOptions {
  /**
   * The bytes that are checked are those that are asked for next: each section is kept until it has been read once. A
   * start reads all of them, and would otherwise read everything twice.
   */
  readonly keeps?: boolean;
}

/** Reads a checkpoint and checks every byte of it, in blocks; its sections are read again when asked for, unless they are kept. */
export async function readCheckpoint(files: Files, path: string, { keeps = false }: ReadOptions = {}): Promise<ReadCheckpoint> {
  const file = await files.open(path, 'read');
  try {
    return await check(file, { files, path, kept: keeps ? new Map() : undefined });
  } finally {
    await file.close();
  }
}

/** A checkpoint without its state. */
export interface CheckpointSummary {
  readonly n: number;
  readonly content: CheckpointContent;
  readonly sections: readonly Placed[];
  /** Of the file. */
  readonly bytes: number;
}

/** Reads header, end, index and content and checks these; the sections are not looked at. */
export async function readSummary(files: Files, path: string): Promise<CheckpointSummary | Unreadable> {
  const file = await files.open(path, 'read');
  try {
    return await summary(file, path);
  } finally {
    await file.close();
  }
}

async function summary(file: OpenFile, path: string): Promise<CheckpointSummary | Unreadable> {
  const size = await file.size();
  const header = readHeader(await bytesAt(file, 0, HEADER_BYTES));
  if (header === undefined) return { why: 'its header is damaged', mayBeCommitted: true };
  if (header.version > VERSION) throw tooNew(path, header.version);
  const mayBeCommitted = header.tokens > 0;
  const footer = size < HEADER_BYTES + FOOTER_BYTES ? undefined : readFooter(await bytesAt(file, size - FOOTER_BYTES, FOOTER_BYTES), size);
  if (footer === undefined) return { why: 'its end is damaged or missing', mayBeCommitted };
  const { indexAt, indexBytes, contentBytes, crc } = footer;
  const text = await bytesAt(file, indexAt, indexBytes + contentBytes);
  if (crc32c(text) !== crc) return { why: 'its index is damaged', mayBeCommitted };
  const decoder = new TextDecoder();
  const placed = JSON.parse(decoder.decode(text.subarray(0, indexBytes))) as readonly Placed[];
  const { n, ...content } = JSON.parse(decoder.decode(text.subarray(indexBytes))) as CheckpointContent & { readonly n: number };
  let at = HEADER_BYTES;
  for (const section of placed) {
    if (section.of !== undefined) continue;
    assert(section.at === at, 'sections of a checkpoint stand one after the other');
    at += section.bytes;
  }
  assert(at === indexAt, 'the index of a checkpoint stands behind its last section');
  return { n, content, sections: placed, bytes: size };
}

interface Reading {
  readonly files: Files;
  readonly path: string;
  readonly kept: Map<Placed, Uint8Array> | undefined;
}

async function check(file: OpenFile, { files, path, kept }: Reading): Promise<ReadCheckpoint> {
  const found = await summary(file, path);
  if ('why' in found) return found;
  const { n, content, sections } = found;
  const mayBeCommitted = content.tokens.length > 0;
  const paths = new Map<number | undefined, string>([[undefined, path]]);
  for (const [of, placed] of Map.groupBy(sections, (section) => section.of)) {
    const its = of === undefined ? path : await fileOf(files, path, of);
    if (its === undefined) return { why: `checkpoint ${of}, which it refers to, is not there`, mayBeCommitted };
    paths.set(of, its);
    const spoilt = await spoiltIn(of === undefined ? file : await files.open(its, 'read'), placed, { kept, closes: of !== undefined });
    if (spoilt !== undefined) return { why: `its ${told(spoilt)} is damaged${of === undefined ? '' : ` in ${its}`}`, mayBeCommitted };
  }
  return { n, content, sections: restored({ files, path, kept }, paths, sections) };
}

interface Checking {
  readonly kept: Reading['kept'];
  readonly closes: boolean;
}

/** The first of these sections that is not as it was written. */
async function spoiltIn(file: OpenFile, placed: readonly Placed[], { kept, closes }: Checking): Promise<Placed | undefined> {
  try {
    if (kept !== undefined) return await keptFrom(file, placed, kept);
    for (const section of placed) if ((await checksumAt(file, section)) !== section.crc) return section;
    return undefined;
  } finally {
    if (closes) await file.close();
  }
}

/** Likewise, and keeps them. Those that follow one another are read together: a section is a few thousand bytes of many megabytes. */
async function keptFrom(file: OpenFile, placed: readonly Placed[], kept: Map<Placed, Uint8Array>): Promise<Placed | undefined> {
  for (let from = 0; from < placed.length; ) {
    const first = placed[from]!;
    let to = from + 1;
    let bytes = first.bytes;
    while (to < placed.length && placed[to]!.at === first.at + bytes && bytes + placed[to]!.bytes <= TOGETHER_BYTES)
      bytes += placed[to++]!.bytes;
    const read = await bytesAt(file, first.at, bytes);
    for (; from < to; from++) {
      const section = placed[from]!;
      const at = section.at - first.at;
      const own = read.subarray(at, at + section.bytes);
      if (own.length !== section.bytes || crc32c(own) !== section.crc) return section;
      kept.set(section, own);
    }
  }
  return undefined;
}

function restored({ files, kept }: Reading, paths: ReadonlyMap<number | undefined, string>, placed: readonly Placed[]): RestoredSections {
  const places = new Map<Section, Placed>();
  for (const known of placed) {
    const { at: _at, bytes: _bytes, crc: _crc, of: _of, ...section } = known;
    places.set(section, known);
  }
  const list = [...places.keys()];
  return {
    list: () => list,
    async read(section) {
      // One that was copied on its way, to another thread for instance, is found by what it says.
      const place = places.get(section) ?? placed.find((known) => sectionName(known) === sectionName(section));
      assert(place !== undefined, 'only sections of the list are read');
      const known = kept?.get(place);
      if (known !== undefined) {
        kept!.delete(place);
        return known;
      }
      const path = paths.get(place.of)!;
      const file = await files.open(path, 'read');
      try {
        const bytes = await bytesAt(file, place.at, place.bytes);
        if (bytes.length !== place.bytes || crc32c(bytes) !== place.crc) throw damaged(path, `its ${told(section)} is damaged`);
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}

async function checksumAt(file: OpenFile, { at, bytes }: Placed): Promise<number> {
  const block = new Uint8Array(Math.min(bytes, BLOCK_BYTES));
  let crc = 0;
  for (let done = 0; done < bytes; ) {
    const got = await file.read(block.subarray(0, Math.min(block.length, bytes - done)), at + done);
    if (got === 0) break;
    crc = crc32c(block.subarray(0, got), crc);
    done += got;
  }
  return crc;
}

async function bytesAt(file: OpenFile, at: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await file.read(bytes, at));
}

function told({ operator, cell, scope }: Section): string {
  const { kind, ...of } = scope;
  return `section '${operator}' ${cell} (${[kind, ...Object.values(of)].join(' ')})`;
}
