import type { Files } from '../core/world.ts';
import { readEnd, type VisibleEnd } from './end-file.ts';
import { type BatchHeader, IS_HOLE, SEGMENT_HEADER_BYTES } from './format.ts';
import { examineLast, Findings } from './last-segment.ts';
import type { LogDamage } from './log-errors.ts';
import { scanSegment } from './segment-scan.ts';
import { listSegments, segmentPath } from './segments.ts';
import { listStaged } from './staged-files.ts';

/** What one partition holds, byte by byte. */
export interface PartitionCheck {
  readonly partition: number;
  readonly folder: string;
  readonly segments: number;
  readonly first: number;
  readonly end: number;
  readonly bytes: number;
  readonly records: number;
  /** Of the event times; NaN when no record has one. */
  readonly minTime: number;
  readonly maxTime: number;
  /** What a killed process left at the end; the next writer cuts it. */
  readonly torn: { readonly file: string; readonly at: number; readonly bytes: number } | undefined;
  readonly damage: readonly LogDamage[];
  /** Files of checkpoints that were not committed. */
  readonly staged: readonly string[];
}

export interface LogCheck {
  readonly partitions: readonly PartitionCheck[];
  /** No damage anywhere. A torn end is none. */
  readonly isSound: boolean;
}

/** Reads every byte of a topic and says what it found. It writes nothing and needs no lock; what is being written meanwhile may look torn. */
export async function checkLog(files: Files, folder: string): Promise<LogCheck> {
  const partitions: PartitionCheck[] = [];
  for (const partition of await partitionsOf(files, folder))
    partitions.push(await checkPartition(files, `${folder}/${partition}`, partition));
  return { partitions, isSound: partitions.every(({ damage }) => damage.length === 0) };
}

/** The partitions a topic has on the disk. */
export async function partitionsOf(files: Files, folder: string): Promise<number[]> {
  return (await files.list(folder))
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

export async function checkPartition(files: Files, folder: string, partition: number): Promise<PartitionCheck> {
  const segments = await listSegments(files, folder);
  const findings = new Findings(folder, segments.at(-1) ?? 0, await readEndOf(files, folder));
  const tally = new Tally();
  const damage: LogDamage[] = [];
  for (const [i, base] of segments.slice(0, -1).entries()) {
    damage.push(...(await checkSealed(files, folder, base, segments[i + 1]!, (header) => tally.add(header))));
  }
  let end = segments.at(-1) ?? 0;
  let torn: PartitionCheck['torn'];
  let bytes = 0;
  for (const base of segments) bytes += (await files.stat(segmentPath(folder, base)))?.bytes ?? 0;
  if (segments.length > 0) {
    const file = await files.open(findings.path, 'read');
    try {
      const last = await examineLast(file, findings);
      for (const { header } of last.batches) {
        tally.add(header);
        end = findings.base + header.first + header.records;
      }
      if (last.scan.size > last.end) torn = { file: findings.path, at: last.end, bytes: last.scan.size - last.end };
    } finally {
      await file.close();
    }
  }
  if (end < findings.seen && findings.damage.at(-1)?.next !== findings.seen) {
    findings.lost(findings.path, bytes, 0, findings.seen, 'the end of the log is missing', end);
  }
  damage.push(...findings.damage);
  const { records, minTime, maxTime } = tally;
  const staged = await listStaged(files, folder);
  const known = {
    partition,
    folder,
    segments: segments.length,
    first: segments[0] ?? 0,
    end: Math.max(end, findings.seen),
    bytes,
    records,
  };
  return { ...known, minTime, maxTime, torn, damage, staged };
}

/** The damage in a segment that is not the last, up to where the next one begins. */
export async function checkSealed(
  files: Files,
  folder: string,
  base: number,
  nextBase: number,
  visit: (header: BatchHeader) => void = () => {},
): Promise<LogDamage[]> {
  const path = segmentPath(folder, base);
  const file = await files.open(path, 'read');
  try {
    const scan = await scanSegment(file, path, ({ header }) => visit(header));
    const damage = scan.flaws.map(({ at, bytes, first, next, why }): LogDamage => {
      const behind = next === undefined ? nextBase : base + next;
      return { file: path, at, bytes, first: base + first, next: behind, why };
    });
    if (scan.madeAt === undefined) {
      damage.unshift({
        file: path,
        at: 0,
        bytes: SEGMENT_HEADER_BYTES,
        first: base,
        next: base,
        why: 'the header of the segment is broken',
      });
    }
    const last = scan.flaws.at(-1);
    const isOpen = last !== undefined && last.next === undefined;
    if (base + scan.next < nextBase && !isOpen) {
      damage.push({
        file: path,
        at: scan.size,
        bytes: 0,
        first: base + scan.next,
        next: nextBase,
        why: 'the end of the segment is missing',
      });
    }
    return damage;
  } finally {
    await file.close();
  }
}

class Tally {
  records = 0;
  minTime: number = Number.NaN;
  maxTime: number = Number.NaN;

  add({ records, flags, minTime, maxTime }: BatchHeader): void {
    if ((flags & IS_HOLE) !== 0) return;
    this.records += records;
    if (!(this.minTime <= minTime) && !Number.isNaN(minTime)) this.minTime = minTime;
    if (!(this.maxTime >= maxTime) && !Number.isNaN(maxTime)) this.maxTime = maxTime;
  }
}

async function readEndOf(files: Files, folder: string): Promise<VisibleEnd | undefined> {
  const path = `${folder}/end`;
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  try {
    return await readEnd(file, path);
  } finally {
    await file.close();
  }
}
