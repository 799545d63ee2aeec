import type { Dying } from '../base/dying-files.ts';
import type { VirtualWorld } from '../base/virtual-world.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Sink } from '../core/sink.ts';
import type { Answer, Source } from '../core/source.ts';
import { type Duration, milliseconds } from '../core/units.ts';
import type { Random, World } from '../core/world.ts';
import { type Pipeline, pipeline } from '../pipeline/pipeline.ts';
import type { PipelineOptions } from '../pipeline/draft.ts';
import type { Stream } from '../pipeline/stream.ts';
import { type EmbeddedOptions, embeddedAs } from '../runtime/embedded.ts';
import type { Run } from '../runtime/runtime.ts';
import { type Mortal, MortalFiles, never } from './simulate-files.ts';
import type { Sent, SentRecords, Shown } from './simulate-outside.ts';
import { MortalTimers } from './simulate-timers.ts';

/** The time of a simulation, for functions of a part that wait. */
export interface SimulatedTime {
  /** Milliseconds since 1970, in virtual time. */
  now(): number;
  /** Resolves when so much virtual time has passed; a process that has died never hears of it. */
  sleep(span: Duration): Promise<void>;
}

/** What is under test: a function from stream to stream. Most have no use for the time. */
export type Part<I, O> = (stream: Stream<I>, time: SimulatedTime) => Stream<O>;

/** How the part is run, whatever happens to it. */
export interface LifeOptions
  extends Pick<EmbeddedOptions, 'memory' | 'codegen' | 'chunk' | 'checkpointEvery'>,
    Pick<PipelineOptions, 'onError' | 'maxParallelism'> {}

/** What outlives every process of a simulation. */
export interface Surroundings<I, O> {
  readonly world: VirtualWorld;
  readonly part: Part<I, O>;
  readonly options: LifeOptions;
  readonly sent: Sent<I>;
  readonly outputs: Shown<O>;
  readonly letters: Shown<DeadLetter>;
}

/**
 * One process: a run of the part by the embedded runtime, with eyes and hands that can be taken from it. Invariant: from
 * `die` on nothing of it has an effect outside, whatever promises it still has under way.
 */
export class Life<I, O> implements Mortal {
  readonly #around: Surroundings<I, O>;
  readonly #files: MortalFiles;
  readonly #timers: MortalTimers;
  readonly #world: World;
  readonly #aborting = new AbortController();
  readonly #death = Promise.withResolvers<void>();
  #run: Run | undefined;
  #isDead = false;
  #commitsLeft = Number.POSITIVE_INFINITY;
  #recordsLeft = Number.POSITIVE_INFINITY;
  /** What the run failed of; a process that dies fails of nothing. */
  failure: { readonly error: unknown } | undefined;

  constructor(around: Surroundings<I, O>, random: Random) {
    const { clock, files } = around.world;
    this.#around = around;
    this.#files = new MortalFiles(files, this);
    this.#timers = new MortalTimers(clock);
    const { syncFiles } = around.world; // They only read, so the dead may have them.
    this.#world = { clock, scheduler: this.#timers, random, files: this.#files, ...(syncFiles === undefined ? {} : { syncFiles }) };
  }

  async begin(): Promise<void> {
    const { options } = this.#around;
    const { memory = '1GiB', codegen, chunk = 1024, checkpointEvery = '10s' } = options;
    const size = { memory, chunk, checkpointEvery, ...(codegen === undefined ? {} : { codegen }) };
    // In one piece, also what is meant for threads: those live in real time.
    const runtime = embeddedAs({ dir: '/simulation', world: this.#world, ...size }, () => undefined);
    try {
      this.#run = await runtime.start(this.#pipeline(), { signals: false, signal: this.#aborting.signal });
      this.#run.done.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #failed(error: unknown): void {
    if (!this.isDead) this.failure = { error };
  }

  get isDead(): boolean {
    return this.#isDead || this.#files.isDoomed;
  }

  get death(): Promise<void> {
    return this.#death.promise;
  }

  get run(): Run {
    return this.#run!;
  }

  /** The process dies at once. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#timers.die();
    // So that it does not go on in memory, where it would call functions of the user.
    this.#aborting.abort(new DOMException('the process is dead', 'AbortError'));
    this.#death.resolve();
  }

  /** Of `MortalFiles`: the fatal call was made. */
  died(): void {
    this.die();
  }

  /** It will die in the n-th call from now on that changes the disk. */
  dieAtChange(n: number, dying: Dying): void {
    this.#files.dieAt(n, dying);
  }

  /** It will die when so many sinks have committed and the next one is told to. */
  dieAtCommit(after: number): void {
    this.#commitsLeft = after;
  }

  /** It comes no further than so many records: whoever wants it to die in the middle of them says so before it begins. */
  readAtMost(records: number): void {
    this.#recordsLeft = records;
  }

  #pipeline(): Pipeline {
    const { part, options, outputs, letters, world } = this.#around;
    const { onError, maxParallelism } = options;
    const made = pipeline('simulated', {
      ...(onError === undefined ? {} : { onError }),
      ...(maxParallelism === undefined ? {} : { maxParallelism }),
    });
    const time: SimulatedTime = {
      now: () => world.clock.now(),
      sleep: (span) => new Promise((wake) => this.#timers.after(milliseconds(span, 'sleep'), wake)),
    };
    part(made.from(this.#source()), time).to(this.#sink('outputs', outputs));
    made.deadLetters().to(this.#sink('letters', letters));
    return made;
  }

  #source(): Source<I> {
    const { sent } = this.#around;
    return {
      kind: 'sent',
      id: 'sent',
      replay: true,
      partitions: () => [0],
      open: (_partition, resume) => {
        let at = typeof resume === 'number' ? resume : 0;
        let hasSaidEnd = false;
        const next = (limit: number): SentRecords<I> | undefined => {
          const answer = this.#recordsLeft === 0 ? undefined : sent.readFrom(at, Math.min(limit, this.#recordsLeft));
          if (answer === undefined) return undefined;
          hasSaidEnd = false;
          this.#recordsLeft -= answer.values.length;
          at = answer.resume;
          return answer;
        };
        const later = async (limit: number, signal: AbortSignal): Promise<Answer<I>> => {
          if (!hasSaidEnd) {
            hasSaidEnd = true;
            return { values: [], positions: { first: at }, resume: at };
          }
          for (;;) {
            await sent.more(signal);
            if (this.isDead) return await never();
            const answer = next(limit);
            if (answer !== undefined) return answer;
            if (signal.aborted) return { values: [], positions: { first: at }, resume: at };
          }
        };
        return {
          read: (limit, signal) => (this.isDead ? never() : (next(limit) ?? later(limit, signal))),
          close() {},
        };
      },
    };
  }

  #sink<T>(id: string, shown: Shown<T>): Sink<T> {
    return {
      kind: id,
      id,
      delivery: 'twoPhase',
      open: ({ committed }) => {
        for (const token of committed) shown.commit(token);
        shown.forget();
        return {
          write: (chunk) => (this.isDead ? never() : shown.write(chunk.values)),
          prepare: (checkpoint) => (this.isDead ? never() : shown.prepare(checkpoint)),
          commit: (tokens) => {
            if (this.#commitsLeft-- <= 0) this.die();
            if (this.isDead) return never();
            for (const token of tokens) shown.commit(token);
          },
          close() {},
        };
      },
    };
  }
}
