import { Histogram } from '../base/histogram.ts';
import type { RecordInfo } from '../core/chunk.ts';
import type { Capture, Scope } from '../core/state.ts';
import { HeadraceError } from '../core/error.ts';
import type { TopicStore } from '../core/topic.ts';
import type { Timer, World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import { type Alignment, alignmentOf } from './alignment.ts';
import type { RunBudget } from './budget.ts';
import { Checkpointer } from './checkpointer.ts';
import { Driver } from './driver.ts';
import type { Push } from './edges.ts';
import type { FlowHost, Part, Refuser, RestoredPiece } from './flow-host.ts';
import { assemble, type Assembly, type AssemblyOptions } from './assembly.ts';
import { Letters } from './letters.ts';
import type { Recovery } from './recovery.ts';
import { letterOf, refuse, stopError } from './refusal.ts';
import { REDRIVE } from './redrive/names.ts';
import type { CheckpointMetrics } from './report.ts';
import type { StoredTables } from './stored/stored-tables.ts';
import { assembleStages, type StagesOptions } from './stages/assemble-stages.ts';

export interface FlowOptions {
  readonly world: World;
  readonly budget: RunBudget;
  readonly topics: TopicStore | undefined;
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly untilCaughtUp: boolean;
  /** Where checkpoints go, and the one to go on from; without it none are taken. */
  readonly recovery?: Recovery | undefined;
  /** Runs the plan as stages; in one piece unless told. */
  readonly stages?: StagesOptions | undefined;
  /** Only dead letters are read, and enter where they were refused. */
  readonly redrives?: boolean;
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
  readonly topics: TopicStore | undefined;
  readonly codegen: FlowOptions['codegen'];
  readonly chunkLimit: number;
  readonly budget: RunBudget;
  readonly latencyUs: Histogram = new Histogram();
  /** Settles once, when every part is closed. */
  readonly over: Promise<void>;
  readonly assembly: Assembly;
  readonly takesCheckpoints: boolean;
  readonly stored: StoredTables | undefined;
  readonly #recovery: Recovery | undefined;
  readonly #checkpointer: Checkpointer | undefined;
  readonly #aborting = new AbortController();
  readonly #letters: Letters = new Letters();
  readonly #driver: Driver;
  readonly alignment: Alignment | undefined;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  /** Records that windows held when they were stopped. */
  openRecords = 0;
  #closedParts = 0;
  #closedBeforeLetters = 0;
  #error: { readonly reason: unknown } | undefined;
  #isStopping = false;
  #isOver = false;
  #isAborting = false;
  #deadline: Timer | undefined;

  constructor(plan: Plan, options: FlowOptions) {
    this.pipeline = plan.pipeline;
    this.world = options.world;
    this.topics = options.topics;
    this.codegen = options.codegen;
    this.chunkLimit = options.chunkLimit;
    this.budget = options.budget;
    this.#recovery = options.recovery;
    this.#checkpointer = options.recovery === undefined ? undefined : new Checkpointer(options.recovery.checkpointer);
    this.takesCheckpoints = this.#checkpointer !== undefined;
    this.stored = options.recovery?.stored;
    this.signal = this.#aborting.signal;
    const settled = Promise.withResolvers<void>();
    this.over = settled.promise;
    // Whoever started the run looks at this when it gets there; until then a failure is not unhandled.
    this.over.catch(() => {});
    this.#resolve = settled.resolve;
    this.#reject = settled.reject;
    this.alignment = alignmentOf(plan);
    const assembling: AssemblyOptions = {
      letters: this.#letters.outlet,
      commits: this.#checkpointer,
      untilCaughtUp: options.untilCaughtUp,
      ready: (pump) => this.#driver.ready(pump),
      positions: (source) => options.recovery?.positions(source) ?? [],
      alignment: this.alignment,
      isHeld: options.redrives === true ? (source) => source !== REDRIVE : undefined,
    };
    this.assembly =
      options.stages === undefined ? assemble(plan, this, assembling) : assembleStages(plan, this, assembling, options.stages);
    // The driver counts itself among the runs of the process, so it comes after all that may throw.
    this.#driver = new Driver(options.world, (error) => this.crash(error));
  }

  /** Opens sinks, then sources, then pulls. */
  async open(): Promise<void> {
    try {
      const { sinks, feeds, parts, stations } = this.assembly;
      for (const sink of sinks) {
        if (this.#isAborting) return;
        await sink.open();
      }
      if (this.#isAborting) return;
      this.#checkpointer?.begin({
        world: this.world,
        parts,
        sinks,
        feeds,
        activity: () =>
          this.assembly.counters.reduce((all, { in: came, out, errors, droppedTotal }) => all + came + out + errors + droppedTotal, 0),
        lettersPassed: (n) => this.#lettersPassed(n),
        crash: (error) => this.crash(error),
      });
      await this.assembly.open?.();
      if (this.#isAborting) return;
      await Promise.all(feeds.map((feed) => this.#openFeed(feed)));
      if (this.#isAborting) return;
      this.#checkpointer?.ready();
      this.stored?.bind(
        this.budget,
        () => this.#checkpointer!.request(),
        () => this.#error === undefined && !this.#isOver,
      );
      for (const station of stations) station.begin?.();
      for (const feed of feeds) for (const pump of feed.pumps) if (!pump.isClosed) this.#driver.ready(pump);
    } catch (error) {
      this.crash(error);
    }
  }

  /** No new reads; records in flight finish, at the latest in `deadlineMs`. */
  stop(deadlineMs: number): void {
    if (this.#isStopping || this.#isOver) return;
    this.#isStopping = true;
    this.#deadline = this.world.scheduler.after(deadlineMs, () => this.#late(deadlineMs));
    for (const feed of this.assembly.feeds) feed.stop();
  }

  /** Gives everything up now. */
  abort(reason: unknown): void {
    if (this.#isAborting || this.#isOver) return;
    this.#isAborting = true;
    this.#error ??= { reason };
    this.#checkpointer?.giveUp();
    this.#aborting.abort(reason);
    const { feeds, sinks, stations } = this.assembly;
    for (const station of stations) station.abort(reason);
    const pumps = feeds.flatMap((feed) => [...feed.pumps]);
    const closing = [...pumps.map((pump) => pump.abort(reason)), ...sinks.map((sink) => sink.abort(reason))];
    // A reader that never comes back from its last read must not hold up the end of the run.
    this.#deadline?.cancel();
    this.#deadline = this.world.scheduler.after(ABORT_DEADLINE_MS, () => this.#end());
    void Promise.allSettled(closing).then(() => this.#end());
  }

  // FlowHost

  refused(by: Refuser, error: unknown, value: unknown, record: RecordInfo, lost?: string): boolean {
    return refuse(by, error, {
      letter: () => this.#letters.add(letterOf(by, { error, value, record, lost, time: this.world.clock.now() }), record, by.part.passed),
      stop: () => {
        this.#error ??= { reason: stopError(this.pipeline, by, error, record) };
        // What lies behind the record in its chunk is lost with this run: no checkpoint may stand there.
        this.#checkpointer?.giveUp();
        // Not from inside the loop that found it: what came before the record must get away first.
        queueMicrotask(() => this.stop(FAILED_DEADLINE_MS));
      },
    });
  }

  get isStuck(): boolean {
    // A checkpoint will free memory.
    if (this.stored?.isFull === true) return false;
    return this.assembly.stations.every((station) => station.holdsForMore) && this.assembly.sinks.every((sink) => sink.isIdle);
  }

  leftOpen(records: number): void {
    this.openRecords += records;
  }

  postLetters(wait: Push): Push {
    return this.#letters.post(wait);
  }

  crash(error: unknown): void {
    this.abort(error);
  }

  later(fn: () => void): void {
    queueMicrotask(fn);
  }

  reached(source: string, partition: string, ms: number): void {
    this.alignment?.reached(source, partition, ms);
  }

  restored(operator: string): readonly RestoredPiece[] {
    return this.#recovery?.pieces(operator) ?? [];
  }

  unkeyedScope(source: string, partition: string): Scope {
    return { kind: 'partition', partition: `${source}/${partition}` };
  }

  passed(part: Part, n: number, captures: readonly Capture[]): void {
    this.#checkpointer?.passed(part, n, captures);
  }

  closed(part: Part, captures?: () => readonly Capture[]): void {
    this.#closedParts++;
    const { parts, partsBeforeLetters } = this.assembly;
    this.#checkpointer?.closed(part, captures?.() ?? []);
    if (!part.isAfterLetters && ++this.#closedBeforeLetters === partsBeforeLetters) this.#letters.finish(this.#isStopping ? 'stop' : 'end');
    if (this.#closedParts === parts.length && !this.#isAborting) void this.#finish();
  }

  /** The one it goes on from and the newest that was committed; undefined when none are kept. */
  get checkpoints(): CheckpointMetrics | undefined {
    if (this.#checkpointer === undefined) return undefined;
    const from = this.#recovery?.from ?? 0;
    return { from, last: this.#checkpointer.committed ?? from };
  }

  /** Takes a checkpoint now and answers its number. */
  checkpoint(): Promise<number> {
    return this.#checkpointer === undefined ? Promise.reject(noCheckpoints(this.pipeline)) : this.#checkpointer.request();
  }

  /** Everything has closed; what is left is to commit. */
  async #finish(): Promise<void> {
    if (this.#checkpointer === undefined) return this.#end();
    if (this.#error !== undefined) return this.abort(this.#error.reason);
    try {
      await this.#checkpointer.last();
      for (const sink of this.assembly.sinks) await sink.close();
    } catch (error) {
      this.crash(error);
      return;
    }
    if (!this.#isAborting) this.#end();
  }

  #lettersPassed(n: number): void {
    this.#letters.barrier(n)?.catch((error: unknown) => this.crash(error));
  }

  async #openFeed(feed: Assembly['feeds'][number]): Promise<void> {
    await feed.find();
    if (this.#isAborting) return;
    // A stop that came while there was no pump to hear it.
    if (this.#isStopping) feed.stop();
    await feed.open();
  }

  #late(deadlineMs: number): void {
    const holding = this.assembly.counters
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
    void this.#settle();
  }

  /** Whoever waits for the end may start the next run at once: what is closed here must not stand in its way. */
  async #settle(): Promise<void> {
    try {
      void this.assembly.close?.();
      await this.#recovery?.store.close();
    } catch (error) {
      this.#error ??= { reason: error };
    }
    if (this.#error === undefined) this.#resolve();
    else this.#reject(this.#error.reason);
  }
}

function noCheckpoints(pipeline: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_CHECKPOINTS_OFF',
    what: 'this run keeps no checkpoints',
    where: `pipeline '${pipeline}'`,
    todo: "Give it a folder: run(…, { runtime: embedded({ dir: './state' }) }).",
  });
}

/** What a failing run gives the records before the failure to reach their sinks. */
const FAILED_DEADLINE_MS = 5000;
/** What connectors get to close after an abort. */
const ABORT_DEADLINE_MS = 1000;
