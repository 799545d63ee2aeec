import type { Token } from '../core/sink.ts';
import type { Capture } from '../core/state.ts';
import type { Timer, World } from '../core/world.ts';
import type { CheckpointContent, Checkpoints } from '../state/checkpoints.ts';
import { abandoned, failed } from './checkpoint-failed.ts';
import { checkpointTimedOut } from './checkpoint-limit.ts';
import type { Part } from './flow-host.ts';
import { keptOf } from './kept-capture.ts';
import type { Commits } from './commits.ts';
import { REDRIVE } from './redrive/names.ts';
import type { SinkInlet } from './sink-inlet.ts';
import type { PartitionPosition } from './source-feed.ts';

/** What the checkpoints need of the run. */
export interface Checkpointed {
  readonly world: World;
  /** Everything a barrier passes: sources, loops, stations, junctions, sinks. */
  readonly parts: readonly Part[];
  readonly sinks: readonly SinkInlet[];
  readonly feeds: readonly CheckpointedSource[];
  /** How many records have come and gone, everywhere together: where it stays as it is, nothing moves. */
  activity(): number;
  /** The barrier has passed everybody who may refuse a record. */
  lettersPassed(n: number): void;
  crash(error: unknown): void;
}

export interface CheckpointedSource {
  readonly id: string;
  barrier(n: number): Promise<readonly PartitionPosition[]>;
  positions(): readonly PartitionPosition[];
}

export interface CheckpointerOptions {
  readonly store: Checkpoints;
  /** The highest number there is, 0 for none; the next checkpoint follows it. */
  readonly from: number;
  readonly committed: CheckpointContent['tokens'];
  /** How far dead letters have been sent in again: of no source of this run, and kept for the next that does it. */
  readonly carried: CheckpointContent['positions'];
  /** They are of a run that had come to its end, and this one begins anew. */
  readonly beginsAnew: boolean;
  readonly everyMs: number;
  /** A checkpoint that takes longer ends the run; no limit when absent. */
  readonly withinMs?: number | undefined;
  readonly content: Pick<CheckpointContent, 'pipeline' | 'fingerprint' | 'plan' | 'maxParallelism'>;
}

interface Taking {
  readonly n: number;
  readonly captures: Map<Part, readonly Capture[]>;
  readonly prepared: Map<SinkInlet, Token | undefined>;
  positions: CheckpointContent['positions'] | undefined;
  hasPassedLetters: boolean;
  isWriting: boolean;
  /** It is on the disk, and sinks may commit it. */
  isWritten: boolean;
  readonly committed: Set<SinkInlet>;
  limit: Timer | undefined;
  /** Taken when everything had closed: nothing is under way, and none comes after it. */
  readonly isLast: boolean;
  /** Of the run, before the barrier had passed anybody. */
  activity: number;
  readonly done: PromiseWithResolvers<number>;
}

/**
 * Takes one checkpoint at a time: sends a barrier into every source, gathers what it captures on its way, and when it
 * has come out of every sink writes all of it, then lets the sinks commit. Invariant: a token is committed only after
 * the checkpoint that holds it, and the positions behind it, is on disk.
 *
 * A part that has closed is captured as it was left; its end stands for every later barrier.
 *
 * The clock asks for none while nothing moves: no record, no answer, no pane, no position. What the clock alone changes,
 * a watermark that walks while all is silent or a state whose time is over, comes out of the older checkpoint as well.
 */
