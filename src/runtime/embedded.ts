import { mayGenerate } from '../base/may-generate.ts';
import { realWorld } from '../base/real-world.ts';
import { MemoryTopics } from '../connectors/topics/memory-topics.ts';
import type { TopicStore } from '../core/topic.ts';
import type { World } from '../core/world.ts';
import { type Bytes, byteCount, type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { withoutKeptLetters } from '../pipeline/unread-letters.ts';
import { type Pipeline, planFor } from '../pipeline/pipeline.ts';
import type { Plan } from '../pipeline/plan.ts';
import { SharedMemory } from './budget.ts';
import { Flow } from './flow.ts';
import type { Budget } from './flow-host.ts';
import { checkStart, type DiskState, inPieces, keepCount, storedOptions } from './start-options.ts';
import { isWorker } from './remote/is-worker.ts';
import { FinishedRun } from './finished-run.ts';
import type { Checkpoints } from '../state/checkpoints.ts';
import type { Recovery } from './recovery.ts';
import { metricsOf, type RunMetrics, type RunReport, reportOf } from './report.ts';
import type { Run, RunHealth, RunOptions, Runtime } from './runtime.ts';
import type { StagesOptions } from './stages/assemble-stages.ts';

export interface EmbeddedOptions {
  /** What the operators and queues of all runs that share this value may hold together; 1 GiB by default. */
  readonly memory?: Bytes;
  /** Whether loops may be generated as code; `auto` does once enough records have come, `never` uses closures only. */
  readonly codegen?: 'auto' | 'always' | 'never';
  /** The most values a chunk holds; 1,024 by default. Smaller ones are for tests: answers never depend on it. */
  readonly chunk?: number;
  /** The folder for checkpoints; without it state is in memory and forgotten at the end. */
  readonly dir?: string;
  /** Keeps checkpoints in place of the folder: a runtime elsewhere has a place of its own. */
  readonly checkpoints?: Checkpoints;
  /** On how many threads the parts of a pipeline that are divided by key run; 1 unless told, which is no thread. */
  readonly parallelism?: number;
  /** How often a checkpoint is taken; '10s' unless told. Only with `dir`. */
  readonly checkpointEvery?: Duration;
  /**
   * How long a checkpoint may take before the run ends with HR_CHECKPOINT_TIMEOUT; no limit unless told. The barrier
   * stands behind what was read already: a step that takes a second for each record takes a quarter of an hour for a chunk.
   */
  readonly checkpointWithin?: Duration;
  /** How many checkpoints the folder keeps, counting the newest; 2 unless told, at most 1,000. */
  readonly keepCheckpoints?: number;
  /**
   * Where the state of keys is kept: in memory, or on the disk under `dir`, for more of it than memory holds. The keys
   * themselves stay in memory, about 100 bytes each.
   */
  readonly state?: 'memory' | 'disk' | DiskState;
  /** Clock, scheduler, chance and files; the real ones by default. */
  readonly world?: World;
}

export { lmdbStore } from '../state/store/lmdb-store.ts';

const DEADLINE = '10s';

/**
 * Runs pipelines in this process. Runs that are given the same value share its memory.
 *
 * @example
 * ```ts
 * const here = embedded({ memory: '256MiB' });
 * const [a, b] = await Promise.all([
 *   run(pipeline('a').from(values([1, 2, 3])).to(each(() => {})), { runtime: here }),
 *   run(pipeline('b').from(values([4, 5])).to(each(() => {})), { runtime: here }),
 * ]);
 * console.log(a.out, b.out); // 3 2
 * ```
 */
export function embedded(options: EmbeddedOptions = {}): Runtime {
  const parallelism = wholeNumber(options.parallelism ?? 1, 'embedded parallelism');
  return embeddedAs(options, async (plan, { module, ...made }) => {
    if (isWorker() || !(parallelism > 1 || plan.nodes.some((node) => node.body.type === 'workers'))) return undefined;
    const { threadStages } = await import('./stages/threads.ts');
    return threadStages(plan, { ...made, parallelism, module: module === undefined ? undefined : String(module) });
  });
}

/** The same with the middle of the plan run as stages, made where the caller wants them. */
export function embeddedAs(options: EmbeddedOptions, stagesFor: StagesFor): Runtime {
  const memory = new SharedMemory(byteCount(options.memory ?? '1GiB', 'embedded memory'));
  const world = options.world ?? realWorld();
  const chunkLimit = wholeNumber(options.chunk ?? 1024, 'embedded chunk');
  const inMemory = new MemoryTopics();
  const everyMs = milliseconds(options.checkpointEvery ?? '10s', 'embedded checkpointEvery');
  const { checkpointWithin: within } = options;
  const withinMs = within === undefined ? undefined : milliseconds(within, 'embedded checkpointWithin');
  const keep = keepCount(options.keepCheckpoints ?? 2);
  const state = storedOptions(options.state ?? 'memory', options);
  const codegen = options.codegen ?? (mayGenerate() ? 'auto' : 'never');
  return {
    kind: 'embedded',
    async start(pipeline: Pipeline, runOptions: RunOptions): Promise<Run> {
      runOptions.signal?.throwIfAborted();
      const whole = planFor(pipeline);
      if (isWorker()) return new FinishedRun(whole);
      const { redrive = false } = runOptions;
      const { dir = '', checkpoints: store } = options;
      const keeps = dir !== '' || store !== undefined;
      checkStart(runOptions, { keeps, dir });
      const plan = dir === '' ? withoutKeptLetters(whole) : whole;
      // The plan of a redrive has nodes that no thread can find in the module.
      const stages = redrive ? undefined : await stagesFor(plan, { module: runOptions.module, codegen, chunkLimit, budget: LOOSE });
      if (state !== undefined && stages !== undefined) throw inPieces();
      const topics = dir === '' ? inMemory : await keptIn(world, dir, redrive || plan.nodes.some(({ kind }) => kind === 'topic'));
      const { again = false, from, acceptDuplicates = false } = runOptions;
      const made = { memory, world, chunkLimit, codegen, stages, topics };
      if (!keeps) return new EmbeddedRun(plan, runOptions, { ...made, recovery: undefined });
      // What reads and writes checkpoints is loaded by those who keep some.
      const { begin } = await import('./beginning.ts');
      const kept = { world, dir, topics, redrive, everyMs, withinMs, keep, again, from, acceptDuplicates, store, state };
      const { recovery, plan: begun, isOver } = await begin(plan, kept);
      if (isOver) return new FinishedRun(plan, recovery.from);
      const how = redrive ? ({ ...runOptions, until: 'caughtUp' } as const) : runOptions;
      try {
        return new EmbeddedRun(begun, how, { ...made, recovery, redrives: redrive });
      } catch (error) {
        // State that cannot be read is found when the parts are made.
        await recovery.store.close().catch(() => {});
        throw error;
      }
    },
  };
}

/** Answers how to run a plan as stages, or undefined to run it in one piece. */
export type StagesFor = (plan: Plan, made: MadeFor) => StagesOptions | undefined | Promise<StagesOptions | undefined>;

export interface MadeFor {
  readonly module: string | URL | undefined;
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly budget: Budget;
}

/** Stages hold what their senders have let them have, which is bounded by itself. */
const LOOSE: Budget = { add() {}, isTight: false, isOverShare: false, whenFree: (fn) => fn() };

/** What keeps topics on a disk is loaded by those who use one. */
async function keptIn(world: World, dir: string, isUsed: boolean): Promise<TopicStore | undefined> {
  if (!isUsed) return undefined;
  const { KeptTopics } = await import('../connectors/topics/kept-topics.ts');
  return new KeptTopics(world, dir);
}

interface Settings {
  readonly memory: SharedMemory;
  readonly world: World;
  readonly chunkLimit: number;
  readonly codegen: 'auto' | 'always' | 'never';
  readonly recovery: Recovery | undefined;
  readonly stages: StagesOptions | undefined;
  readonly topics: TopicStore | undefined;
  readonly redrives?: boolean;
}

class EmbeddedRun implements Run {
  readonly done: Promise<RunReport>;
  readonly #plan;
  readonly #flow: Flow;
  readonly #world: World;
  readonly #startedMs: number;
  readonly #deadlineMs: number;
  #state: RunHealth['state'] = 'running';
  #error: string | undefined;
  #ended: 'end' | 'stop' = 'end';

  constructor(plan: Plan, options: RunOptions, settings: Settings) {
    this.#plan = plan;
    this.#world = settings.world;
    this.#startedMs = settings.world.clock.monotonic();
    this.#deadlineMs = milliseconds(options.deadline ?? DEADLINE, 'option deadline');
    const { until } = options;
    const spanMs = until === undefined || until === 'end' || until === 'caughtUp' ? undefined : milliseconds(until, 'option until');
    const { world, codegen, chunkLimit, recovery, stages, topics, redrives = false } = settings;
    const budget = settings.memory.open();
    try {
      this.#flow = new Flow(this.#plan, {
        world,
        budget,
        codegen,
        chunkLimit,
        untilCaughtUp: until === 'caughtUp',
        recovery,
        stages,
        topics,
        redrives,
      });
    } catch (error) {
      budget.close();
      throw error;
    }
    if (until === 'caughtUp') this.#ended = 'stop';
    this.done = this.#follow(options.signal, spanMs);
    // Whoever only looks at metrics() must not end the process with an unhandled rejection.
    this.done.catch(() => {});
  }

  metrics(): RunMetrics {
    return metricsOf(this.#plan, this.#flow, this.#world.clock.monotonic() - this.#startedMs);
  }

  health(): RunHealth {
    const waiting = this.metrics()
      .operators.filter((operator) => operator.waitsFor.length > 0)
      .map((operator) => ({ operator: operator.id, for: operator.waitsFor }));
    return { state: this.#state, error: this.#error, waiting };
  }

  checkpoint(): Promise<number> {
    return this.#flow.checkpoint();
  }

  async stop(deadline?: Duration): Promise<RunReport> {
    if (this.#state === 'running') {
      this.#state = 'stopping';
      this.#ended = 'stop';
      this.#flow.stop(deadline === undefined ? this.#deadlineMs : milliseconds(deadline, 'stop deadline'));
    }
    return await this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Leaving the block stops the run; what it failed of belongs to whoever awaits `done`.
    await this.stop().catch(() => {});
  }

  async #follow(signal: AbortSignal | undefined, spanMs: number | undefined): Promise<RunReport> {
    const abort = (): void => this.#flow.abort(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    // Opening what is kept may have taken so long that the signal came before anybody listened.
    if (signal?.aborted === true) abort();
    const timer = spanMs === undefined ? undefined : this.#world.scheduler.after(spanMs, () => void this.stop().catch(() => {}));
    try {
      // Not awaited: what never opens must not keep an abort from ending the run.
      void this.#flow.open();
      await this.#flow.over;
      this.#state = 'done';
    } catch (error) {
      this.#state = 'failed';
      this.#error = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      timer?.cancel();
      signal?.removeEventListener('abort', abort);
    }
    return reportOf(this.#plan, this.#flow, this.#world.clock.monotonic() - this.#startedMs, this.#ended, this.#flow.openRecords);
  }
}
