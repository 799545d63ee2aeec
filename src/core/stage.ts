import type { Chunk } from './chunk.ts';
import type { Clock } from './world.ts';

/** A share of all keys; state and timers move between owners by it. */
export type KeyGroup = number;

/** What a stage is told when it is opened. */
export interface StageContext {
  /** Which of `parallelism` copies this is, and the key groups it owns. */
  readonly index: number;
  readonly parallelism: number;
  readonly groups: readonly KeyGroup[];
  readonly clock: Clock;
  /** The captured sections it begins with; absent on a fresh start. */
  readonly restored?: RestoredSections;
  /** Chunks leave by named outputs: the main one, side outputs, dead letters, reports. Called inside a call of the host only. */
  emit(output: string, chunk: Chunk): void;
  /** Asks for an `advance`; callable at any time. */
  wake(): void;
}

/** Where a piece of captured state belongs: a key group, the whole stage, a partition of a source, or a sink's token. */
export type Scope =
  | { readonly kind: 'group'; readonly group: KeyGroup }
  | { readonly kind: 'one' }
  | { readonly kind: 'partition'; readonly partition: string }
  | { readonly kind: 'token'; readonly sink: string };

/** One piece of captured state, with what is needed to read it in a later version. */
export interface Section {
  readonly operator: string;
  readonly cell: string;
  readonly scope: Scope;
  readonly codec: string;
}

export interface RestoredSections {
  list(): readonly Section[];
  read(section: Section): Promise<Uint8Array>;
}

/** What `barrier` copied or marked; nothing that came after the barrier is inside. */
export interface Capture {
  write(to: { section(section: Section, bytes: Uint8Array): Promise<void> }): Promise<void>;
}

/**
 * What runs between two exchanges, anywhere: in this process, on a thread, in a worker of somebody else's runtime. The
 * host splits chunks from their control, aligns inputs, and calls one method at a time; the stage emits inside a call
 * only. The embedded runtime runs a plan as one piece and has no need of it yet; it is written down here because
 * everything that crosses a stage's border must fit through it.
 */
export interface Stage {
  open(context: StageContext): void | Promise<void>;
  process(input: string, chunk: Chunk): void | Promise<void>;
  watermark(input: string, ms: number): void | Promise<void>;
  /** Nothing comes on this input for now: it leaves the minimum of the watermarks. */
  idle(input: string): void | Promise<void>;
  /** Answers when it wants to be called next. */
  advance(nowMs: number): number | undefined;
  /** Drains what cannot be encoded; may emit. */
  prepareBarrier(checkpoint: number): void | Promise<void>;
  /** Synchronous: it copies or marks. */
  barrier(checkpoint: number): Capture;
  committed(checkpoint: number): void | Promise<void>;
  aborted(checkpoint: number): void | Promise<void>;
  /** The data of an input is over. */
  end(input: string): void | Promise<void>;
  /** This process goes, the data goes on. */
  stop(): void | Promise<void>;
}
