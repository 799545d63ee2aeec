import type { ColumnRows } from './column-rows.ts';
import { type Columns, cutColumns } from './columns.ts';
import type { Key, KeyGroup } from './keys.ts';

/** What a user function may ask about the record whose value it holds. Valid during the call only. */
export interface RecordInfo<K = unknown> {
  /** Equal after every replay: source, partition, position, and the ordinals of the children on the way. */
  readonly id: string;
  /** Milliseconds; NaN when nothing gave the record a time. */
  readonly eventTime: number;
  /** The key of the last `keyBy`, or undefined before one. */
  readonly key: K;
  readonly source: string;
  readonly partition: string;
  /** Where the record stands in its partition. */
  readonly position: string;
  readonly headers: Headers | undefined;
}

export type Headers = Readonly<Record<string, string>>;

/**
 * Where the rows of a chunk come from. One origin serves all rows of one read, so that identity costs nothing until
 * somebody asks. Windows and batches bring origins of their own.
 */
export interface Origin {
  readonly source: string;
  readonly partition: string;
  positionAt(row: number): string;
  idAt(row: number): string;
  timeAt(row: number): number;
  headersAt(row: number): Headers | undefined;
  /** Where rows come from several sources, as in a batch's chunk; absent means `source` for all of them. */
  sourceAt?(row: number): string;
  /** Likewise for `partition`. */
  partitionAt?(row: number): string;
  /** The monotonic time at which the row was read, where it was: what latency is counted from. */
  readAtMs?(row: number): number | undefined;
  /**
   * Where the id is source, partition and position, and the position a whole number: that number, else NaN. It spares
   * two strings a record where chunks become bytes.
   */
  numberAt?(row: number): number;
  /** Of bodies that are lines and are decoded further down: which line of their file, counted from 1; else NaN. */
  lineAt?(row: number): number;
}

/** Keys by number: a table gives each distinct key a small id once, and records carry the id. */
export interface KeyTable {
  readonly size: number;
  /** The id of a key, new or known. A new one falls into `group`, which came with it from elsewhere, or its group is computed. */
  idOf(key: Key, group?: KeyGroup): number;
  keyAt(id: number): Key;
  /** The key group of an interned key, computed once per key and never per record. */
  groupAt(id: number): number;
}

/** At the end of a chunk, after its values. */
export interface Control {
  /** The promise that no record with an older event time will follow. */
  readonly watermark?: number;
  /** The mark that cuts a checkpoint. */
  readonly barrier?: number;
  /**
   * Nothing comes here for now: the stream leaves the minimum of the watermarks until something does, or a watermark is
   * said without this word. Beside a watermark: it walks with the clock, since all is silent.
   */
  readonly idle?: boolean;
  /** What became of partitions of the source; `eventTime` takes it out, since nobody behind it knows partitions. */
  readonly partitions?: readonly PartitionChange[];
}

/**
 * A partition that may bring records from now on, or will bring none any more; that has been at its end for so many
 * milliseconds, as far as anybody who asks it can tell; or that is so no longer.
 */
export type PartitionChange = Partition & (Opening | Silence);

interface Partition {
  readonly source: string;
  readonly partition: string;
}

interface Opening {
  readonly state: 'open' | 'ended' | 'awake';
}

interface Silence {
  readonly state: 'silent';
  readonly ms: number;
}

/** Two marks at one place: watermarks never go back, so the later one says more. What it says of partitions, too. */
export function joined(before: Control | undefined, after: Control | undefined): Control | undefined {
  if (before === undefined) return after;
  if (after === undefined) return before;
  const watermark = after.watermark ?? before.watermark;
  const barrier = after.barrier ?? before.barrier;
  const idle = after.idle ?? (after.watermark === undefined ? before.idle : undefined);
  const partitions = before.partitions === undefined ? after.partitions : lastOf(before.partitions, after.partitions ?? []);
  return {
    ...(watermark === undefined ? {} : { watermark }),
    ...(barrier === undefined ? {} : { barrier }),
    ...(idle === undefined ? {} : { idle }),
    ...(partitions === undefined ? {} : { partitions }),
  };
}

/** Of each partition the last word counts: one that is silent says so again and again. */
function lastOf(before: readonly PartitionChange[], after: readonly PartitionChange[]): readonly PartitionChange[] {
  const said = new Map([...before, ...after].map((change) => [JSON.stringify([change.source, change.partition]), change]));
  return [...said.values()];
}

