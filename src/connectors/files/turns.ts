import type { RefusedRecord, Resume } from '../../core/source.ts';
import type { OpenRecords } from './open-records.ts';
import type { KeptPlace } from './place.ts';

/** Which files are read, one behind the other. */
export interface Turns<T> {
  /** One is there without a wait. */
  readonly isReady: boolean;
  /** None will come any more. */
  readonly isOver: boolean;
  /** The next one; undefined where none is there and the signal ended the wait for it. */
  next(signal: AbortSignal): Promise<Turn<T> | Notice | undefined>;
  close(): void | Promise<void>;
}

/** One file. */
export interface Turn<T> {
  /** Stands in front of its positions, which are numbers where it is undefined. */
  readonly prefix: string | undefined;
  /** Its errors are those of the source. Of files that are many, one that cannot be read is told and passed over. */
  readonly isAlone?: boolean;
  /** More may be written to it: where nothing is read of it, it is at its end for now. */
  readonly isFollowed?: boolean;
  /** Where it is read from. */
  readonly from: KeptPlace;
  /** Undefined where it is none of the files that were meant, such as a folder, or where there is nothing to open. */
  open(): Promise<OpenRecords<T> | undefined>;
  /** What a checkpoint keeps while it is read. */
  kept(place: KeptPlace): Resume;
  /** And once it was read to its end, where something comes behind it. */
  done(): Resume;
}

/** What is to be told between files. */
export interface Notice {
  readonly refused: readonly RefusedRecord[];
  readonly resume: Resume;
}
