import type { CacheView, TimeView } from '../core/station.ts';

/** What one operator did so far. Written once a chunk, never once a record. */
export class Counters {
  readonly id: string;
  readonly kind: string;
  in = 0;
  out = 0;
  /** Records refused, whatever became of them. */
  errors = 0;
  skipped = 0;
  deadLetters = 0;
  /** Came too late for what they belong to; they are among the dead letters, or the dropped ones. */
  late = 0;
  /** Records lost on purpose, by reason (overflow, …). */
  readonly dropped: Map<string, number> = new Map();
  /** Records and estimated bytes it holds at this moment. */
  heldRecords = 0;
  heldBytes = 0;
  /** What the closures measured for this step alone; only its share of the loop is used. */
  shareMs = 0.5;
  /** The loop this step is fused into. */
  loop: LoopTime | undefined;
  /** Of who says how far time has come. */
  time: TimeView | undefined;
  /** Of who keeps answers of others, one a copy. */
  readonly caches: CacheView[] = [];
  /** Milliseconds others spent waiting for this one to take or pass on a chunk. */
  waitedForMs = 0.5;

  constructor(id: string, kind: string) {
    this.id = id;
    this.kind = kind;
    // Numbers with a fraction from the beginning: where the first one came later, the engine threw away all loops that were
    // compiled for counters of whole numbers, and compiled them again (20 to 40 ms of CPU time each).
    this.shareMs = 0;
    this.waitedForMs = 0;
  }

  drop(records: number, reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + records);
  }

  get droppedTotal(): number {
    let total = 0;
    for (const records of this.dropped.values()) total += records;
    return total;
  }

  /** The loop's time a record, by this step's share of it. NaN before the first samples. */
  get nsPerRecord(): number {
    const { loop } = this;
    if (loop === undefined || loop.records === 0) return Number.NaN;
    const total = loop.steps.reduce((all, step) => all + step.shareMs, 0);
    const share = total === 0 ? 1 / loop.steps.length : this.shareMs / total;
    return (loop.ms * 1e6 * share) / loop.records;
  }
}

/**
 * How long one fused loop takes: whole chunks of the real loop are timed, since a clock inside it would cost more than
 * the steps do; how that divides among its steps comes from now and then running the closures with a clock.
 */
export class LoopTime {
  readonly steps: readonly Counters[];
  ms = 0;
  records = 0;

  constructor(steps: readonly Counters[]) {
    this.steps = steps;
    for (const step of steps) step.loop = this;
  }
}
