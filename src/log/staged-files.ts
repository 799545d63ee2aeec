import { folderName } from '../base/folder-name.ts';
import type { Files, OpenFile } from '../core/world.ts';
import type { ActiveSegment } from './active-segment.ts';
import { ENDS_TRANSACTION, BATCH_HEADER_BYTES, readBatchHeader, SEGMENT_HEADER_BYTES, writeBatchHeader } from './format.ts';
import { damaged, writeFailed } from './log-errors.ts';
import { scanSegment } from './segment-scan.ts';
import type { StagedToken } from './staged-writer.ts';

/**
 * What is staged for a checkpoint lies in `staged/`, a file for each, until the checkpoint is committed. It is then copied
 * behind the end of the log, synced, made visible at once, and only then removed.
 *
 * So a file that is there was not committed, with one exception: the process died between the sync and the removal. The
 * transaction then stands at the end of the last segment, whole, since recovery cuts one that is not; recovery finds its
 * origin there and removes the file. Before a segment is left its removals are synced, so that a power cut cannot bring
 * back a file whose transaction lies further back. Hence: no file, or one of another origin, means committed or given up.
 */
const FOLDER = 'staged';

export function stagedPath(folder: string, by: string, n: number): string {
  return `${folder}/${FOLDER}/${folderName(by)}-${n}.staged`;
}

export function stagedName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export async function listStaged(files: Files, folder: string): Promise<readonly string[]> {
  if ((await files.stat(`${folder}/${FOLDER}`)) === undefined) return [];
  return (await files.list(`${folder}/${FOLDER}`)).filter((name) => name.endsWith('.staged'));
}

/** Makes removals survive a power cut. */
export async function syncStaged(files: Files, folder: string): Promise<void> {
  if ((await files.stat(`${folder}/${FOLDER}`)) !== undefined) await files.syncFolder(`${folder}/${FOLDER}`);
}

/** Of a process that died between a commit and the removal of what was staged for it. */
export async function removeCommitted(files: Files, folder: string, origins: ReadonlySet<string>): Promise<void> {
  if (origins.size === 0) return;
  for (const name of await listStaged(files, folder)) {
    const path = `${folder}/${FOLDER}/${name}`;
    const origin = await originOf(files, path);
    if (origin !== undefined && origins.has(origin)) await files.remove(path);
  }
}

/** Removes what somebody staged, whichever checkpoint it was for, but not the files of these tokens. */
export async function removeStaged(files: Files, folder: string, by: string, keep: readonly StagedToken[]): Promise<void> {
  const mine = `${folderName(by)}-`;
  for (const name of await listStaged(files, folder)) {
    if (!name.startsWith(mine) || !/^\d+\.staged$/.test(name.slice(mine.length))) continue;
    if (!keep.some(({ file }) => file === name)) await files.remove(`${folder}/${FOLDER}/${name}`);
  }
}

/** Opens what a token stands for and checks every byte of it; undefined when it was committed before. */
export async function openStaged(files: Files, folder: string, token: StagedToken): Promise<OpenFile | undefined> {
  const path = `${folder}/${FOLDER}/${stagedName(token.file)}`;
  if ((await files.stat(path)) === undefined) return undefined;
  const origin = await originOf(files, path);
  if (origin !== undefined && origin !== token.origin) return undefined;
  const file = await files.open(path, 'read');
  try {
    let [batches, crc] = [0, 0];
    const scan = await scanSegment(file, path, ({ header }) => {
      batches++;
      crc = (Math.imul(crc, 31) + header.bodyCrc) >>> 0;
    });
    const flaw = scan.flaws[0];
    if (flaw !== undefined || scan.size !== token.bytes || batches !== token.batches || crc !== token.crc || scan.next !== token.records) {
      const why = flaw?.why ?? 'it is not what was staged';
      throw damaged({ file: path, at: flaw?.at ?? scan.end, bytes: flaw?.bytes ?? 0, first: 0, next: 0, why });
    }
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Copies what is staged behind the end of a segment; nothing of it is synced, and nobody sees it yet. */
export async function copyStaged(file: OpenFile, token: StagedToken, segment: ActiveSegment, now: number): Promise<void> {
  const base = segment.next;
  let copied = 0;
  await scanSegment(file, token.file, async ({ header }, { bytes, at }) => {
    const isLast = header.ordinal === token.batches - 1;
    const placed = {
      ...header,
      first: base + header.first,
      appendedAt: now,
      safe: segment.safe,
      flags: isLast ? header.flags | ENDS_TRANSACTION : header.flags,
    };
    const batch = bytes.subarray(at, at + header.bytes);
    writeBatchHeader(batch, 0, placed);
    await segment.write(batch, [{ at: segment.bytes, header: placed }]);
    copied++;
  });
  // It was whole a moment ago. The part that was copied has no end, so recovery takes it back.
  if (copied !== token.batches) throw writeFailed(token.file, 'it changed while it was copied');
}

export async function removeToken(files: Files, folder: string, token: StagedToken): Promise<void> {
  await files.remove(`${folder}/${FOLDER}/${stagedName(token.file)}`);
}

/** Undefined when there is no sound batch at its beginning. */
async function originOf(files: Files, path: string): Promise<string | undefined> {
  const file = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(BATCH_HEADER_BYTES);
    if ((await file.read(bytes, SEGMENT_HEADER_BYTES)) < bytes.length) return undefined;
    const header = readBatchHeader(bytes, 0);
    return typeof header === 'string' ? undefined : header.origin;
  } finally {
    await file.close();
  }
}
