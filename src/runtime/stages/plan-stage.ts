import { Histogram } from '../../base/histogram.ts';
import { Chunk, type KeyTable, type RecordInfo } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import type { Stage, StageContext } from '../../core/stage.ts';
import type { Capture, Scope } from '../../core/state.ts';
import type { Finish } from '../../core/station.ts';
import type { World } from '../../core/world.ts';
import type { Plan, PlanNode } from '../../pipeline/plan.ts';
import type { StagePart } from '../../pipeline/stage-cut.ts';
import type { Counters } from '../counters.ts';
import type { Outlet, Push } from '../edges.ts';
import type { Budget, FlowHost, Part, Refuser, RestoredPiece } from '../flow-host.ts';
import { NO_ORIGIN } from '../junctions.ts';
import { keptOf } from '../kept-capture.ts';
import { Letters } from '../letters.ts';
import { readPieces } from '../pieces.ts';
import { letterOf, refuse, stopError } from '../refusal.ts';
import { countersOf, refusersOf } from '../refusers.ts';
import { wire, type Wiring } from '../wiring.ts';
import { COUNTS, CountTelling } from './counts.ts';
import { EncodingInlet, type Inside } from './inside.ts';
import { joined } from './joined.ts';
import { Slices } from './slices.ts';
import { StageClock, stageWorld } from './stage-clock.ts';
import { tablesOf } from './stage-edges.ts';
import { StageInputs } from './stage-inputs.ts';
import { LETTERS, type OutputHost, REACHED, StageOutput } from './stage-output.ts';

export interface PlanStageOptions {
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly budget: Budget;
  /** Where operators count; counters of its own unless given. */
  readonly counters?: ReadonlyMap<string, Counters> | undefined;
  /** Numbers the keys of what comes in; tables of its own unless given. */
  readonly tables?: ((input: string) => KeyTable | undefined) | undefined;
  /** What is decoded and encoded here in place of the source and the sink. */
  readonly inside?: Inside | undefined;
  /** The counters are in another process than who wants to know: what they stand at leaves as an output. */
  readonly tellsCounts?: boolean | undefined;
  /** Told which record of the chunk at hand is worked on, every few milliseconds at least: how a hang is told from slow work. */
  readonly atRow?: ((row: number) => void) | undefined;
}

/**
 * One stage of a plan, made of the same parts as a run in one piece: what is between is fused, waits, and is captured
 * alike. Only its edges differ: records enter by calls, leave by `emit`, and time passes in `advance`.
 */
export class PlanStage implements Stage, FlowHost {
  readonly pipeline: string;
  readonly codegen: PlanStageOptions['codegen'];
  readonly chunkLimit: number;
  readonly budget: Budget;
  readonly latencyUs: Histogram = new Histogram();
  readonly takesCheckpoints = true;
  readonly signal: AbortSignal;
  readonly #plan: Plan;
  readonly #options: PlanStageOptions;
  #counts: CountTelling | undefined;
  #slices: Slices | undefined;
  readonly #cut: StagePart;
  readonly #aborting = new AbortController();
  readonly #letters = new Letters();
  #inputs!: StageInputs;
  readonly #outputs: StageOutput[] = [];
  #pieces: ReadonlyMap<string, readonly RestoredPiece[]> | undefined;
  readonly #openInputs: Set<string>;
  readonly #captures = new Map<Part, readonly Capture[]>();
  readonly #closing = new Map<Part, readonly Capture[]>();
  #later: (() => void)[] = [];
  #world!: World;
  #clock!: StageClock;
  #context!: StageContext;
  #wiring!: Wiring;
  #refuser!: (node: PlanNode, part?: Part) => Refuser;
  #barrier: { readonly n: number; readonly come: () => void; isInLetters: boolean } | undefined;
  #closed: (() => void) | undefined;
  #depth = 0;
  #isSettling = false;
  #error: { readonly reason: unknown } | undefined;
  #how: Finish = 'end';

  constructor(plan: Plan, cut: StagePart, options: PlanStageOptions) {
    this.pipeline = plan.pipeline;
    this.#plan = plan;
    this.#cut = cut;
    this.codegen = options.codegen;
    this.chunkLimit = options.chunkLimit;
    this.budget = options.budget;
    this.#options = options;
    this.signal = this.#aborting.signal;
    this.#openInputs = new Set(cut.inputs);
  }

