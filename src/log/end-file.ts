import type { OpenFile } from '../core/world.ts';
import { crc32c } from '../base/crc32c.ts';
import { tooNew } from './log-errors.ts';

/**
 * How far a partition can be read: the next position, and the byte of a segment where it will stand. Readers see what
 * was synced and no more. Had a reader kept a position behind that, a power cut could give the positions before it to
 * other records, and it would never see them.
 */
export interface VisibleEnd {
  readonly position: number;
  readonly segment: number;
  readonly byte: number;
  /** Everything before is safe on the disk. False only where the log is never synced. */
  readonly synced: boolean;
}

const BYTES = 40;
const VERSION = 1;
const MAGIC = Uint8Array.from('HREND\0\0', (letter) => letter.charCodeAt(0));

/** The file is written in place and never synced: recovery finds the end without it. It is also what readers watch. */
export async function writeEnd(file: OpenFile, end: VisibleEnd): Promise<void> {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  bytes[7] = VERSION;
  view.setUint32(12, end.synced ? 1 : 0, true);
  view.setBigUint64(16, BigInt(end.position), true);
  view.setBigUint64(24, BigInt(end.segment), true);
  view.setBigUint64(32, BigInt(end.byte), true);
  view.setUint32(8, checksum(bytes), true);
  await file.write(bytes, 0);
}

/** Undefined when nothing sound is there. One that is just being written is read again. */
export async function readEnd(file: OpenFile, where: string): Promise<VisibleEnd | undefined> {
  const bytes = new Uint8Array(BYTES);
  for (let turn = 0; turn < 4; turn++) {
    if ((await file.read(bytes, 0)) < BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) continue;
    const view = new DataView(bytes.buffer);
    if (view.getUint32(8, true) !== checksum(bytes)) continue;
    if (bytes[7] !== VERSION) throw tooNew(where, bytes[7]!);
    const [position, segment, byte] = [16, 24, 32].map((at) => Number(view.getBigUint64(at, true))) as [number, number, number];
    return { position, segment, byte, synced: view.getUint32(12, true) === 1 };
  }
  return undefined;
}

function checksum(bytes: Uint8Array): number {
  return crc32c(bytes.subarray(12), crc32c(bytes.subarray(0, 8)));
}
