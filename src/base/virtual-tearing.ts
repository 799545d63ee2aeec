import type { Random } from '../core/world.ts';
import type { Change, Content } from './virtual-content.ts';

/** What a disk writes whole or not at all. */
const SECTOR = 512;

/** How often everything survives, and how often nothing; the wide middle would almost never come to either. */
const EXTREME = 0.2;

/** A share of what was written that reaches the disk: all, nothing, or any part; drawn once for things that go together. */
export function drawShare(random: Random): number {
  const drawn = random.next();
  return drawn < EXTREME ? 1 : drawn < 2 * EXTREME ? 0 : random.next();
}

/**
 * What a power cut may leave of a file: of each sector that was changed since the last sync one of its versions, so
 * that a write is torn inside and a later one survives without the one before it; and for the length one of those on
 * the way, with zeros where nothing survived. A sector is never torn itself.
 *
 * This is harder than a file system with a journal, which for one does not grow a file it has not first cut; but POSIX
 * promises no more.
 */
export function tear(synced: Content, changes: readonly Change[], random: Random): { readonly content: Content; readonly whole: Content } {
  const whole = synced.copy();
  const lengths = [whole.length];
  const versions = new Map<number, Uint8Array[]>();
  for (const change of changes) {
    const before = whole.length;
    whole.apply(change);
    lengths.push(whole.length);
    const [from, to] =
      'truncate' in change ? [Math.min(before, change.truncate), before] : [change.position, change.position + change.bytes.length];
    for (let sector = Math.floor(from / SECTOR); sector * SECTOR < to; sector++) {
      const bytes = new Uint8Array(SECTOR);
      whole.read(bytes, sector * SECTOR);
      const known = versions.get(sector);
      if (known === undefined) versions.set(sector, [bytes]);
      else known.push(bytes);
    }
  }
  if (changes.length === 0) return { content: whole, whole };
  const share = drawShare(random);
  if (share === 1) return { content: whole.copy(), whole };
  const content = synced.copy();
  if (share === 0) return { content, whole };
  const length = lengths[Math.floor(random.next() * lengths.length)]!;
  for (const [sector, known] of versions) {
    const survivor = random.next() < share ? drawLate(known, random) : undefined;
    if (survivor !== undefined) content.apply({ bytes: survivor, position: sector * SECTOR });
  }
  content.apply({ truncate: length });
  return { content, whole };
}

/** Mostly the last, for a sector that was written often would else seldom hold what was written last. */
export function drawLate<T>(versions: readonly T[], random: Random): T | undefined {
  return random.next() < 0.75 ? versions.at(-1) : versions[Math.floor(random.next() * versions.length)];
}
