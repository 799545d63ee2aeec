import { realWorld } from '../base/real-world.ts';
import type { World } from '../core/world.ts';
import { type Bytes, byteCount, type Duration, milliseconds, wholeNumber } from '../core/units.ts';
import { type Pipeline, planFor } from '../pipeline/pipeline.ts';
import { SharedMemory } from './budget.ts';
import { Flow } from './flow.ts';
import { mayGenerate } from './generated-loop.ts';
import { metricsOf, type RunMetrics, type RunReport, reportOf } from './report.ts';
import type { Run, RunHealth, RunOptions, Runtime } from './runtime.ts';

export interface EmbeddedOptions {
  /** What the operators and queues of all runs that share this value may hold together; 1 GiB by default. */
  readonly memory?: Bytes;
  /** Whether loops may be generated as code; `auto` does once enough records have come, `never` uses closures only. */
  readonly codegen?: 'auto' | 'always' | 'never';
  /** The most values a chunk holds; 1,024 by default. Smaller ones are for tests: answers never depend on it. */
  readonly chunk?: number;
  /** Clock, scheduler, chance and files; the real ones by default. */
  readonly world?: World;
}

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
  const memory = new SharedMemory(byteCount(options.memory ?? '1GiB', 'embedded memory'));
  const world = options.world ?? realWorld();
  const chunkLimit = wholeNumber(options.chunk ?? 1024, 'embedded chunk');
  const codegen = options.codegen ?? (mayGenerate() ? 'auto' : 'never');
  return {
    kind: 'embedded',
    async start(pipeline: Pipeline, runOptions: RunOptions): Promise<Run> {
      return new EmbeddedRun(pipeline, runOptions, { memory, world, chunkLimit, codegen });
    },
  };
}

interface Settings {
  readonly memory: SharedMemory;
  readonly world: World;
  readonly chunkLimit: number;
  readonly codegen: 'auto' | 'always' | 'never';
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

  constructor(pipeline: Pipeline, options: RunOptions, settings: Settings) {
    options.signal?.throwIfAborted();
    this.#plan = planFor(pipeline);
    this.#world = settings.world;
    this.#startedMs = settings.world.clock.monotonic();
    this.#deadlineMs = milliseconds(options.deadline ?? DEADLINE, 'option deadline');
    const { until } = options;
    const spanMs = until === undefined || until === 'end' || until === 'caughtUp' ? undefined : milliseconds(until, 'option until');
    const { world, codegen, chunkLimit } = settings;
    const budget = settings.memory.open();
    try {
      this.#flow = new Flow(this.#plan, { world, budget, codegen, chunkLimit, untilCaughtUp: until === 'caughtUp' });
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