export class Checkpointer implements Commits {
  readonly #options: CheckpointerOptions;
  readonly #closing = new Map<Part, readonly Capture[]>();
  #run!: Checkpointed;
  readonly #ready = Promise.withResolvers<void>();
  #n: number;
  #taking: Taking | undefined;
  #timer: Timer | undefined;
  #isOver = false;
  /** What the last one has seen. */
  #seen: { readonly activity: number; readonly positions: string } | undefined;
  /** The newest that all sinks have committed, once there is one. */
  committed: number | undefined;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#n = options.from;
  }

  begin(run: Checkpointed): void {
    this.#run = run;
  }

  /** Sources are open: barriers may go in. */
  ready(): void {
    this.#ready.resolve();
    this.#schedule();
  }

  /** Takes a checkpoint now, or joins the one under way. Answers its number when the sinks have committed it. */
  request(): Promise<number> {
    if (this.#taking !== undefined) return this.#taking.done.promise;
    if (this.#isOver) return Promise.resolve(this.#n);
    const taking = this.#begun(false);
    void (async () => {
      await this.#ready.promise;
      if (this.#isOver) return;
      this.#limit(taking);
      taking.activity = this.#run.activity();
      try {
        const positions = await Promise.all(
          this.#run.feeds.map(async (feed) => (await feed.barrier(taking.n)).map((position) => ({ source: feed.id, ...position }))),
        );
        taking.positions = positions.flat();
        // One that ended meanwhile was prepared as it closed.
        for (const sink of this.#run.sinks) if (sink.hasEnded && sink.part.passed < taking.n) sink.prepareEnded(taking.n);
        this.#look();
      } catch (error) {
        this.#run.crash(error);
      }
    })();
    return taking.done.promise;
  }

  /** Everything has closed: what is left is captured, committed, and the run is over. */
  async last(): Promise<void> {
    await this.#taking?.done.promise;
    this.#timer?.cancel();
    if (this.#isOver) return;
    const taking = this.#begun(true);
    this.#limit(taking);
    taking.positions = positionsOf(this.#run.feeds);
    for (const sink of this.#run.sinks) sink.prepareEnded(taking.n);
    await taking.done.promise;
    this.#isOver = true;
    // A checkpoint that completes asks for the next one.
    this.#timer?.cancel();
  }

  /** The run will not end well: nothing is committed any more. */
  giveUp(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#ready.resolve();
    const taking = this.#taking;
    taking?.limit?.cancel();
    if (taking === undefined || taking.isWriting) return;
    this.#taking = undefined;
    for (const captures of taking.captures.values()) for (const capture of captures) capture.drop();
    taking.done.reject(abandoned(taking.n));
  }

  passed(part: Part, n: number, captures: readonly Capture[]): void {
    part.passed = n;
    const taking = this.#taking;
    if (taking?.n !== n || taking.isWriting) {
      for (const capture of captures) capture.drop();
      return;
    }
    taking.captures.set(part, captures);
    this.#look();
  }

  closed(part: Part, captures: readonly Capture[]): void {
    part.isClosed = true;
    this.#closing.set(part, captures);
    const taking = this.#taking;
    if (taking === undefined) return;
    for (const sink of this.#run.sinks) if (sink.part === part && part.passed < taking.n) sink.prepareEnded(taking.n);
    this.#look();
  }

  prepared(sink: SinkInlet, n: number, token: Token | undefined): void {
    if (this.#taking?.n !== n) return;
    this.#taking.prepared.set(sink, token);
    this.#look();
  }

  get beginsAnew(): boolean {
    return this.#options.beginsAnew;
  }

  committedOf(sink: string): readonly Token[] {
    return this.#options.committed.filter((token) => token.sink === sink).map(({ token }) => token);
  }

  #begun(isLast: boolean): Taking {
    const done = Promise.withResolvers<number>();
    // Whoever asked looks at it; a timer asks and does not.
    done.promise.catch(() => {});
    const taking: Taking = {
      n: ++this.#n,
      captures: new Map(),
      prepared: new Map(),
      positions: undefined,
      hasPassedLetters: false,
      isWriting: false,
      isWritten: false,
      committed: new Set(),
      limit: undefined,
      isLast,
      activity: Number.NaN,
      done,
    };
    this.#taking = taking;
    return taking;
  }

  #look(): void {
    const taking = this.#taking;
    if (taking === undefined || taking.isWriting) return;
    const isPast = (part: Part): boolean => part.isClosed || part.passed >= taking.n;
    const before = this.#run.parts.filter((part) => !part.isAfterLetters);
    // Not only when the sources have got rid of their barrier: a copy of a stage whose letters wait behind it for this one
    // takes no more, and so holds up whoever brings it the barrier's chunk.
    if (!taking.hasPassedLetters && before.every(isPast)) {
      taking.hasPassedLetters = true;
      if (before.some((part) => !part.isClosed)) this.#run.lettersPassed(taking.n);
    }
    if (taking.positions === undefined || !this.#run.parts.every(isPast) || taking.prepared.size < this.#run.sinks.length) return;
    taking.isWriting = true;
    void this.#complete(taking);
  }

  async #complete(taking: Taking): Promise<void> {
    const { store, content } = this.#options;
    try {
      const tokens = [...taking.prepared].flatMap(([sink, token]) => (token === undefined ? [] : [{ sink: sink.id, index: 0, token }]));
      const positions = this.#withCarried(taking.positions!);
      const { isLast } = taking;
      const isCompleted = isLast && positions.every((position) => position.ended || position.source === REDRIVE);
      const captures = this.#run.parts.flatMap(
        (part) => taking.captures.get(part) ?? (isLast ? (this.#closing.get(part) ?? []) : keptOf(this.#closing, part)),
      );
      await store.write(
        taking.n,
        { ...content, takenAt: this.#run.world.clock.now(), positions, tokens, isStop: isLast && !isCompleted, isCompleted },
        captures,
      );
      taking.isWritten = true;
      const at = { checkpoint: taking.n, positions };
      const commit = async ([sink, token]: readonly [SinkInlet, Token | undefined]): Promise<void> => {
        if (token !== undefined) await sink.commit(token, at);
        taking.committed.add(sink);
      };
      // An arbiter that dies before it has committed takes the checkpoint with it, so nobody may be before it.
      for (const prepared of taking.prepared) if (prepared[0].isArbiter) await commit(prepared);
      await Promise.all([...taking.prepared].filter(([sink]) => !sink.isArbiter).map(commit));
      await store.committed(taking.n);
    } catch (error) {
      this.#taking = undefined;
      taking.limit?.cancel();
      const failure = failed(taking.n, error);
      taking.done.reject(failure);
      this.#run.crash(failure);
      return;
    }
    this.#taking = undefined;
    taking.limit?.cancel();
    this.committed = taking.n;
    this.#seen = { activity: taking.activity, positions: JSON.stringify(taking.positions) };
    taking.done.resolve(taking.n);
    if (!this.#isOver) this.#schedule();
  }

  #limit(taking: Taking): void {
    const { withinMs } = this.#options;
    if (withinMs !== undefined) taking.limit = this.#run.world.scheduler.after(withinMs, () => this.#late(taking, withinMs));
  }

  #late(taking: Taking, withinMs: number): void {
    const { n, isWriting, isWritten, prepared, committed } = taking;
    const parts = this.#run.parts.filter((part) => !part.isClosed && part.passed < n).map(({ id }) => id);
    const sinks = this.#run.sinks.filter((sink) => (isWritten ? !committed.has(sink) : !prepared.has(sink))).map(({ id }) => id);
    const failure = checkpointTimedOut(n, withinMs, { parts, sinks, step: isWritten ? 'commit' : isWriting ? 'write' : 'barrier' });
    taking.done.reject(failure);
    this.#run.crash(failure);
  }

  #withCarried(positions: CheckpointContent['positions']): CheckpointContent['positions'] {
    return positions.some(({ source }) => source === REDRIVE) ? positions : [...positions, ...this.#options.carried];
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = this.#run.world.scheduler.after(this.#options.everyMs, () => {
      if (this.#taking === undefined && this.#isStill()) this.#schedule();
      else void this.request();
    });
  }

  /** All there is stands in the last one. */
  #isStill(): boolean {
    return this.#seen?.activity === this.#run.activity() && this.#seen.positions === JSON.stringify(positionsOf(this.#run.feeds));
  }
}

function positionsOf(feeds: readonly CheckpointedSource[]): CheckpointContent['positions'] {
  return feeds.flatMap((feed) => feed.positions().map((position) => ({ source: feed.id, ...position })));
}
