import type { Headers } from './chunk.ts';
import type { Codec } from './codec.ts';
import type { TopicStore } from './topic.ts';
import type { World } from './world.ts';

/** Where a record stands in its partition: an offset, a byte, an id. */
export type Position = string | number;

/** Positions of one read: one a record, or the first of a run of consecutive whole numbers. */
export type Positions = readonly Position[] | { readonly first: number };

export interface ReadMeta {
  readonly positions: Positions;
  /** Event times in milliseconds, one a record. */
  readonly times?: ArrayLike<number>;
  readonly headers?: readonly (Headers | undefined)[];
  /** Opaque: where to read on, which is all a checkpoint keeps. Two reads that end at one record give an equal one. */
  readonly resume: Resume;
  /** Nothing will ever follow. */
  readonly end?: boolean;
}

export type Resume = string | number | null;

/**
 * What a read answers. An empty answer means "nothing new just now". The arrays belong to the runtime afterwards.
 * `bodies` are decoded by the source's codec in the runtime, so that one bad body becomes one dead letter.
 */
export type Answer<T> =
  | ({ readonly values: T[]; readonly bodies?: undefined } & ReadMeta)
  | ({ readonly bodies: Uint8Array[]; readonly values?: undefined } & ReadMeta);

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
