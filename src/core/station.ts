import type { Agenda, AgendaSpec } from './agenda.ts';
import type { Chunk, KeyTable } from './chunk.ts';
import type { Codec } from './codec.ts';
import type { HeadraceError } from './error.ts';
import type { OnError } from './failure.ts';
import type { CellsSpec, CellTable, PartitionTable } from './state.ts';
import type { Clock, Random } from './world.ts';

/** Why no more input comes: the data is over, or this process goes and the data goes on. */
export type Finish = 'end' | 'stop';

/**
 * An operator at which records stop for a while: it batches, buffers, limits, calls out, or keeps windows. It breaks
 * the fused loop in two.
 */
export interface StationOperator<In = unknown, Out = unknown> {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly onError?: OnError | undefined;
  /** True when what it holds must survive (windows); a batch or a buffer keeps nothing. */
  readonly remembers?: 'key' | 'one';
  /** It works by event time: records must have one and watermarks must come, which is checked when the plan is built. */
  readonly needsTime?: true;
  /** Records may come too late for it: it calls `StationHost.late`, and only who says so does. */
  readonly refusesLate?: true;
  /** True when what it emits belongs to no single key any more (batches). */
  readonly losesKey?: boolean;
  /** What tells this use of the operator from another, for the drawing and the fingerprint of a plan. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Writes the values that come to it, where they must be kept or sent; the tagged binary form unless told. */
  readonly codec?: Codec<unknown> | undefined;
  open(host: StationHost<Out>): Station<In>;
}

/**
 * A state machine without promises of its own, so that any runtime, also a simulated one, can drive it step by step.
 * The host calls one method at a time and looks at `isFull`, `wakeAt` and `isDone` after each call.
 * Whatever settles by itself (a promise, a callback) stores its outcome and calls `host.wake()`; the next `advance`
 * acts on it. Records are emitted inside a call only, in chunks of at most `host.chunkLimit` values.
 */
export interface Station<In = unknown> {
  /** Called only while not `isFull`. May emit. */
  process(chunk: Chunk<In>): void;
  /** Called after `wake()`, when `wakeAt` has come, and when the way down is free again. `nowMs` is monotonic. */
  advance(nowMs: number): void;
  /** No more `process` calls. It goes on being advanced until `isDone`. */
  finish(how: Finish): void;
  /**
   * The records taken in whose answers have not been emitted, oldest first, each chunk with the watermark that waits
   * behind its records: they go into the snapshot and are processed again after a restore. Synchronous, at any time,
   * and it changes nothing but `pending` itself: work goes on, and emits behind the barrier. Watermarks that are in
   * the answer are not emitted before the barrier either.
   *
   * A station without this method is drained by a barrier: the barrier comes as control of a chunk and is emitted
   * when everything before it has been. So is one whose pending records cannot be encoded.
   */
  pending?(): readonly Chunk<In>[];
  /** Forget everything at once and emit nothing any more; cancel what is under way. */
  abort(reason: unknown): void;
  /** It takes no chunk now. Whoever brings one waits. */
  readonly isFull: boolean;
  /** The monotonic time of the next `advance` it wants, if any. */
  readonly wakeAt: number | undefined;
  /** After `finish`: everything that will ever be emitted has been. */
  readonly isDone: boolean;
}

export interface StationHost<Out = unknown> {
  /** The operator's id in the plan, for errors. */
  readonly operator: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted when the run is given up. */
  readonly signal: AbortSignal;
  /** The table of the keys that come to it; undefined where records have none. */
  readonly keys: KeyTable | undefined;
  /** State by key that the host keeps, captures when the barrier passes, and has filled again before `open` returns. */
  cells<S>(spec: CellsSpec<S>): CellTable<S>;
  /** Where states by key lie on a disk: moments of keys, so that what is due is found without touching all of them. */
  agenda?(spec: AgendaSpec): Agenda | undefined;
  /** Likewise by partition of the source. */
  partitions<S>(spec: CellsSpec<S>): PartitionTable<S>;
  /** How many values an emitted chunk may hold. */
  readonly chunkLimit: number;
  /** False: no code may be made of text here. */
  readonly generates?: boolean;
  /** False while somebody downstream is full; emitting then is a bug. `advance` is called when it turns true. */
  readonly canEmit: boolean;
  emit(chunk: Chunk<Out>): void;
  /** Asks for an `advance` as soon as the call at hand is over. Cheap, and may be called from anywhere at any time. */
  wake(): void;
  /** Asks for an `advance` after this turn of the event loop, so that what settles one by one goes on together. */
  wakeSoon(): void;
  /**
   * Record `index` of `chunk` failed with `error` (anything thrown, or a `Failure`). The host counts it and sends it
   * where `onError` says. True: the run stops here, so nothing that comes after this record may be emitted. `lost` says
   * why a letter of it could not be sent in again.
   */
  refuse(error: unknown, chunk: Chunk, index: number, lost?: string): boolean;
  /**
   * Record `index` of `chunk` comes too late for what it belongs to. It is counted as late and goes to the dead letters,
   * whatever `onError` says; where they have nowhere to go it is counted as dropped (`late`). It never stops a run.
   */
  late(error: HeadraceError, chunk: Chunk, index: number): void;
  /** Counts records lost on purpose, by reason. */
  dropped(records: number, reason: string): void;
  /** Says how much it holds now, in records and (estimated) bytes: the run's budget and the metrics want to know. */
  holds(records: number, bytes: number): void;
  /** Gives what the metrics read of time here, once, by whoever says how far it has come. */
  showsTime?(view: TimeView): void;
  /** Likewise by whoever keeps answers of others. */
  showsCache?(view: CacheView): void;
  /** The newest event time that has come of a partition, for sources that wait for each other. Called inside a call only. */
  reached?(source: string, partition: string, ms: number): void;
}

/** What an operator keeps of answers, which it could ask for again; read when somebody looks. */
export interface CacheView {
  /** Records that were answered with what was kept. */
  readonly hits: number;
  /** Keys that were asked for. */
  readonly misses: number;
  /** Records that waited for a key which another one had asked for. */
  readonly shared: number;
  /** Answers that were let go for want of room. */
  readonly evicted: number;
  /** Keys whose answer is awaited now. */
  readonly waiting: number;
  /** Answers kept now, and about how many bytes they are. */
  readonly items: number;
  readonly bytes: number;
}

/** How far time has come at an operator that says so; read when somebody looks. */
export interface TimeView {
  /** The last that was said; minus infinity before. */
  readonly watermark: number;
  readonly partitions: number;
  /** Of these, the ones that are silent and hold back nobody. */
  readonly idle: number;
  /** Records that came behind the watermark. What becomes of them is up to whoever keeps windows. */
  readonly late: number;
}
