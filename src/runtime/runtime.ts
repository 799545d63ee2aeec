import type { Duration } from '../core/units.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { RunMetrics, RunReport } from './report.ts';

export interface RunOptions {
  /** Where and how it runs; by default here, with state in memory that is forgotten at the end. */
  readonly runtime?: Runtime;
  /** Aborting it gives the run up at once; the run rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** `end` of the data (the default), everything present at the start, or a span of time. The latter two are a stop. */
  readonly until?: 'end' | 'caughtUp' | Duration;
  /** `run` stops on SIGINT and SIGTERM unless this is false. `start` never listens. */
  readonly signals?: boolean;
  /** What records in flight get after a stop; 10 s by default. */
  readonly deadline?: Duration;
  /** `import.meta.url` of the module whose default export is the pipeline: threads find its functions there. */
  readonly module?: string | URL;
  /** Begins anew where an earlier run with checkpoints has come to the end of its data. */
  readonly again?: boolean;
  /**
   * Goes on from the checkpoint of this number. Where later ones are there, also damaged ones, sinks may have committed
   * them, and write it again: that wants `acceptDuplicates`. The later ones are set aside, not removed.
   */
  readonly from?: number;
  readonly acceptDuplicates?: boolean;
  /**
   * Sends the dead letters of the topic `<pipeline>.dead` in again, each where it was refused, and stops; sources are
   * not read. Each is sent in once, also when the run is killed and asked for again.
   */
  readonly redrive?: boolean;
}

/** One execution of a plan. */
export interface Run extends AsyncDisposable {
  /** Settles when the run is over, with its report or with what it failed of. */
  readonly done: Promise<RunReport>;
  metrics(): RunMetrics;
  health(): RunHealth;
  /** Takes a checkpoint now and answers its number once all sinks have committed it. */
  checkpoint(): Promise<number>;
  /** Reads no more, lets records in flight finish, and answers the report. */
  stop(deadline?: Duration): Promise<RunReport>;
}

export interface RunHealth {
  readonly state: 'running' | 'stopping' | 'done' | 'failed';
  /** Why, when it failed. */
  readonly error: string | undefined;
  /** Operators that wait, and for whom. */
  readonly waiting: readonly { readonly operator: string; readonly for: readonly string[] }[];
}

/** Runs plans somewhere. */
export interface Runtime {
  readonly kind: string;
  start(pipeline: Pipeline, options: RunOptions): Promise<Run>;
}
