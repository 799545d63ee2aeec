import type { Token } from '../core/sink.ts';
import type { SinkInlet } from './sink-inlet.ts';

/** What a sink tells the checkpoints of its run. */
export interface Commits {
  /** Everything before barrier `n` is written, and can be committed by the token, where there is one. */
  prepared(sink: SinkInlet, n: number, token: Token | undefined): void;
  /** Tokens that the checkpoint this run goes on from has committed. */
  committedOf(sink: string): readonly Token[];
  /** The run begins anew: what an earlier one has committed is finished, and nothing of it is gone on with. */
  readonly beginsAnew: boolean;
}