  // Stage
  async open(context: StageContext): Promise<void> {
    this.#context = context;
    this.#clock = new StageClock(context.world.clock, () => context.wake());
    this.#world = stageWorld(context.world, this.#clock);
    const { atRow } = this.#options;
    if (atRow !== undefined) this.#slices = new Slices(context.world.clock, atRow, (go) => this.later(go));
    if (context.restored !== undefined) this.#pieces = await readPieces(context.restored);
    this.#call(() => {
      this.#wire();
      for (const station of this.#wiring.stations) station.begin();
    });
    this.#pieces = undefined;
  }

  process(input: string, chunk: Chunk): Push {
    return this.#slices === undefined ? this.#into(input, chunk) : this.#slices.process(chunk, (slice) => this.#into(input, slice));
  }

  watermark(input: string, ms: number): Push {
    return this.#into(input, new Chunk([], NO_ORIGIN, {}, { watermark: ms }));
  }

  idle(input: string): Push {
    return this.#into(input, new Chunk([], NO_ORIGIN, {}, { idle: true }));
  }

  advance(nowMs: number): number | undefined {
    this.#call(() => this.#clock.run(nowMs));
    return this.#clock.nextAt;
  }

  prepareBarrier(n: number): Push {
    const come = Promise.withResolvers<void>();
    this.#barrier = { n, come: come.resolve, isInLetters: false };
    this.#captures.clear();
    const inputs = [...this.#openInputs];
    for (const input of inputs) {
      const wait = this.#into(input, new Chunk([], NO_ORIGIN, {}, { barrier: n }));
      wait?.catch((error: unknown) => this.crash(error));
    }
    this.#call(() => this.#lookForLetters());
    return this.#hasCome() ? undefined : come.promise;
  }

  barrier(n: number): Capture {
    assert(this.#barrier?.n === n && this.#hasCome(), 'a barrier is taken when it has come out of the stage');
    this.#barrier = undefined;
    for (const output of this.#outputs) output.release();
    return joined(this.#wiring.parts.flatMap((part) => this.#captures.get(part) ?? keptOf(this.#closing, part)));
  }

  committed(_n: number): void {}
  aborted(_n: number): void {}

  end(input: string): Push {
    this.#openInputs.delete(input);
    this.#call(() => this.#inputs.entries.get(input)!.outlet.finish('end'));
    return this.#openInputs.size > 0 ? undefined : this.#whenClosed();
  }

  stop(): Push {
    this.#how = 'stop';
    const inputs = [...this.#openInputs];
    this.#openInputs.clear();
    this.#call(() => {
      for (const input of inputs) this.#inputs.entries.get(input)!.outlet.finish('stop');
    });
    return this.#whenClosed();
  }

  closing(): Capture {
    return joined([...this.#closing.values()].flat());
  }

  abort(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#aborting.abort(reason);
    for (const station of this.#wiring?.stations ?? []) station.abort(reason);
    this.#later = [];
  }

  // FlowHost
  get world(): World {
    return this.#world;
  }

  refused(by: Refuser, error: unknown, value: unknown, record: RecordInfo, lost?: string): boolean {
    return refuse(by, error, {
      letter: () => this.#letters.add(letterOf(by, { error, value, record, lost, time: this.#world.clock.now() }), record, by.part.passed),
      stop: () => void (this.#error ??= { reason: stopError(this.pipeline, by, error, record) }),
    });
  }

  readonly isStuck = false;
  leftOpen(_records: number): void {}

  postLetters(wait: Push): Push {
    return this.#letters.post(wait);
  }

  crash(error: unknown): void {
    this.#error ??= { reason: error };
    this.#context.wake();
  }

  later(fn: () => void): void {
    this.#later.push(fn);
    if (this.#depth === 0) this.#context.wake();
  }

  passed(part: Part, n: number, captures: readonly Capture[]): void {
    part.passed = n;
    this.#captures.set(part, captures);
    this.#lookForLetters();
  }

  closed(part: Part, captures?: () => readonly Capture[]): void {
    part.isClosed = true;
    this.#closing.set(part, captures?.() ?? []);
    this.#lookForLetters();
    if (this.#isClosed()) this.#letters.finish(this.#how);
    this.#settle();
  }

  reached(source: string, partition: string, ms: number): void {
    this.#context.emit(REACHED, new Chunk<unknown>([[source, partition, ms]], NO_ORIGIN));
  }
  restored(operator: string): readonly RestoredPiece[] {
    return this.#pieces?.get(operator) ?? [];
  }

  unkeyedScope(source: string, partition: string): Scope {
    if (this.#cut.spread === 'one') return { kind: 'one' };
    if (this.#cut.spread === 'source') return { kind: 'partition', partition: `${source}/${partition}` };
    return { kind: 'group', group: this.#context.groups[0] ?? 0 };
  }

  #wire(): void {
    const { nodes, inputs, outputs, spread } = this.#cut;
    const { inside, counters = countersOf(this.#plan), tables = tablesOf(this.#plan), tellsCounts } = this.#options;
    if (tellsCounts === true) this.#counts = new CountTelling([...counters.values()], this.#world.clock);
    this.#refuser = refusersOf(this.#plan, counters);
    this.#inputs = new StageInputs(inputs, tables, this, { inside, refuser: this.#refuser });
    this.#wiring = wire({ plan: this.#plan, nodes, entries: this.#inputs.entries, refuser: this.#refuser }, this);
    const outputHost: OutputHost = {
      isOfPartitions: spread !== 'key' && spread !== 'any',
      isInCall: () => this.#depth > 0,
      emit: (output: string, chunk: Chunk) => this.#context.emit(output, chunk),
      wake: () => this.#context.wake(),
      arrived: () => this.#settle(),
    };
    for (const id of outputs) this.#addOutput(id, this.#wiring.outlets.get(id)!, outputHost);
    this.#addOutput(LETTERS, this.#letters.outlet, outputHost);
  }

  #addOutput(id: string, outlet: Outlet, host: OutputHost): void {
    const output = new StageOutput(id, host);
    this.#outputs.push(output);
    const encoding = this.#options.inside?.encoding.get(id);
    outlet.connect(encoding === undefined ? output : new EncodingInlet(encoding.codec, this.#refuser(encoding.node), this, output));
  }

  #into(input: string, chunk: Chunk): Push {
    let wait: Push = undefined;
    this.#call(() => {
      wait = this.#inputs.push(input, chunk);
    });
    return wait;
  }

  /** One call of the host: whatever it sets off that can happen now does. */
  #call(fn: () => void): void {
    this.#depth++;
    try {
      for (const output of this.#outputs) output.flush();
      fn();
      while (this.#later.length > 0 && this.#error === undefined) for (const next of this.#later.splice(0)) next();
      const counts = this.#counts?.due(this.#isClosed());
      if (counts !== undefined) this.#context.emit(COUNTS, counts);
      this.#settle();
    } finally {
      this.#depth--;
    }
    if (this.#error !== undefined) throw this.#error.reason;
  }

  #lookForLetters(): void {
    const barrier = this.#barrier;
    if (barrier === undefined || this.#wiring.parts.some((part) => !part.isClosed && part.passed < barrier.n)) return;
    if (!barrier.isInLetters && !this.#letters.outlet.isFinished) {
      barrier.isInLetters = true;
      this.#letters.barrier(barrier.n)?.catch((error: unknown) => this.crash(error));
    }
    this.#settle();
  }

  #hasCome(): boolean {
    const { n } = this.#barrier!;
    return (
      this.#wiring.parts.every((part) => part.isClosed || part.passed >= n) &&
      this.#outputs.every((output) => (output.holdsBarrier || output.isFinished) && (output.holdsBarrier || output.isEmpty))
    );
  }

  #isClosed(): boolean {
    return this.#openInputs.size === 0 && this.#wiring.parts.every((part) => part.isClosed);
  }

  #whenClosed(): Push {
    if (this.#isClosed() && !this.#letters.outlet.isFinished) this.#call(() => this.#letters.finish(this.#how));
    if (this.#isClosed() && this.#outputs.every((output) => output.isEmpty)) return;
    return new Promise((closed) => {
      this.#closed = closed;
    });
  }

  /** Promises that waited for what has just happened. */
  #settle(): void {
    if (this.#isSettling || this.#wiring === undefined) return;
    this.#isSettling = true;
    if (this.#barrier !== undefined && this.#hasCome()) this.#barrier.come();
    if (this.#closed !== undefined && this.#isClosed() && this.#outputs.every((output) => output.isEmpty)) this.#closed();
    this.#isSettling = false;
  }
}
