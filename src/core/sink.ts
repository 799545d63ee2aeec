import type { Chunk } from './chunk.ts';
import type { Codec } from './codec.ts';
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
  commit?(tokens: readonly Token[]): void | Promise<void>;
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
  readonly codec?: Codec<never>;
  /** The same sink for values that `codec` has already turned to bytes: encoding may then be done elsewhere, on a thread. */
  readonly bodies?: Sink<Uint8Array>;
  open(context: SinkContext): Writer<T> | Promise<Writer<T>>;
}
