import type { Plan } from '../pipeline/plan.ts';
import { nothingToDo, type RunMetrics, type RunReport } from './report.ts';
import type { Run, RunHealth } from './runtime.ts';

/** What a start answers that finds its data worked off by an earlier run. */
export class FinishedRun implements Run {
  readonly done: Promise<RunReport>;
  readonly #pipeline: string;
  readonly #checkpoint: number;

  /** `checkpoint` is the one that the earlier run ended with. */
  constructor({ pipeline }: Plan, checkpoint: number = 0) {
    this.#pipeline = pipeline;
    this.#checkpoint = checkpoint;
    this.done = Promise.resolve(nothingToDo(pipeline));
  }

  metrics(): RunMetrics {
    const latencyMs = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
    const checkpoint = { from: this.#checkpoint, last: this.#checkpoint };
    return { pipeline: this.#pipeline, in: 0, out: 0, ms: 0, heldBytes: 0, latencyMs, checkpoint, operators: [] };
  }
  health(): RunHealth {
    return { state: 'done', error: undefined, waiting: [] };
  }
  checkpoint(): Promise<number> {
    return Promise.resolve(this.#checkpoint);
  }
  stop(): Promise<RunReport> {
    return this.done;
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}
