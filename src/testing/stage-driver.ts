import { strict as assert } from 'node:assert';
import { realWorld } from '../base/real-world.ts';
import type { Chunk } from '../core/chunk.ts';
import type { KeyGroup } from '../core/keys.ts';
import { isThenable } from '../core/failure.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { Stage } from '../core/stage.ts';
import type { Capture, RestoredSections } from '../core/state.ts';
import type { Timer } from '../core/world.ts';
import { soon } from './kit.ts';

/** A record as it left a stage. */
export interface Left {
  readonly output: string;
  readonly id: string;
  readonly key: unknown;
  readonly time: number;
  readonly value: unknown;
}

/** What left a stage, one thing after the other. */
export type Leaving = { readonly record: Left } | { readonly watermark: number; readonly output: string } | { readonly barrier: number };

export interface DriverOptions {
  readonly index?: number;
  readonly parallelism?: number;
  readonly groups: readonly KeyGroup[];
  /** Where records leave; what comes by others are reports, which no promise is about. */
  readonly outputs: readonly string[];
  readonly restored?: RestoredSections | undefined;
  readonly patienceMs: number;
  /** For how many turns it takes nothing after each emission; 0 unless told. */
  busyFor?(): number;
}

/**
 * A host that does what docs/runtimes.md asks of one, for a single copy of a stage: one call at a time, `advance` after
 * `wake` and when its time has come, nothing more of an input whose promise has not settled. It writes down what leaves,
 * and what was emitted outside of a call.
 */
export class StageDriver {
  readonly leaving: Leaving[] = [];
  /** Breaches of the contract that need no further check. */
  readonly faults: string[] = [];
  readonly stage: Stage;
  readonly #options: DriverOptions;
  readonly #world = realWorld();
  readonly #failed = Promise.withResolvers<never>();
  #depth = 0;
  #isWoken = false;
  #isOver = false;
  #isClosed = false;
  #busy = 0;
  #timer: Timer | undefined;

  constructor(stage: Stage, options: DriverOptions) {
    this.stage = stage;
    this.#options = options;
    this.#failed.promise.catch(() => {});
  }

  async open(): Promise<void> {
    const { index = 0, parallelism = 1, groups, restored, patienceMs } = this.#options;
    this.#depth++; // What it goes on with may leave as long as it opens.
    try {
      const opened = this.stage.open({
        index,
        parallelism,
        groups,
        restored,
        world: this.#world,
        emit: (output, chunk) => this.#emit(output, chunk),
        wake: () => this.#wake(),
      });
      if (opened !== undefined) await soon(opened, 'a stage opens', patienceMs);
    } finally {
      this.#depth--;
    }
    this.#advance();
  }

  /** Makes a call and waits until the stage has taken it. */
  async give(what: string, call: (stage: Stage) => void | Promise<void>): Promise<void> {
    if (this.#busy > 0) await this.#whenFree();
    let wait: void | Promise<void>;
    this.#depth++;
    try {
      wait = call(this.stage);
    } finally {
      this.#depth--;
    }
    if (wait !== undefined) await soon(Promise.race([wait, this.#failed.promise]), `${what} settles`, this.#options.patienceMs);
  }

  /** Cuts a checkpoint here. The capture is taken without a pause behind the promise of `prepareBarrier`. */
  async barrier(n: number): Promise<Capture> {
    await this.give('prepareBarrier', (stage) => stage.prepareBarrier(n));
    const before = this.leaving.length;
    this.#depth++;
    const capture = this.stage.barrier(n);
    this.#depth--;
    if (this.leaving.length > before) this.faults.push('barrier() emits');
    assert.ok(!isThenable(capture), 'barrier() is synchronous and answers no promise');
    this.leaving.push({ barrier: n });
    return capture;
  }

  /** From now on whatever leaves is a fault. It is asked for more all the same, since a `wake` may be on its way. */
  over(): void {
    this.#isOver = true;
  }

  /** Lets a few turns of the event loop pass, in which nothing is asked of the stage but what it asks for. */
  async turns(count = 5): Promise<void> {
    for (let turn = 0; turn < count; turn++) await new Promise<void>((go) => this.#world.scheduler.soon(go));
  }

  /** Asks the stage for what has become due, as a host does that was woken by something else. */
  poke(): void {
    this.#advance();
  }

  close(): void {
    this.#timer?.cancel();
    this.#isClosed = true;
    this.stage.abort(new Error('the check is over'));
  }

  get records(): Left[] {
    return this.leaving.flatMap((one) => ('record' in one ? [one.record] : []));
  }

  get watermarks(): number[] {
    return this.leaving.flatMap((one) => ('watermark' in one ? [one.watermark] : []));
  }

  #emit(output: string, chunk: Chunk): void {
    if (this.#isClosed) return;
    if (this.#depth === 0) this.faults.push(`'${output}' emits outside of a call`);
    if (this.#isOver) this.faults.push(`'${output}' emits after it was over`);
    if (!this.#options.outputs.includes(output)) return;
    for (const [i, value] of chunk.values.entries()) {
      const { id, key, eventTime: time } = new OwnRecord(chunk, i);
      this.leaving.push({ record: { output, id, key, time, value: structuredClone(value) } });
    }
    const { control } = chunk;
    if (control?.barrier !== undefined) this.faults.push('a barrier leaves in a chunk; the host says it');
    if (control?.watermark !== undefined) this.leaving.push({ watermark: control.watermark, output });
    const busy = this.#options.busyFor?.() ?? 0;
    if (busy > 0) void this.#beBusy(busy);
  }

  async #beBusy(turns: number): Promise<void> {
    this.#busy++;
    await this.turns(turns);
    this.#busy--;
    if (this.#busy === 0) this.#wake();
  }

  async #whenFree(): Promise<void> {
    while (this.#busy > 0) await this.turns(1);
  }

  #wake(): void {
    if (this.#isWoken || this.#isClosed) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (this.#isClosed || this.#busy > 0) return;
    const { clock, scheduler } = this.#world;
    this.#depth++;
    try {
      const at = this.stage.advance(clock.monotonic());
      this.#timer?.cancel();
      if (at === undefined) this.#timer = undefined;
      else if (at <= clock.monotonic()) scheduler.soon(() => this.#advance());
      else this.#timer = scheduler.after(at - clock.monotonic(), () => this.#advance());
    } catch (error) {
      this.#failed.reject(error);
    } finally {
      this.#depth--;
    }
  }

  /** Rejects with what an `advance` threw. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }
}

export function noFaults(drivers: readonly StageDriver[]): void {
  assert.deepEqual(
    drivers.flatMap((driver) => driver.faults),
    [],
  );
}
