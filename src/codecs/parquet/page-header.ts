import type { Spot } from './errors.ts';
import { THRIFT, ThriftReader } from './thrift.ts';

export const ENCODING = {
  plain: 0,
  oldDictionary: 2,
  runs: 3,
  deltas: 5,
  deltaLengths: 6,
  deltaBytes: 7,
  dictionary: 8,
  split: 9,
} as const;

export interface PageHeader {
  readonly kind: 'entries' | 'dictionary' | 'other';
  /** Bytes of the header itself. */
  readonly headerBytes: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Of the packed bytes, where the writer made one. */
  readonly crc: number | undefined;
  readonly entries: number;
  readonly encoding: number;
  /** Levels of version 2 stand in front of the values and are never packed. */
  readonly levels:
    | { readonly repetitionBytes: number; readonly definitionBytes: number; readonly isPacked: boolean; readonly rows: number }
    | undefined;
}

/** The header a page begins with; throws where `bytes` end before it does. */
export function readPageHeader(bytes: Uint8Array, spot: Spot): PageHeader {
  const reader = new ThriftReader(bytes, spot);
  let [type, size, packed] = [-1, -1, -1];
  let crc: number | undefined;
  let entries: Partial<Record<number, number>> = {};
  let isPacked = true;
  let version = 0;
  const numbers = (): void =>
    reader.struct((id, inner) => {
      if (inner === THRIFT.yes || inner === THRIFT.no) {
        if (id === 7) isPacked = inner === THRIFT.yes;
        return true;
      }
      if (inner !== THRIFT.i32) return false;
      entries[id] = reader.number(inner);
      return true;
    });
  reader.struct((id, inner) => {
    if (id === 1) type = reader.number(inner);
    else if (id === 2) size = reader.number(inner);
    else if (id === 3) packed = reader.number(inner);
    else if (id === 4) crc = reader.number(inner) >>> 0;
    else if ((id === 5 || id === 7 || id === 8) && inner === THRIFT.struct) {
      entries = {};
      version = id;
      numbers();
    } else return false;
    return true;
  });
  if (size < 0 || packed < 0) throw reader.fail('a page has no size');
  const header = { headerBytes: reader.at, packedBytes: packed, bytes: size, crc };
  const kind = type === 0 || type === 3 ? 'entries' : type === 2 ? 'dictionary' : 'other';
  if (kind === 'other') return { ...header, kind, entries: 0, encoding: 0, levels: undefined };
  if (version !== { 0: 5, 2: 7, 3: 8 }[type]) throw reader.fail('a page is of another type than its header');
  const count = entries[1] ?? -1;
  const encoding = entries[version === 8 ? 4 : 2] ?? -1;
  if (count < 0 || encoding < 0) throw reader.fail('a page does not say how many values it has, or how they are written');
  if (version !== 8) return { ...header, kind, entries: count, encoding, levels: undefined };
  const levels = { rows: entries[3] ?? -1, definitionBytes: entries[5] ?? -1, repetitionBytes: entries[6] ?? -1, isPacked };
  const levelBytes = levels.definitionBytes + levels.repetitionBytes;
  if (levels.rows < 0 || levels.definitionBytes < 0 || levels.repetitionBytes < 0 || levelBytes > Math.min(size, packed))
    throw reader.fail('the levels of a page have no size that fits it');
  return { ...header, kind, entries: count, encoding, levels };
}
