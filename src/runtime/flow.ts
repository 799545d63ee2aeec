import { Histogram } from '../base/histogram.ts';
import type { RecordInfo } from '../core/chunk.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import type { Finish } from '../core/station.ts';
import type { Timer, World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import type { RunBudget } from './budget.ts';
import { Driver } from './driver.ts';
import type { Push } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { Letters } from './letters.ts';
import { Pump } from './pump.ts';
import { letterOf, stopError } from './refusal.ts';
import { type SourceEnd, type Wiring, wire } from './wiring.ts';

export interface FlowOptions {
  readonly world: World;
  readonly budget: RunBudget;
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly untilCaughtUp: boolean;
}

/**
 * One run of a plan, from opening to the last closed sink. States: running; stopping (sources read no more, what is
 * in flight goes its way); aborted (everything is dropped at once); over. A refused record with `stop` is a stop whose
 * outcome is an error; anything else that breaks is an abort.
 */
export class Flow implements FlowHost {
  readonly pipeline: string;
  readonly world: World;
  readonly signal: AbortSignal;
  readonly codegen: FlowOptions['codegen'];
  readonly chunkLimit: number;
  readonly budget: RunBudget;
  readonly latencyUs: Histogram = new Histogram();
  /** Settles once, when every part is closed. */
  readonly over: Promise<void>;
  readonly wiring: Wiring;
  readonly #aborting = new AbortController();
  readonly #letters: Letters = new Letters();
  readonly #pumps: Pump[] = [];
  readonly #driver: Driver;
  readonly #untilCaughtUp: boolean;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #closedParts = 0;
  #openAtEnd = 0;
  #closedBeforeLetters = 0;
  #error: { readonly reason: unknown } | undefined;
  #isStopping = false;
  #isOver = false;
  #isAborting = false;
  #deadline: Timer | undefined;

  constructor(plan: Plan, options: FlowOptions) {
    this.pipeline = plan.pipeline;
    this.world = options.world;
    this.codegen = options.codegen;
    this.chunkLimit = options.chunkLimit;
    this.budget = options.budget;
    this.#untilCaughtUp = options.untilCaughtUp;
    this.signal = this.#aborting.signal;
    const settled = Promise.withResolvers<void>();
    this.over = settled.promise;
    // Whoever started the run looks at this when it gets there; until then a failure is not unhandled.
    this.over.catch(() => {});
    this.#resolve = settled.resolve;
    this.#reject = settled.reject;
    // The driver counts itself among the runs of the process, so it comes after all that may throw.
    this.wiring = wire(plan, this, this.#letters, (source) => this.#unwanted(source));
    this.#driver = new Driver(options.world, (error) => this.crash(error));
  }

  /** Opens sinks, then sources, then pulls. */
  async open(): Promise<void> {
    try {
      for (const sink of this.wiring.sinks) {
        if (this.#isAborting) return;
        await sink.open();
      }
      if (this.#isAborting) return;
      const pumps = await Promise.all(this.wiring.sources.map((source) => this.#openSource(source)));
      if (this.#isAborting) return;
      for (const pump of pumps.flat()) if (!pump.isClosed) this.#driver.ready(pump);
    } catch (error) {
      this.crash(error);
    }
  }

  /** No new reads; records in flight finish, at the latest in `deadlineMs`. */
  stop(deadlineMs: number): void {
    if (this.#isStopping || this.#isOver) return;
    this.#isStopping = true;
    this.#deadline = this.world.scheduler.after(deadlineMs, () => this.#late(deadlineMs));
    for (const pump of this.#pumps) pump.stop();
  }

  /** Gives everything up now. */
  abort(reason: unknown): void {
    if (this.#isAborting || this.#isOver) return;
    this.#isAborting = true;
    this.#error ??= { reason };
    this.#aborting.abort(reason);
    for (const station of this.wiring.stations) station.abort(reason);
    const closing = [...this.#pumps.map((pump) => pump.abort(reason)), ...this.wiring.sinks.map((sink) => sink.abort(reason))];
    // A reader that never comes back from its last read must not hold up the end of the run.
    this.#deadline?.cancel();
    this.#deadline = this.world.scheduler.after(ABORT_DEADLINE_MS, () => this.#end());
    void Promise.allSettled(closing).then(() => this.#end());
  }

  /** Records that windows held when they were stopped. */
  get openRecords(): number {
    return this.#openAtEnd;
  }

  // FlowHost

  refused(by: Refuser, error: unknown, value: unknown, record: RecordInfo): boolean {
    const { counters } = by;
    const isMistake = isHeadraceError(error) && error.code === 'HR_PROMISE_NOT_ALLOWED';
    const fate = by.isAfterLetters || isMistake ? 'stop' : by.onError;
    if (fate === 'skip') {
      counters.skipped++;
      return false;
    }
    if (fate === 'deadLetter') {
      counters.deadLetters++;
      this.#letters.add(letterOf(by, error, value, record, this.world.clock.now()), record);
      return false;
    }
    this.#error ??= { reason: stopError(this.pipeline, by, error, record) };
    // Not from inside the loop that found it: what came before the record must get away first.
    queueMicrotask(() => this.stop(FAILED_DEADLINE_MS));
    return true;
  }

  get isStuck(): boolean {
    return this.wiring.stations.every((station) => station.holdsForMore) && this.wiring.sinks.every((sink) => sink.isIdle);
  }

  leftOpen(records: number): void {
    this.#openAtEnd += records;
  }

  postLetters(wait: Push): Push {
    return this.#letters.post(wait);
  }

  crash(error: unknown): void {
    this.abort(error);
  }

  closed(isAfterLetters: boolean): void {
    this.#closedParts++;
    const { parts, partsBeforeLetters } = this.wiring;
    if (!isAfterLetters && ++this.#closedBeforeLetters === partsBeforeLetters)
      this.#letters.outlet.finish(this.#isStopping ? 'stop' : 'end');
    if (this.#closedParts === parts && !this.#isAborting) this.#end();
  }

  async #openSource(end: SourceEnd): Promise<readonly Pump[]> {
    const { body } = end.node;
    if (body.type !== 'source') return [];
    const { source } = body;
    const partitions = await source.partitions({ world: this.world, signal: this.signal });
    if (this.#isAborting) return [];
    if (partitions.length === 0) {
      end.outlet.finish('end');
      this.closed(false);
      return [];
    }
    let open = partitions.length;
    let how: Finish = 'end';
    const finished = (one: Finish): void => {
      if (one === 'stop') how = 'stop';
      if (--open === 0) end.outlet.finish(how);
    };
    let unclosed = partitions.length;
    const closed = (): void => {
      if (--unclosed === 0) this.closed(false);
    };
    const options = { untilCaughtUp: this.#untilCaughtUp, outlet: end.outlet, ready: this.#driver.ready, finished, closed };
    const pumps = partitions.map((partition) => new Pump(source, partition, end.by, this, options));
    this.#pumps.push(...pumps);
    // A stop that came while there was no pump to hear it.
    if (this.#isStopping) for (const pump of pumps) pump.stop();
    await Promise.all(pumps.map((pump) => pump.open()));
    return pumps;
  }

  #unwanted(source: SourceEnd): void {
    for (const pump of this.#pumps) if (pump.outlet === source.outlet) pump.dismiss();
  }

  #late(deadlineMs: number): void {
    const holding = this.wiring.counters
      .filter((counters) => counters.heldRecords > 0)
      .map((counters) => `${counters.id} (${counters.heldRecords} records)`);
    this.abort(
      this.#error?.reason ??
        new HeadraceError({
          code: 'HR_STOP_TIMEOUT',
          what: `records were still in flight ${deadlineMs} ms after the stop${holding.length === 0 ? '' : `: ${holding.join(', ')}`}`,
          where: `pipeline '${this.pipeline}'`,
          todo: 'Give asynchronous steps a timeout, or stop with a longer deadline.',
        }),
    );
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.cancel();
    this.#driver.close();
    this.budget.close();
    // Whoever still waits on the signal learns that the run is gone.
    this.#aborting.abort(new DOMException('the run is over', 'AbortError'));
    if (this.#error === undefined) this.#resolve();
    else this.#reject(this.#error.reason);
  }
}

/** What a failing run gives the records before the failure to reach their sinks. */
const FAILED_DEADLINE_MS = 5000;
/** What connectors get to close after an abort. */
const ABORT_DEADLINE_MS = 1000;
