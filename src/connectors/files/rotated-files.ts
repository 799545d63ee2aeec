import { hasCode } from '../../core/error.ts';
import type { Files, FileStat } from '../../core/world.ts';
import { packingOf } from './compression.ts';
import { firstBytes, isHead, type KeptPlace } from './place.ts';

/** A file that had the name once. */
export interface Rotated {
  readonly path: string;
  readonly identity: string | undefined;
  readonly modifiedMs: number;
  readonly head: string | undefined;
}

/** Among so many files beside it, one that was renamed is looked for. */
const MOST_BESIDE = 10_000;

interface Wanted {
  readonly identity: string | undefined;
  readonly place: KeptPlace;
}

/**
 * The file in which a place stands: under its name, or under another one in the same folder. Its identity tells; where
 * that is nowhere to be found, as after a copy of it was kept and it was cut, how it begins does.
 */
export async function findRotated(files: Files, path: string, wanted: Wanted): Promise<Rotated | 'itself' | undefined> {
  const own = await look(files, path);
  const isOwn = own !== undefined && (await holds(files, path, own, wanted.place));
  if (isOwn && (own.identity === wanted.identity || wanted.identity === undefined)) return 'itself';
  const beside = await filesBeside(files, path);
  const renamed = beside.find(({ stat }) => stat.identity !== undefined && stat.identity === wanted.identity);
  if (renamed !== undefined && (await holds(files, renamed.path, renamed.stat, wanted.place))) return rotated(renamed, wanted);
  // A place in front of everything is in every file: the one of today does.
  if (isOwn) return 'itself';
  for (const copy of beside) {
    if (isOlderName(copy.path, path) && (await holds(files, copy.path, copy.stat, wanted.place))) return rotated(copy, wanted);
  }
  return undefined;
}

/** Files that were renamed after this one, in their order, and not yet read. Copies of it and packed ones are none of them. */
export async function laterRotated(
  files: Files,
  path: string,
  { identity, modifiedMs, head }: Pick<Rotated, 'identity' | 'modifiedMs' | 'head'>,
): Promise<Rotated[]> {
  const beside = (await filesBeside(files, path)).filter(
    ({ path: name, stat }) => isOlderName(name, path) && stat.identity !== identity && stat.modifiedMs >= modifiedMs,
  );
  const later: Beside[] = [];
  for (const one of beside) {
    const first = await beginning(files, one.path);
    const isCopy = head !== undefined && Number.parseInt(head, 10) > 0 && isHead(first, head);
    if (first.length > 0 && !isCopy && packingOf(first) === undefined) later.push(one);
  }
  return later
    .sort((a, b) => a.stat.modifiedMs - b.stat.modifiedMs)
    .map(({ path: at, stat }) => ({ path: at, identity: stat.identity, modifiedMs: stat.modifiedMs, head: undefined }));
}

interface Beside {
  readonly path: string;
  readonly stat: FileStat;
}

function rotated({ path, stat }: Beside, { place }: Wanted): Rotated {
  return { path, identity: stat.identity, modifiedMs: stat.modifiedMs, head: place.head };
}

/** Is the place in this file: is it long enough, and does it begin so? */
async function holds(files: Files, path: string, stat: FileStat, { at, head }: KeptPlace): Promise<boolean> {
  if (stat.bytes < at) return false;
  return head === undefined || isHead(await beginning(files, path), head);
}

/** What logrotate and its like make of `app.log`: `app.log.1`, `app.log-20261121`. */
function isOlderName(name: string, path: string): boolean {
  return name.startsWith(`${path}.`) || name.startsWith(`${path}-`);
}

async function filesBeside(files: Files, path: string): Promise<Beside[]> {
  const slash = path.lastIndexOf('/');
  const folder = slash === -1 ? '.' : path.slice(0, slash) || '/';
  const before = path.slice(0, slash + 1);
  const names = (await files.list(folder)).filter((name) => before + name !== path);
  // Those of a name like its own first, should there be too many.
  const ordered = [
    ...names.filter((name) => isOlderName(before + name, path)),
    ...names.filter((name) => !isOlderName(before + name, path)),
  ];
  const found: Beside[] = [];
  for (const name of ordered.slice(0, MOST_BESIDE)) {
    const stat = await look(files, before + name);
    if (stat !== undefined) found.push({ path: before + name, stat });
  }
  return found;
}

async function look(files: Files, path: string): Promise<FileStat | undefined> {
  const stat = await files.stat(path);
  return stat?.isFolder === true ? undefined : stat;
}

/** The first bytes of a file; none where it is gone again or may not be read. */
async function beginning(files: Files, path: string): Promise<Uint8Array> {
  try {
    const file = await files.open(path, 'read');
    try {
      return await firstBytes(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EPERM', 'EISDIR')) return new Uint8Array(0);
    throw error;
  }
}
