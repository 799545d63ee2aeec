import type { Chunk } from './chunk.ts';
import type { Capture, RestoredSections } from './state.ts';
import type { KeyGroup } from './keys.ts';
import type { World } from './world.ts';

/** What a stage is told when it is opened. */
export interface StageContext {
  /** Which of `parallelism` copies this is, and the key groups it owns. */
  readonly index: number;
  readonly parallelism: number;
  readonly groups: readonly KeyGroup[];
  readonly world: World;
  /** The captured sections it begins with; absent on a fresh start. */
  readonly restored?: RestoredSections | undefined;
  /** Chunks leave by named outputs: edges to other stages, sinks, dead letters. Called inside a call of the host only. */
  emit(output: string, chunk: Chunk): void;
  /** Asks for an `advance`; callable at any time. */
  wake(): void;
}

/**
 * What runs between two exchanges, anywhere: in this process, on a thread, in a worker of somebody else's runtime. The
 * host splits chunks from their control, aligns inputs, and calls one method at a time; the stage emits inside a call
 * only. Inputs and outputs are named as the cut of the plan names them.
 *
 * A promise from `process`, `watermark`, `prepareBarrier`, `end` or `stop` means: taken, and bring nothing more (of
 * that input) before it settles. Meanwhile the host goes on calling `advance`, which is where asynchronous work gets a
 * call to emit in; without it such a promise may never settle.
 */
export interface Stage {
  open(context: StageContext): void | Promise<void>;
  process(input: string, chunk: Chunk): void | Promise<void>;
  /** No record older than `ms` will follow on this input; infinity when its data is over. */
  watermark(input: string, ms: number): void | Promise<void>;
  /** Nothing comes on this input for now: it leaves the minimum of the watermarks until something does. */
  idle(input: string): void | Promise<void>;
  /** Does what has become due, and answers when it wants to be called next (monotonic). */
  advance(nowMs: number): number | undefined;
  /** The barrier goes in: drains what cannot be encoded; may emit, and all of that stands before the barrier. */
  prepareBarrier(checkpoint: number): void | Promise<void>;
  /** Synchronous: what the barrier copied or marked. Everything emitted after this call stands behind the barrier. */
  barrier(checkpoint: number): Capture;
  committed(checkpoint: number): void | Promise<void>;
  aborted(checkpoint: number): void | Promise<void>;
  /** The data of an input is over. The promise of the last input settles when everything has been emitted. */
  end(input: string): void | Promise<void>;
  /** This process goes, the data goes on: what is in flight is emitted, windows stay open. `closing` is what they hold. */
  stop(): void | Promise<void>;
  /** After the last `end` or `stop`: the state as it was left, for the checkpoint that comes last. */
  closing(): Capture;
  /** Gives up everything at once. */
  abort(reason: unknown): void;
  /** Nothing will be asked of it any more, and its last capture has been written: a stage elsewhere lets go of where it ran. */
  close?(): void | Promise<void>;
}
