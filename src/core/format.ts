import type { Columns } from './columns.ts';
import type { RefusedRecord } from './source.ts';

/**
 * How records stand in a file, for files that are more than one body a line. A format says how it is read (`blocks` from
 * the front, or `pages` from anywhere) and how it is written; a codec may be a format too.
 */
export interface FileFormat<T> {
  readonly kind: string;
  readonly blocks?: BlockFormat<T>;
  readonly pages?: PageFormat<T>;
  readonly writing?: WritingFormat<T>;
}

// Reading from the front: CSV, one large JSON array, JSON lines of which few members are wanted.

export interface BlockFormat<T> {
  /**
   * Its readers are done with the bytes they were fed once `next` has answered undefined: they have copied what they
   * still need, so that the same memory may be used for the next block. It spares the clearing of new memory, which
   * costs more than the reading.
   */
  readonly copies?: boolean;
  open(opening: BlockOpening): BlockReader<T>;
  /** How several threads may read parts of one file; absent where only one can. */
  readonly split?: SplitFormat<T>;
}

export interface BlockOpening {
  /** Names the file in errors: `file:events.csv`. */
  readonly where: string;
  /** How long one record may be. */
  readonly recordBytes: number;
  /** Go on where this mark was told; absent at the beginning of a file. The first byte fed is then the one it names. */
  readonly from?: BlockMark | undefined;
}

/** Where a file is read on: a byte of its content (unpacked, where it is compressed), and what the format must know there. */
export interface BlockMark {
  readonly byte: number;
  /** Opaque and short: the line, the order of columns. */
  readonly state: string;
}

/**
 * Takes bytes, gives records. Used as: `next` until it answers undefined, then `feed` or `end`, then `next` again.
 * The answers do not depend on where the bytes were cut.
 */
export interface BlockReader<T> {
  /** The bytes that follow. They belong to the reader and never change. */
  feed(bytes: Uint8Array): void;
  /** No more bytes: what is left is the last record. */
  end(): void;
  /** Up to `limit` records; undefined where it wants more bytes, or after the end has nothing more. */
  next(limit: number): BlockAnswer<T> | undefined;
}

/** At least one record or one refusal. */
export type BlockAnswer<T> = (
  | { readonly columns: Columns; readonly values?: undefined }
  | { readonly values: T[]; readonly columns?: undefined }
) & {
  /** The byte at which each record begins. */
  readonly at: ArrayLike<number>;
  /** Bad records, in order; their `position` is the byte they begin at. */
  readonly refused?: readonly RefusedRecord[] | undefined;
  /** Behind everything told so far. */
  readonly mark: BlockMark;
};

// Reading parts of one file in several threads.

export interface SplitFormat<T> {
  /** The address of a `PartModule`, which a thread loads. A bundle may have none. */
  readonly module: string | undefined;
  /** Plain data, of which a thread makes the same format. */
  readonly settings: unknown;
  /** A byte that begins and ends text with line ends in it; -1 where every line end ends a record. */
  readonly quote: number;
  open(opening: BlockOpening): PartReader<T>;
  /** The line that a mark stands at. */
  lineOf(state: string): number;
  /** The same mark at another line. */
  atLine(state: string, line: number): string;
  /** What is made of columns that a thread has read; undefined where it refuses one of them. Absent: they stay columns. */
  valuesOf?(columns: Columns): T[] | undefined;
}

export interface PartModule {
  /** Its readers tell columns, whose arrays lie in memory that no other answer shares. */
  openPart(settings: unknown, opening: BlockOpening): PartReader<unknown>;
}

/** Reads parts of a file, in any order. It is done with bytes it was fed once it is fed the next, or goes elsewhere. */
export interface PartReader<T> extends BlockReader<T> {
  /**
   * Behind all that was told and all that was passed over; undefined in the midst of something that is not held. Asked for
   * once `next` has answered undefined.
   */
  readonly place: BlockMark | undefined;
  /** Reads on elsewhere, as a new reader would; what it was fed is forgotten. */
  goTo(mark: BlockMark): void;
}

// Reading from anywhere: Parquet, npy.

export interface PageFormat<T> {
  open(file: PageFile, opening: PageOpening): Promise<PageReader<T>>;
}

export interface PageFile {
  readonly bytes: number;
  /** Exactly these bytes, or an error where the file has fewer. They belong to the caller. */
  read(at: number, length: number): Promise<Uint8Array>;
}

export interface PageOpening {
  readonly where: string;
  /** The row to begin with; 0 at the beginning. */
  readonly fromRow: number;
  /** How much one piece (a page, a row group) may take in memory. */
  readonly pieceBytes: number;
}

export interface PageReader<T> {
  /** Up to `limit` rows from where the last read ended; none, and `end`, behind the last. Never called twice at once. */
  read(limit: number, signal: AbortSignal): Promise<PageAnswer<T>>;
  close(): void | Promise<void>;
}

export type PageAnswer<T> = (
  | { readonly columns: Columns; readonly values?: undefined }
  | { readonly values: T[]; readonly columns?: undefined }
) & {
  /** The row in the file of each record, counted from 0: of the first, where they are neighbours, or of each. */
  readonly rows: { readonly first: number } | ArrayLike<number>;
  readonly refused?: readonly RefusedRecord[] | undefined;
  /** The row to go on with: rows that were passed over count as read. */
  readonly nextRow: number;
  readonly end: boolean;
};

// Writing.

export interface WritingFormat<T> {
  /** False: what is written cannot be continued later, as where a footer names everything. */
  readonly canAppend: boolean;
  /** For one file. `isEmpty` is false where the file has records already. */
  open(file: { readonly where: string; readonly isEmpty: boolean }): FileEncoder<T>;
}

/** Gathers values and gives the bytes of one file, front to back. */
export interface FileEncoder<T> {
  /** Throws for a value that cannot be written (action `deadLetter`); then nothing of it is in the file. */
  add(value: T): void;
  /** What it holds in memory, about; large formats give bytes only when a group is full. */
  readonly heldBytes: number;
  /** Bytes that are ready, at least one piece or none; they are forgotten here. */
  take(): readonly Uint8Array[];
  /** The rest, with a footer where there is one. Nothing is added afterwards. */
  end(): readonly Uint8Array[];
  /** Bytes to be put over the beginning of the file once all of it is written: a count in a header. */
  patch?(): Uint8Array;
}
