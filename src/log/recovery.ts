import type { Clock, Files, OpenFile } from '../core/world.ts';
import { ActiveSegment } from './active-segment.ts';
import { readEnd, type VisibleEnd, writeEnd } from './end-file.ts';
import { SEGMENT_HEADER_BYTES, segmentHeader } from './format.ts';
import { type Cut, examineLast, Findings } from './last-segment.ts';
import type { LogDamage } from './log-errors.ts';
import { SegmentIndex } from './segment-index.ts';
import { listSegments, segmentPath } from './segments.ts';
import { removeCommitted, syncStaged } from './staged-files.ts';

/** What was found when a partition was opened. */
export interface Recovered {
  readonly cut: readonly Cut[];
  readonly damage: readonly LogDamage[];
}

export interface RecoveredLog extends Recovered {
  readonly segments: readonly number[];
  readonly active: ActiveSegment;
  readonly end: VisibleEnd;
  readonly endFile: OpenFile;
}

/**
 * Makes of what a killed process or a power cut left a log that can be written on. Whoever calls it has the lock.
 *
 * Only the last segment is looked through: the ones before were synced before it was begun. In it, what is broken and was
 * never safe is cut; what was safe once and is broken now is damage: it stays, and the rest around it can be read. Behind
 * damage at the very end the log goes on in a new segment, at the position that readers may have seen as the end.
 */
export async function recover(files: Files, clock: Clock, folder: string): Promise<RecoveredLog> {
  await files.makeFolder(folder);
  const endFile = await files.open(`${folder}/end`, 'extend');
  let active: ActiveSegment | undefined;
  try {
    const known = await readEnd(endFile, `${folder}/end`);
    const segments = await listSegments(files, folder);
    // An index or a repair that was not finished.
    for (const name of await files.list(folder)) if (name.endsWith('.part')) await files.remove(`${folder}/${name}`);
    const findings = new Findings(folder, segments.at(-1) ?? 0, known);
    if (segments.length === 0) {
      if (findings.seen > 0) findings.lost(segmentPath(folder, 0), 0, 0, findings.seen, 'the segments are gone');
      segments.push(findings.seen);
      active = await ActiveSegment.create(files, folder, findings.seen, clock.now());
    }
    active ??= await openLast(files, folder, findings, clock);
    await removeCommitted(files, folder, findings.origins);
    const position = active.base + active.next;
    if (position < findings.seen) {
      const isTold = findings.damage.at(-1)?.next === findings.seen;
      if (!isTold) findings.lost(findings.path, active.bytes, 0, findings.seen, 'the end of the log is missing', position);
      await syncStaged(files, folder);
      await active.seal();
      await active.close();
      active = await ActiveSegment.create(files, folder, findings.seen, clock.now());
      segments.push(active.base);
    }
    await files.syncFolder(folder);
    const end = { position: active.base + active.next, segment: active.base, byte: active.bytes, synced: true };
    await writeEnd(endFile, end);
    return { segments, active, end, endFile, cut: findings.cut, damage: findings.damage };
  } catch (error) {
    await active?.close().catch(() => {});
    await endFile.close().catch(() => {});
    throw error;
  }
}

async function openLast(files: Files, folder: string, findings: Findings, clock: Clock): Promise<ActiveSegment> {
  const { path, base } = findings;
  const file = await files.open(path, 'extend');
  try {
    const { scan, batches, end } = await examineLast(file, findings);
    const index = new SegmentIndex(base);
    for (const batch of batches) index.add(batch);
    index.cut(end, index.next);
    if (scan.size > end) {
      findings.cut.push({ file: path, at: end, bytes: scan.size - end, position: base + index.next });
      await file.truncate(end);
    }
    if (scan.madeAt === undefined) await file.write(segmentHeader(base, clock.now()), 0);
    // Where nothing behind the header is known to be safe, neither is the header.
    const from = findings.safe > SEGMENT_HEADER_BYTES ? findings.safe : 0;
    await rewrite(file, Math.min(from, end), end);
    await file.sync();
    return new ActiveSegment(files, folder, file, index, scan.madeAt ?? clock.now());
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

/**
 * Writes what may not be on the disk once more. After a failed sync Linux takes the pages for clean although the disk
 * does not have them: only what is written again is written out by the next sync.
 */
async function rewrite(file: OpenFile, from: number, to: number): Promise<void> {
  const block = new Uint8Array(Math.min(1 << 20, Math.max(0, to - from)));
  for (let at = from; at < to; at += block.length) {
    const read = await file.read(block.subarray(0, Math.min(block.length, to - at)), at);
    await file.write(block.subarray(0, read), at);
  }
}
