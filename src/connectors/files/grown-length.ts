import { dirname } from 'node:path';
import { crc32c } from '../../base/crc32c.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Files } from '../../core/world.ts';
import { grownOf, indexIn, lengthOf } from './prepared-names.ts';
import { readText, replaceText } from './small-files.ts';
import type { PreparedLength } from './tokens.ts';

/** How many of the last bytes say whether a file is the same still. */
const CHECKED_BYTES = 4096;

/** What lies beside a file that grows. */
export interface GrownLength {
  /** How much of it is committed. */
  readonly bytes: number;
  readonly check: number;
  /** A run writes behind that, or was killed while it did. Otherwise nothing of ours is behind it. */
  readonly isOpen: boolean;
}

export async function readLength(files: Files, path: string, index: number): Promise<GrownLength | undefined> {
  const text = await readText(files, lengthOf(path, index));
  if (text === undefined) return undefined;
  try {
    const length = JSON.parse(text) as GrownLength;
    return Number.isSafeInteger(length.bytes) && length.bytes >= 0 ? length : undefined;
  } catch {
    return undefined;
  }
}

/** For good. */
export async function writeLength(files: Files, path: string, index: number, length: GrownLength): Promise<void> {
  await replaceText(files, lengthOf(path, index), JSON.stringify(length));
  await files.syncFolder(dirname(path));
}

/** From here on that much of the file is committed. Again as often as one likes, and never less than before. */
export async function commitLength(files: Files, { path, index, bytes, check }: PreparedLength, id: string): Promise<void> {
  const before = await readLength(files, path, index);
  if (before !== undefined && before.bytes >= bytes) {
    // A process may have been killed before it came to the sync of this name.
    await files.syncFolder(dirname(path));
    return;
  }
  await requireBytes(files, { path, index, bytes }, id);
  await writeLength(files, path, index, { bytes, check, isOpen: true });
}

/** The file is there and has at least what a checkpoint counts on; answers its length. */
export async function requireBytes(
  files: Files,
  { path, index, bytes }: Omit<PreparedLength, 'version' | 'kind' | 'check'>,
  id: string,
): Promise<number> {
  const place = grownOf(path, index);
  const found = (await files.stat(place))?.bytes;
  if (bytes === 0 || (found !== undefined && found >= bytes)) return found ?? 0;
  throw new HeadraceError({
    code: 'HR_OUTPUT_LOST',
    where: id,
    what: `a checkpoint counts on ${bytes} bytes of ${place}, and ${found === undefined ? 'it is not there' : `it has ${found}`}`,
    todo: 'Put the file back if somebody moved or cut it. Without it, begin anew or from an older checkpoint.',
  });
}

/** Of the last bytes in front of a length. */
export async function checkOf(files: Files, place: string, bytes: number): Promise<number> {
  if (bytes === 0) return 0;
  const file = await files.open(place, 'read');
  try {
    const last = new Uint8Array(Math.min(bytes, CHECKED_BYTES));
    return crc32c(last.subarray(0, await file.read(last, bytes - last.length)));
  } finally {
    await file.close();
  }
}

/** Without a token we go on behind what is there, but for what a killed run of ours has left. */
export async function oursIn(files: Files, place: string, length: GrownLength | undefined): Promise<number> {
  const found = (await files.stat(place))?.bytes ?? 0;
  const isOurs = length?.isOpen === true && found > length.bytes && (await checkOf(files, place, length.bytes)) === length.check;
  return isOurs ? length.bytes : found;
}

/** Cuts off what killed runs have left, of every writer but one. */
export async function cutBackAll(files: Files, path: string, except?: number): Promise<void> {
  for (const name of await files.list(dirname(path))) {
    const index = indexIn(name, path, 'length');
    if (index !== undefined && index !== except) await cutBack(files, path, index);
  }
}
async function cutBack(files: Files, path: string, index: number): Promise<void> {
  const place = grownOf(path, index);
  if ((await files.stat(place)) === undefined) return;
  const bytes = await oursIn(files, place, await readLength(files, path, index));
  const file = await files.open(place, 'extend');
  try {
    if ((await file.size()) <= bytes) return;
    await file.truncate(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

export function changed(place: string, why: string, id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OUTPUT_CHANGED',
    where: id,
    what: `somebody else has changed ${place}: ${why}`,
    todo: 'One run writes the file, and nobody else. Take out what others wrote and start again, or move the file away and begin anew without the checkpoint.',
  });
}
