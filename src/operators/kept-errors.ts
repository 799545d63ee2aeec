import { HeadraceError } from '../core/error.ts';
import { byteCount, type Bytes, wholeNumber } from '../core/units.ts';

/** How much an operator may keep, all keys together; each copy of it for itself. */
export interface KeepRecords {
  /** 1,000,000 unless told. */
  readonly records?: number;
  /** 256 MiB unless told; estimated for objects. */
  readonly bytes?: Bytes;
}

/** The same as numbers. */
export interface MostKept {
  readonly records: number;
  readonly bytes: number;
}

export function mostOf(keep: KeepRecords | undefined, where: string): MostKept {
  return {
    records: wholeNumber(keep?.records ?? 1_000_000, `${where} keep.records`),
    bytes: byteCount(keep?.bytes ?? '256MiB', `${where} keep.bytes`),
  };
}

/** It stops the run whatever `onError` says: the record at hand is not at fault. */
export class KeptFull extends HeadraceError {
  constructor(operator: string, { records, bytes }: MostKept) {
    super({
      code: 'HR_KEPT_FULL',
      what: `more than ${records} records or ${bytes} bytes are kept for later`,
      where: operator,
      todo: 'See that all streams and partitions come to the same time, join within a shorter time, or raise keep: { records, bytes }.',
    });
  }
}
