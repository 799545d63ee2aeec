import type { Columns } from '../../core/columns.ts';
import type { RefusedRecord } from '../../core/source.ts';
import type { Place } from './place.ts';

/** The records of one file from some place on. */
export interface FileRecords<T> {
  /** Up to `limit` records; none where a wait for them was ended by the signal. Never called twice at once. */
  read(limit: number, signal: AbortSignal): Piece<T> | Promise<Piece<T>>;
  close(): Promise<void>;
}

/** What one read of a file brought. */
export type Piece<T> = Given<T> & {
  /** The byte each record begins at, or its row. */
  readonly at: ArrayLike<number>;
  /** Of bodies: the line each of them is, where that is known. */
  readonly lines?: ArrayLike<number> | undefined;
  readonly refused?: readonly RefusedRecord[] | undefined;
  /** Behind the last record told, also by earlier pieces; not behind what was passed over after it. */
  readonly place: Place;
  /** Nothing of this file will follow. */
  readonly end: boolean;
};

export type Given<T> =
  | { readonly bodies: Uint8Array[]; readonly values?: undefined; readonly columns?: undefined }
  | { readonly values: T[]; readonly bodies?: undefined; readonly columns?: undefined }
  | { readonly columns: Columns; readonly values?: undefined; readonly bodies?: undefined };

/** How many records, good and bad ones. */
export function told<T>(piece: Given<T> & { readonly refused?: readonly RefusedRecord[] | undefined }): number {
  return (piece.bodies ?? piece.values ?? piece.columns).length + (piece.refused?.length ?? 0);
}
