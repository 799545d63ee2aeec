import type { Histogram } from '../base/histogram.ts';
import type { RecordInfo } from '../core/chunk.ts';
import type { OnError } from '../core/failure.ts';
import type { World } from '../core/world.ts';
import type { Counters } from './counters.ts';
import type { Push } from './edges.ts';

/** Who refused a record, and what was to become of it. */
export interface Refuser {
  readonly id: string;
  readonly kind: string;
  readonly onError: OnError;
  readonly line: string | undefined;
  readonly counters: Counters;
  /** True downstream of the dead letters, where a failure has nowhere to go but up. */
  readonly isAfterLetters: boolean;
}

/** What the parts of a flow need of the run they belong to. */
export interface FlowHost {
  readonly pipeline: string;
  readonly world: World;
  readonly signal: AbortSignal;
  /** `auto` generates a loop once enough records have come; the others are for tests. */
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly budget: Budget;
  /** From the read of a record to the sink that took it, in microseconds; one entry a chunk, weighted by its records. */
  readonly latencyUs: Histogram;
  /** Counts a refused record and sends it where it belongs. True: the run stops, nothing behind this record may pass. */
  refused(by: Refuser, error: unknown, value: unknown, record: RecordInfo): boolean;
  /** Sends off the dead letters collected since the last call; waits for their readers too. */
  postLetters(wait: Push): Push;
  /** Records that a window still holds when the run stops: they go on in a later run, or are lost with its memory. */
  leftOpen(records: number): void;
  /** True when nothing this run holds will get away without more input: windows, half a batch. */
  readonly isStuck: boolean;
  /** Something broke that is no record's fault: the run is given up. */
  crash(error: unknown): void;
  /** A part has passed on its end. */
  closed(isAfterLetters: boolean): void;
}

/** Bytes that the operators and queues of one run hold, against a limit shared by all runs of a runtime. */
export interface Budget {
  /** Changes what this run holds by so many bytes; negative gives back. */
  add(bytes: number): void;
  /** True when the sources of this run should wait. */
  readonly isTight: boolean;
  /** True when this run holds more than an equal share. */
  readonly isOverShare: boolean;
  /** Calls back once when there is room again. */
  whenFree(fn: () => void): void;
}
