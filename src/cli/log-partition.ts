import type { Files } from '../core/world.ts';
import { readEnd } from '../log/end-file.ts';
import { writerOf } from '../log/partition-lock.ts';
import { readIndex } from '../log/segment-index.ts';
import { listSegments, segmentPath } from '../log/segments.ts';
import type { TopicLog } from '../log/topic-log.ts';

/** What a partition holds, by what stands in small files; only its last segment is read. */
export interface PartitionSight {
  readonly partition: number;
  readonly first: number;
  /** Of the next record. */
  readonly end: number;
  readonly bytes: number;
  readonly segments: number;
  /** Of the event times; NaN when no record has one. */
  readonly minTime: number;
  readonly maxTime: number;
  /** A repair has put something aside: not every position between `first` and `end` has a record. */
  readonly hasGaps: boolean;
  /** Who writes it now, as it says itself; undefined for nobody. */
  readonly writer: string | undefined;
}

export async function sightOf(files: Files, log: TopicLog, partition: number): Promise<PartitionSight> {
  const folder = log.partitionFolder(partition);
  const nothing = {
    partition,
    first: 0,
    end: 0,
    bytes: 0,
    segments: 0,
    minTime: Number.NaN,
    maxTime: Number.NaN,
    hasGaps: false,
    writer: undefined,
  };
  if ((await files.stat(folder)) === undefined) return nothing;
  const segments = await listSegments(files, folder);
  let bytes = 0;
  let end = segments.at(-1) ?? 0;
  let minTime = Number.POSITIVE_INFINITY;
  let maxTime = Number.NEGATIVE_INFINITY;
  for (const base of segments) {
    const stat = await files.stat(segmentPath(folder, base));
    if (stat === undefined) continue; // Its time was over while we were looking.
    const index = await readIndex(files, folder, base);
    bytes += stat.bytes;
    minTime = Math.min(minTime, index.minTime);
    maxTime = Math.max(maxTime, index.maxTime);
    end = base + index.next;
  }
  const times = minTime <= maxTime ? { minTime, maxTime } : { minTime: Number.NaN, maxTime: Number.NaN };
  const visible = await visibleEnd(files, folder);
  const hasGaps = (await files.list(folder)).some((name) => /\.damaged-\d+$/.test(name));
  return {
    partition,
    first: segments[0] ?? 0,
    end: visible ?? end,
    bytes,
    segments: segments.length,
    ...times,
    hasGaps,
    writer: await writerOf(files, folder),
  };
}

async function visibleEnd(files: Files, folder: string): Promise<number | undefined> {
  const path = `${folder}/end`;
  if ((await files.stat(path)) === undefined) return undefined;
  const file = await files.open(path, 'read');
  try {
    return (await readEnd(file, path))?.position;
  } finally {
    await file.close();
  }
}
