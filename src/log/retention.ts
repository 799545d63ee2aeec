import type { Files } from '../core/world.ts';
import { readIndex } from './segment-index.ts';
import { indexPath, segmentPath } from './segments.ts';

/** What a log keeps. Absent means no bound. */
export interface Keep {
  readonly forMs?: number;
  readonly bytes?: number;
}

/**
 * Removes the oldest sealed segments that are not to be kept and answers which stay. Age counts from the append, not from
 * the event time: old events that are replayed into a topic are new there. Each removal is synced before the next, since a
 * power cut may take back a removal and leave a later one, and a hole would look like damage.
 */
export async function removeExpired(files: Files, folder: string, segments: readonly number[], keep: Keep, now: number): Promise<number[]> {
  const kept = [...segments];
  if (keep.forMs === undefined && keep.bytes === undefined) return kept;
  const sizes = new Map<number, number>();
  for (const base of kept) sizes.set(base, (await files.stat(segmentPath(folder, base)))?.bytes ?? 0);
  let bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  while (kept.length > 1) {
    const oldest = kept[0]!;
    const isTooMuch = keep.bytes !== undefined && bytes > keep.bytes;
    const isTooOld = keep.forMs !== undefined && (await readIndex(files, folder, oldest)).appendedAt + keep.forMs < now;
    if (!isTooMuch && !isTooOld) break;
    // The index first: one without its segment would stay for ever, a segment without its index is whole.
    await files.remove(indexPath(folder, oldest));
    await files.remove(segmentPath(folder, oldest));
    await files.syncFolder(folder);
    bytes -= sizes.get(oldest)!;
    kept.shift();
  }
  return kept;
}
