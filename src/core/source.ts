import type { Headers } from './chunk.ts';
import type { Codec } from './codec.ts';
import type { Columns } from './columns.ts';
import type { HeadraceError } from './error.ts';
import type { TopicStore } from './topic.ts';
import type { World } from './world.ts';

/** Where a record stands in its partition: an offset, a byte, an id. */
export type Position = string | number;

/**
 * Positions of one read: one a record, the first of a run of consecutive whole numbers, or numbers with what stands in
 * front of each of them (`events.csv:` and the byte in it).
 */
export type Positions = readonly Position[] | { readonly first: number } | { readonly in: string; readonly at: ArrayLike<number> };

/** The position of record `row` of a read; undefined where the positions do not reach so far. */
export function positionAt(positions: Positions, row: number): Position | undefined {
  if ('first' in positions) return positions.first + row;
  if (!('in' in positions)) return positions[row];
  const at = positions.at[row];
  return at === undefined || positions.in === '' ? at : positions.in + at;
}

export interface ReadMeta {
  readonly positions: Positions;
  /** Event times in milliseconds, one a record. */
  readonly times?: ArrayLike<number>;
  readonly headers?: readonly (Headers | undefined)[];
  /** Opaque: where to read on, which is all a checkpoint keeps. Two reads that end at one record give an equal one. */
  readonly resume: Resume;
  /** Nothing will ever follow. */
  readonly end?: boolean;
  /** Of bodies that are lines: which lines of their file, counted from 1. */
  readonly lines?: ArrayLike<number> | undefined;
  /** Records of this read that the source could not make values of, in order. */
  readonly refused?: readonly RefusedRecord[] | undefined;
}

/** A record that is there and is not what it should be. */
export interface RefusedRecord {
  /** How many records of the read come before it. */
  readonly before: number;
  readonly position: Position;
  /** With the action `deadLetter`; says where and why. */
  readonly error: HeadraceError;
  /** What was found there, for the dead letter, which is sent in again by decoding these bytes. */
  readonly bytes?: Uint8Array | undefined;
  /** The bytes are only the beginning of what was found, so they are for readers and not sent in again. */
  readonly isCut?: boolean | undefined;
}

export type Resume = string | number | null;

/**
 * What a read answers. An empty answer means "nothing new just now". The arrays belong to the runtime afterwards.
 * `bodies` are decoded by the source's codec in the runtime, so that one bad body becomes one dead letter. `columns`
 * become rows where somebody wants rows.
 */
export type Answer<T> =
  | ({ readonly values: T[]; readonly bodies?: undefined; readonly columns?: undefined } & ReadMeta)
  | ({ readonly bodies: Uint8Array[]; readonly values?: undefined; readonly columns?: undefined } & ReadMeta)
  | ({ readonly columns: Columns; readonly values?: undefined; readonly bodies?: undefined } & ReadMeta);

/** How many records a read brought, refused ones apart. */
export function countOf(answer: Answer<unknown>): number {
  return (answer.values ?? answer.bodies ?? answer.columns).length;
}

export interface Reader<T> {
  /** Up to `limit` records. May wait until there are some; must settle soon after `signal` aborts. Never called twice at once. */
  read(limit: number, signal: AbortSignal): Answer<T> | Promise<Answer<T>>;
  /** Called once, also after a failed read. */
  close(): void | Promise<void>;
}

export type PartitionId = string | number;

export interface SourceContext {
  readonly world: World;
  readonly signal: AbortSignal;
  /** The topics of the runtime, where it keeps some. */
  readonly topics?: TopicStore | undefined;
}

/**
 * Where records enter: a plain object. An open reader can always read; there is no half-open state.
 *
 * @example
 * ```ts
 * const countdown: Source<number> = {
 *   kind: 'countdown',
 *   id: 'countdown',
 *   partitions: () => [0],
 *   open(_partition, resume) {
 *     let next = typeof resume === 'number' ? resume : 0;
 *     return {
 *       read: () => ({ values: [3 - next], positions: { first: next }, resume: ++next, end: next === 3 }),
 *       close() {},
 *     };
 *   },
 * };
 * await run(pipeline('countdown').from(countdown).to(print()));
 * // 3
 * // 2
 * // 1
 * ```
 */
export interface Source<out T> {
  readonly kind: string;
  /** Names the descriptor (`file:events.csv`); positions are kept under it. */
  readonly id: string;
  readonly codec?: Codec<T>;
  /** False: it cannot be read again, and the plan says at most once. */
  readonly replay?: boolean;
  /** Told of by connectors whose readers deliver event times. */
  readonly timed?: boolean;
  partitions(context: SourceContext): readonly PartitionId[] | Promise<readonly PartitionId[]>;
  open(partition: PartitionId, resume: Resume | undefined, context: SourceContext): Reader<T> | Promise<Reader<T>>;
}
