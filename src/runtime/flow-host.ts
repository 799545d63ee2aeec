import type { Histogram } from '../base/histogram.ts';
import type { RecordInfo } from '../core/chunk.ts';
import type { OnError } from '../core/failure.ts';
import type { Capture, Scope, Section } from '../core/state.ts';
import type { TopicStore } from '../core/topic.ts';
import type { World } from '../core/world.ts';
import type { Counters } from './counters.ts';
import type { Push } from './edges.ts';
import type { StoredTables } from './stored/stored-tables.ts';

/** One part of a flow as checkpoints see it: a loop, a station, a junction, a source, a sink. */
export class Part {
  readonly id: string;
  /** True downstream of the dead letters, where a failure has nowhere to go but up. */
  readonly isAfterLetters: boolean;
  /** The last barrier that has passed it; what it refuses from then on stands behind that barrier. */
  passed = 0;
  isClosed = false;

  constructor(id: string, isAfterLetters: boolean) {
    this.id = id;
    this.isAfterLetters = isAfterLetters;
  }
}

/** Captured bytes that an operator begins with. */
export interface RestoredPiece extends Omit<Section, 'operator'> {
  readonly bytes: Uint8Array;
}

/** Who refused a record, and what was to become of it. */
export interface Refuser {
  readonly id: string;
  readonly kind: string;
  readonly onError: OnError;
  readonly line: string | undefined;
  readonly counters: Counters;
  readonly part: Part;
  /** Does the plan have a reader of dead letters? */
  readonly hasReader: boolean;
}

/** What the parts of a flow need of the run they belong to. */
export interface FlowHost {
  readonly pipeline: string;
  readonly world: World;
  readonly signal: AbortSignal;
  /** The topics of the runtime this run belongs to, where it keeps some. */
  readonly topics?: TopicStore | undefined;
  /** Where state by key lies in a store on the disk, and not in memory. */
  readonly stored?: StoredTables | undefined;
  /** `auto` generates a loop once enough records have come; the others are for tests. */
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly budget: Budget;
  /** From the read of a record to the sink that took it, in microseconds; one entry a chunk, weighted by its records. */
  readonly latencyUs: Histogram;
  /**
   * Counts a refused record and sends it where it belongs. True: the run stops, nothing behind this record may pass.
   * `lost` says why a letter of it could not be sent in again.
   */
  refused(by: Refuser, error: unknown, value: unknown, record: RecordInfo, lost?: string): boolean;
  /** Sends off the dead letters collected since the last call; waits for their readers too. */
  postLetters(wait: Push): Push;
  /** Records that a window still holds when the run stops: they go on in a later run, or are lost with its memory. */
  leftOpen(records: number): void;
  /** True when nothing this run holds will get away without more input: windows, half a batch. */
  readonly isStuck: boolean;
  /** Something broke that is no record's fault: the run is given up. */
  crash(error: unknown): void;
  /** False: there are no barriers, and nobody asks for captures. */
  readonly takesCheckpoints: boolean;
  /** Calls back in a call of the host's choice, soon: where stations may emit. */
  later(fn: () => void): void;
  /** Barrier `n` has passed the part, which left these captures behind. */
  passed(part: Part, n: number, captures: readonly Capture[]): void;
  /** A part has passed on its end; `captures` is its state as it was left, asked for only where checkpoints are taken. */
  closed(part: Part, captures?: () => readonly Capture[]): void;
  /** Records of that event time have come to where it is known: for sources that are read at about the same time. */
  reached?(source: string, partition: string, ms: number): void;
  /** What was captured of an operator in the checkpoint this run goes on from. */
  restored(operator: string): readonly RestoredPiece[];
  /** Where a captured record of this chunk belongs when it has no key. */
  unkeyedScope(source: string, partition: string): Scope;
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
