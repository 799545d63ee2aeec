import type { Clock, Files, OpenFile } from '../core/world.ts';
import { ActiveSegment } from './active-segment.ts';
import { checkSealed, partitionsOf } from './check.ts';
import { writeEnd } from './end-file.ts';
import { BATCH_HEADER_BYTES, type BatchHeader, IS_HOLE, PLAIN, segmentHeader, SEGMENT_HEADER_BYTES, writeBatchHeader } from './format.ts';
import type { Cut } from './last-segment.ts';
import type { LogDamage } from './log-errors.ts';
import { lockToRepair } from './partition-lock.ts';
import { recover } from './recovery.ts';
import { indexOf, writeIndex } from './segment-index.ts';
import { scanSegment } from './segment-scan.ts';
import { listSegments, segmentPath } from './segments.ts';
import { syncStaged } from './staged-files.ts';

/** A damaged stretch that was put aside: positions `first` to just before `next` are passed over by readers from now on. */
export interface Moved {
  readonly from: string;
  /** Undefined where there were no bytes left to put aside. */
  readonly to: string | undefined;
  readonly bytes: number;
  readonly first: number;
  readonly next: number;
}

export interface LogRepair {
  readonly cut: readonly Cut[];
  readonly moved: readonly Moved[];
}

/**
 * Makes a damaged topic readable from end to end. Torn ends are cut, damaged stretches are moved to
 * `<segment>.damaged-<byte>`, a mark stands in their place, and indexes are made anew. Sound records keep their positions.
 */
export async function repairLog(files: Files, folder: string, clock: Clock): Promise<LogRepair> {
  const cut: Cut[] = [];
  const moved: Moved[] = [];
  for (const partition of await partitionsOf(files, folder)) {
    const found = await repairPartition(files, `${folder}/${partition}`, clock);
    cut.push(...found.cut);
    moved.push(...found.moved);
  }
  return { cut, moved };
}

export async function repairPartition(files: Files, folder: string, clock: Clock): Promise<LogRepair> {
  const lock = await lockToRepair({ files }, folder);
  try {
    const recovered = await recover(files, clock, folder);
    try {
      if (recovered.damage.length > 0) await leave(files, folder, clock, recovered.active, recovered.endFile);
    } finally {
      await recovered.active.close();
      await recovered.endFile.close();
    }
    const moved: Moved[] = [];
    const segments = await listSegments(files, folder);
    for (const [i, base] of segments.slice(0, -1).entries()) {
      const damage = await checkSealed(files, folder, base, segments[i + 1]!);
      if (damage.length > 0) moved.push(...(await rewrite(files, folder, base, damage, clock)));
      await writeIndex(files, folder, await indexOf(files, folder, base));
    }
    return { cut: recovered.cut, moved };
  } finally {
    await lock.release();
  }
}

/** Begins a segment behind the damaged one, so that no place in that one is the published end any more. */
async function leave(files: Files, folder: string, clock: Clock, active: ActiveSegment, endFile: OpenFile): Promise<void> {
  if (active.isEmpty) return;
  const position = active.base + active.next;
  await syncStaged(files, folder);
  await active.seal();
  const next = await ActiveSegment.create(files, folder, position, clock.now());
  await writeEnd(endFile, { position, segment: position, byte: next.bytes, synced: true });
  await next.close();
}

/** Writes a segment anew from its sound batches, with a mark for each stretch that is lost; it then takes the old one's place. */
async function rewrite(files: Files, folder: string, base: number, damage: readonly LogDamage[], clock: Clock): Promise<Moved[]> {
  const path = segmentPath(folder, base);
  const old = await files.open(path, 'read');
  const made = await files.open(`${path}.part`, 'create');
  const moved: Moved[] = [];
  try {
    let at = SEGMENT_HEADER_BYTES;
    const append = async (batch: Uint8Array, header: BatchHeader): Promise<void> => {
      // Everything before it is safe now; what it said of the old places means nothing here.
      writeBatchHeader(batch, 0, { ...header, safe: at });
      await made.write(batch, at);
      at += batch.length;
    };
    const waiting = [...damage];
    const mark = async (before: number): Promise<void> => {
      while (waiting.length > 0 && waiting[0]!.first < before) {
        const { first, next } = waiting.shift()!;
        if (next > first) await append(new Uint8Array(BATCH_HEADER_BYTES), hole(first - base, next - first, clock.now()));
      }
    };
    await made.write(segmentHeader(base, clock.now()), 0);
    await scanSegment(old, path, async ({ header }, block) => {
      await mark(base + header.first);
      await append(block.bytes.slice(block.at, block.at + header.bytes), header);
    });
    await mark(Number.POSITIVE_INFINITY);
    for (const stretch of damage) moved.push(await putAside(files, old, stretch));
    await made.sync();
  } finally {
    await old.close();
    await made.close();
  }
  // The stretches first, so that a power cut cannot take the old segment away without them.
  await files.syncFolder(folder);
  await files.rename(`${path}.part`, path);
  await files.syncFolder(folder);
  return moved;
}

async function putAside(files: Files, from: OpenFile, { file, at, bytes, first, next }: LogDamage): Promise<Moved> {
  if (bytes === 0) return { from: file, to: undefined, bytes, first, next };
  const path = `${file}.damaged-${at}`;
  const to = await files.open(path, 'create');
  try {
    const block = new Uint8Array(Math.min(bytes, 1 << 20));
    for (let done = 0; done < bytes; ) {
      const read = await from.read(block.subarray(0, Math.min(block.length, bytes - done)), at + done);
      if (read === 0) break;
      await to.write(block.subarray(0, read), done);
      done += read;
    }
    await to.sync();
  } finally {
    await to.close();
  }
  return { from: file, to: path, bytes, first, next };
}

function hole(first: number, records: number, now: number): BatchHeader {
  const empty = { bodyCrc: 0, ordinal: 0, origin: PLAIN, minTime: Number.NaN, maxTime: Number.NaN };
  return { ...empty, bytes: BATCH_HEADER_BYTES, records, flags: IS_HOLE, first, appendedAt: now, safe: 0 };
}