/**
 * Values that travel together. What travels beside a value lies in parallel arrays and is read only when asked for.
 * Invariants: `rows`, `keyIds`, `times` and each of `paths` have at least `length` entries when present;
 * whoever receives a chunk may read it for ever but writes to it only where the plan says that nobody else has it.
 *
 * Where a source reads columns the values lie in columns too, until somebody touches `values`: who only wants to know
 * how many there are asks `length`, and who gives the chunk on gives on `held`.
 */
export class Chunk<T = unknown> {
  /** The values, or the columns that become values. */
  readonly held: T[] | ColumnRows;
  readonly origin: Origin;
  /** Row in the origin of each value; absent means value i is row i. */
  readonly rows: Int32Array | undefined;
  /** For children: their ordinal at each level of flatMap, outermost first. */
  readonly paths: readonly Int32Array[] | undefined;
  /** Event times where an operator set them; absent means the origin's. */
  readonly times: Float64Array | undefined;
  readonly keys: KeyTable | undefined;
  readonly keyIds: Int32Array | undefined;
  readonly control: Control | undefined;

  constructor(held: T[] | ColumnRows, origin: Origin, lineage: Lineage = {}, control?: Control) {
    this.held = held;
    this.origin = origin;
    this.rows = lineage.rows;
    this.paths = lineage.paths;
    this.times = lineage.times;
    this.keys = lineage.keys;
    this.keyIds = lineage.keyIds;
    this.control = control;
  }

  get values(): T[] {
    const { held } = this;
    return Array.isArray(held) ? held : (held.rows as T[]);
  }

  get length(): number {
    const { held } = this;
    return Array.isArray(held) ? held.length : held.columns.length;
  }

  /** What the values lie in; undefined where they lie in an array. */
  get columns(): Columns | undefined {
    const { held } = this;
    return Array.isArray(held) ? undefined : held.columns;
  }
}

/** Neighbours of a chunk with their lineage, in the memory of the chunk where that is possible. */
export function slice<T>(chunk: Chunk<T>, from: number, to: number, control?: Control): Chunk<T> {
  const { held } = chunk;
  const part = Array.isArray(held)
    ? held.slice(from, to)
    : held.areMade
      ? (held.rows.slice(from, to) as T[])
      : held.of(cutColumns(held.columns, from, to));
  return new Chunk<T>(part, chunk.origin, cut(chunk, from, to), control);
}

/** Everything beside the values of a chunk. */
export interface Lineage {
  readonly rows?: Int32Array | undefined;
  readonly paths?: readonly Int32Array[] | undefined;
  readonly times?: Float64Array | undefined;
  readonly keys?: KeyTable | undefined;
  readonly keyIds?: Int32Array | undefined;
}

/** The lineage of chosen values: entry k of the answer is entry `index[k]` of the chunk. */
export function gather(chunk: Chunk, index: Int32Array, count: number): Lineage {
  return {
    rows: chunk.rows === undefined ? index.slice(0, count) : pick(chunk.rows, index, count),
    paths: chunk.paths?.map((path) => pick(path, index, count)),
    times: chunk.times === undefined ? undefined : pickTimes(chunk.times, index, count),
    keys: chunk.keys,
    keyIds: chunk.keyIds === undefined ? undefined : pick(chunk.keyIds, index, count),
  };
}

/** The lineage of a run of neighbours, sharing memory with the chunk it was cut from. */
export function cut(chunk: Chunk, from: number, to: number): Lineage {
  return {
    rows: chunk.rows?.subarray(from, to) ?? (from === 0 ? undefined : counted(from, to)),
    paths: chunk.paths?.map((path) => path.subarray(from, to)),
    times: chunk.times?.subarray(from, to),
    keys: chunk.keys,
    keyIds: chunk.keyIds?.subarray(from, to),
  };
}

function counted(from: number, to: number): Int32Array {
  const rows = new Int32Array(to - from);
  for (let i = 0; i < rows.length; i++) rows[i] = from + i;
  return rows;
}

function pick(from: Int32Array, index: Int32Array, count: number): Int32Array {
  const out = new Int32Array(count);
  for (let k = 0; k < count; k++) out[k] = from[index[k]!]!;
  return out;
}

function pickTimes(from: Float64Array, index: Int32Array, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let k = 0; k < count; k++) out[k] = from[index[k]!]!;
  return out;
}
