import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { text } from '../../codecs/text.ts';
import type { Codec } from '../../core/codec.ts';
import type { FileFormat } from '../../core/format.ts';
import type { Files } from '../../core/world.ts';
import type { FileSinkOptions } from './file-sink-options.ts';
import { readToy, toyFormat } from './format-rig.ts';
import { readLength } from './grown-length.ts';
import { grownOf } from './prepared-names.ts';

/** One way to write files under checkpoints. */
export interface Mode {
  readonly options: FileSinkOptions<string>;
  readonly format: Codec<string> | FileFormat<string>;
  /** Records come back by their names, since folders have no order. */
  readonly isSorted?: boolean;
}

/** Which land a record is of. */
export function landOf(value: string): string {
  return `land=${['CH', 'DE', 'FR', 'IT'][Number(/\d+/.exec(value)?.[0] ?? 0) % 4]}`;
}

const into = landOf;
const open = toyFormat({ isOpenEnded: true, group: 1 });

export const modes: Readonly<Record<string, Mode>> = {
  'one file a checkpoint': { options: {}, format: text() },
  'two records a file': { options: { roll: { records: 2 } }, format: text() },
  'some bytes a file, gzip': { options: { roll: { bytes: 24 }, compression: 'gzip', bufferBytes: 10 }, format: text() },
  'folders, two files open': { options: { into, openFiles: 2 }, format: text(), isSorted: true },
  'a format with an end': { options: {}, format: toyFormat({ group: 1 }) },
  'a format with an end, rolled into folders': { options: { into, roll: { records: 2 } }, format: toyFormat({ group: 1 }), isSorted: true },
  'one file that grows': { options: { mode: 'append' }, format: text() },
  'a format that grows': { options: { mode: 'append' }, format: open },
  'gzip that grows': { options: { mode: 'append', compression: 'gzip' }, format: text() },
  'zstd that grows': { options: { mode: 'append', compression: 'zstd', level: 1 }, format: open },
};

export function isGrown({ options }: Mode): boolean {
  return options.mode === 'append' && options.roll === undefined && options.into === undefined;
}

/** The records of everything committed, in order. Of a run without checkpoints, of everything there is. */
export async function recordsIn(files: Files, path: string, mode: Mode, isUnderCheckpoints = true): Promise<string[]> {
  const records: string[] = [];
  if (isGrown(mode) && isUnderCheckpoints) {
    for (const index of [0, 1]) {
      const bytes = (await readLength(files, path, index))?.bytes ?? 0;
      if (bytes > 0) records.push(...recordsOf(await content(files, grownOf(path, index), bytes), mode));
    }
    return records;
  }
  for (const name of await filesIn(files, parentOf(path))) records.push(...recordsOf(await content(files, name), mode));
  return mode.isSorted === true ? records.toSorted((a, b) => numberOf(a) - numberOf(b)) : records;
}

/** Of everything below a folder that is not hidden, by the numbers in the names. */
export async function filesIn(files: Files, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(folder)) {
    if (name.startsWith('.')) continue;
    const path = `${folder}/${name}`;
    if ((await files.stat(path))!.isFolder) found.push(...(await filesIn(files, path)));
    else found.push(path);
  }
  return found.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

export async function content(files: Files, path: string, length?: number): Promise<Uint8Array> {
  const file = await files.open(path, 'read');
  const bytes = new Uint8Array(length ?? (await file.size()));
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

export function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x1f) return gunzipSync(bytes, { finishFlush: 2 });
  if (bytes[0] === MAGIC[0]) return Buffer.concat(framesIn(bytes).map((frame) => zstdDecompressSync(frame, { finishFlush: 1 })));
  return bytes[0] === 0x78 ? inflateSync(bytes) : bytes;
}

const MAGIC = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

/** Node unpacks the first frame and no other. What is packed here is too short to have the magic number inside. */
function framesIn(bytes: Uint8Array): Uint8Array[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const frames: Uint8Array[] = [];
  for (let from = 0; from < all.length; ) {
    const next = all.indexOf(MAGIC, from + 1);
    const to = next === -1 ? all.length : next;
    frames.push(all.subarray(from, to));
    from = to;
  }
  return frames;
}

function recordsOf(bytes: Uint8Array, { format }: Mode): string[] {
  const all = new TextDecoder().decode(unpacked(bytes));
  return format.writing === undefined ? all.split('\n').slice(0, -1) : readToy(all);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/'));
}

function numberOf(record: string): number {
  return Number(/\d+/.exec(record)?.[0]);
}
