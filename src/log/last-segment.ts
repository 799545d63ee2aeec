import type { OpenFile } from '../core/world.ts';
import type { VisibleEnd } from './end-file.ts';
import { ENDS_TRANSACTION, PLAIN, SEGMENT_HEADER_BYTES } from './format.ts';
import type { LogDamage } from './log-errors.ts';
import { type Flaw, type FoundBatch, scanSegment, type SegmentScan } from './segment-scan.ts';
import { segmentPath } from './segments.ts';

/** Something at the end of a segment that was never safe, and is not there any more. */
export interface Cut {
  readonly file: string;
  readonly at: number;
  readonly bytes: number;
  /** The position that the next record gets. */
  readonly position: number;
}

/** What is known and what turns up about the last segment. */
export class Findings {
  readonly cut: Cut[] = [];
  readonly damage: LogDamage[] = [];
  readonly origins: Set<string> = new Set();
  /** The position that was published as the end and was safe; 0 when that is not known. */
  readonly seen: number;
  /** So many bytes of the last segment were safe once. */
  safe: number;
  readonly path: string;
  readonly base: number;

  constructor(folder: string, base: number, known: VisibleEnd | undefined) {
    this.base = base;
    this.path = segmentPath(folder, base);
    this.seen = known?.synced === true && known.segment >= base ? known.position : 0;
    this.safe = known?.synced === true && known.segment === base ? known.byte : SEGMENT_HEADER_BYTES;
  }

  lost(file: string, at: number, bytes: number, next: number, why: string, first = 0): void {
    this.damage.push({ file, at, bytes, first, next, why });
  }

  flaw({ at, bytes, first, next, why }: Flaw): void {
    const behind = next === undefined ? Math.max(this.seen, this.base + first) : this.base + next;
    this.lost(this.path, at, bytes, behind, why, this.base + first);
  }
}

/** What stands in the last segment, and where it is to end. */
export interface LastSegment {
  readonly scan: SegmentScan;
  /** The ones that stay. */
  readonly batches: readonly FoundBatch[];
  readonly end: number;
}

/** Goes through the last segment and tells what was never safe from damage. Writes nothing. */
export async function examineLast(file: OpenFile, findings: Findings): Promise<LastSegment> {
  const { path, base } = findings;
  const batches: FoundBatch[] = [];
  const scan = await scanSegment(file, path, (batch) => {
    batches.push(batch);
    findings.safe = Math.max(findings.safe, batch.header.safe);
  });
  const end = judge(scan, batches, findings);
  for (const { header } of batches) if (header.origin !== PLAIN) findings.origins.add(header.origin);
  if (scan.madeAt === undefined && batches.length > 0) {
    findings.lost(path, 0, SEGMENT_HEADER_BYTES, base, 'the header of the segment is broken', base);
  }
  return { scan, batches, end };
}

/** Where the segment ends from now on. Batches that do not stay are taken out of the list. */
function judge(scan: SegmentScan, batches: FoundBatch[], findings: Findings): number {
  let end = Math.max(scan.end, SEGMENT_HEADER_BYTES);
  for (const flaw of scan.flaws) {
    if (flaw.at >= findings.safe) {
      end = flaw.at;
      break;
    }
    findings.flaw(flaw);
    if (flaw.next === undefined) end = scan.size;
  }
  while (batches.length > 0 && batches.at(-1)!.at >= end) batches.pop();
  return Math.min(end, unfinished(batches, findings.safe) ?? end);
}

/**
 * Where a transaction begins that was still being copied in when the process died: none of it was ever visible, and who
 * staged it commits it again. One that was safe to its end and lacks a batch now is damage, which was reported already.
 */
function unfinished(batches: FoundBatch[], safe: number): number | undefined {
  const last = batches.at(-1);
  if (last === undefined || last.header.origin === PLAIN || (last.header.flags & ENDS_TRANSACTION) !== 0) return undefined;
  let begin: number | undefined;
  while (batches.at(-1)?.header.origin === last.header.origin && batches.at(-1)!.at >= safe) begin = batches.pop()!.at;
  return begin;
}
