import type { Chunk } from './chunk.ts';
import type { Encoder } from './codec.ts';
import type { Resume } from './source.ts';
import type { TopicStore } from './topic.ts';
import type { World } from './world.ts';

/** What a sink needs to commit later, from any process. */
export type Token = string;

/**
 * What a sink promises when a run is killed: `twoPhase` prepares and commits with a checkpoint, `arbiter` keeps the
 * checkpoint's number in its own transaction, `byId` drops repeats by record id, `none` is at least once.
 */
export type Delivery = 'twoPhase' | 'arbiter' | 'byId' | 'none';

export interface SinkContext {
  readonly world: World;
  readonly signal: AbortSignal;
  /** The name of the pipeline. */
  readonly pipeline: string;
  /** The id of this sink in the plan. */
  readonly sink: string;
  /** Which of several writers of this sink this is. */
  readonly index: number;
  /** Tokens a checkpoint has committed: finish these, remove everything else left under this sink's name. */
  readonly committed: readonly Token[];
  /**
   * The run takes checkpoints: what a sink of delivery `twoPhase` writes is seen once its token is committed. Without
   * them nobody calls `prepare`, and what is written is seen at once.
   */
  readonly checkpoints?: boolean;
  /** The topics of the runtime, where it keeps some. */
  readonly topics?: TopicStore | undefined;
  /** Counts records that the sink lets go on purpose. */
  readonly dropped?: ((records: number, reason: string) => void) | undefined;
}

/** The checkpoint a commit belongs to, for sinks that keep it with what they wrote. */
export interface CommittedAt {
  readonly checkpoint: number;
  /** Where the sources stood, by source and partition. */
  readonly positions: readonly { readonly source: string; readonly partition: string; readonly resume: Resume }[];
}

export interface Writer<T> {
  /**
   * Takes the values of a chunk. A promise holds back the writer of the pipeline until it settles. Never called twice
   * at once. A value that cannot be written is named by an error with the action `deadLetter` and its index as
   * `member`: those before it were taken, it is refused, and those behind it come in a chunk of their own.
   */
  write(chunk: Chunk<T>): void | Promise<void>;
  /** Resolves when everything written so far is where it should be. Called before close, and whenever the flow pauses. */
  flush?(): void | Promise<void>;
  /** The token must survive this process; writing for the next checkpoint goes on beside it. */
  prepare?(checkpoint: number): Token | Promise<Token>;
  /** Makes what was prepared visible; again and again is as good as once. `at` is absent when a start finishes a commit. */
  commit?(tokens: readonly Token[], at?: CommittedAt): void | Promise<void>;
  /** Called once. With an error, the run did not end well. */
  close(error?: unknown): void | Promise<void>;
}

/**
 * Where records leave: a plain object.
 *
 * @example
 * ```ts
 * const shout: Sink<string> = {
 *   kind: 'shout',
 *   id: 'shout',
 *   delivery: 'none',
 *   open: () => ({
 *     write(chunk) {
 *       for (const value of chunk.values) console.log(`${value}!`);
 *     },
 *     close() {},
 *   }),
 * };
 * await run(pipeline('shout').from(values(['hey', 'ho'])).to(shout));
 * // hey!
 * // ho!
 * ```
 */
export interface Sink<in T> {
  readonly kind: string;
  readonly id: string;
  readonly delivery: Delivery;
  /** Writes its values, where there is one. */
  readonly codec?: Encoder<never>;
  /** The same sink for values that `codec` has already turned to bytes: encoding may then be done elsewhere, on a thread. */
  readonly bodies?: Sink<Uint8Array>;
  /**
   * Of an arbiter: the number of the checkpoint it has committed last for this pipeline and sink, undefined for none. A
   * start asks before anything is restored, and goes on from exactly that checkpoint. Its writer gives the number as token.
   */
  decided?(context: Pick<SinkContext, 'world' | 'signal' | 'pipeline' | 'sink'>): number | undefined | Promise<number | undefined>;
  open(context: SinkContext): Writer<T> | Promise<Writer<T>>;
}
