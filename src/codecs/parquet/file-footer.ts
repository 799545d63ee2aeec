import type { PageFile } from '../../core/format.ts';
import { broken, encrypted, notParquet, type Spot, tooLarge } from './errors.ts';
import { type FileHead, readHead } from './schema.ts';

/** The end of the file, which names everything in it. */
export interface Footer {
  readonly bytes: Uint8Array;
  readonly spot: Spot;
  readonly head: FileHead;
}

/** Most footers are shorter, and need one read. */
const LIKELY_FOOTER = 64 * 1024;
/** `PAR1` at both ends, and the length of the footer. */
const LEAST_FILE = 12;

export async function readFooter(file: PageFile, where: string, pieceBytes: number): Promise<Footer> {
  const size = file.bytes;
  if (size < LEAST_FILE) throw notParquet(where, `a file of ${size} bytes is no Parquet file`);
  const magic = wordOf(await file.read(0, 4));
  const tailAt = Math.max(0, size - LIKELY_FOOTER);
  const tail = await file.read(tailAt, size - tailAt);
  const lastMagic = wordOf(tail.subarray(-4));
  if (magic === 'PARE' || lastMagic === 'PARE') throw encrypted(where);
  if (magic !== 'PAR1') throw notParquet(where, 'the file does not begin with PAR1');
  if (lastMagic !== 'PAR1') throw notParquet(where, 'the file does not end with PAR1: it was cut short, or its writer has not ended it');
  const length = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength).readUInt32LE(tail.length - 8);
  const at = size - 8 - length;
  const spot: Spot = { where, byte: Math.max(at, 0) };
  if (at < 4) throw broken({ where, byte: size - 8 }, `it says its footer has ${length} bytes, and the file has ${size}`);
  // What is read of a footer takes up to eight times its bytes.
  if (length > pieceBytes / 8) throw tooLarge(spot, { bytes: length * 8, limit: pieceBytes, what: `a footer of ${length} bytes` });
  const bytes = at >= tailAt ? tail.subarray(at - tailAt, tail.length - 8) : await file.read(at, length);
  const head = readHead(bytes, spot);
  if (head.isEncrypted) throw encrypted(where);
  return { bytes, spot, head };
}

function wordOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
