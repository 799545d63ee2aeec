import type { Chunk } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import type { Stage, StageContext } from '../../core/stage.ts';
import type { Capture } from '../../core/state.ts';
import { type Duration, milliseconds } from '../../core/units.ts';
import type { ChunkWire } from './chunk-wire.ts';
import { writeError } from './error-text.ts';
import { type Message, type Start, WIRE_VERSION } from './messages.ts';
import { type CaptureLine, RemoteCapture } from './remote-capture.ts';
import { RemoteLine } from './remote-line.ts';
import type { Transport } from './transport.ts';
import { Window, type WindowBounds } from './window.ts';

export interface RemoteStageOptions extends Omit<Start, 'version' | 'time'> {
  readonly transport: Transport;
  readonly wire: ChunkWire;
  /**
   * `own`: the worker lives by the clock of its machine, and `advance` only gives out what has arrived. `host`: it lives
   * by what `advance` tells it, as a simulated host needs. `own` unless told.
   */
  readonly time?: 'own' | 'host';
  /** What may be under way on one input; 4 chunks and 1 MiB unless told. */
  readonly window?: Partial<WindowBounds>;
  /** How often a worker is asked for a sign of life; 1 s unless told. */
  readonly pingEvery?: Duration;
  /** For how long it may give none; 5 s unless told. `false` waits for ever, as virtual time must. */
  readonly answerWithin?: Duration | false;
  /** The same while it loads the module and builds the stage; 60 s unless told. */
  readonly startWithin?: Duration;
}

/**
 * A stage that runs in another process or thread. Calls go there at once; a promise is answered only when more than the
 * window of the input is under way. What comes back is given out in the next call of the host, usually the `advance`
 * that `wake` asks for: what a call emitted, then its answer; what stands before a barrier, then the barrier, and
 * nothing behind it until `barrier` has been called. A call leaves its window when its answer is given out, so a host
 * that takes nothing is sent nothing, and what waits in between is bounded by what the windows let through.
 *
 * The worker captures when the barrier reaches it and keeps its sections until they are written.
 *
 * @example
 * ```ts ignore
 * async function totalsOnThread(context: StageContext, wire: ChunkWire): Promise<Stage> {
 *   const stage = new RemoteStage({ transport: spawnThread(), wire, module: import.meta.url, stage: 'totals', fingerprint: 'f1' });
 *   await stage.open(context);
 *   return stage;
 * }
 * ```
 */
export class RemoteStage implements Stage {
  readonly #options: RemoteStageOptions;
  readonly #everyMs: number;
  readonly #withinMs: number;
  readonly #startMs: number;
  readonly #windows = new Map<string, Window>();
  #line: RemoteLine | undefined;
  #context: StageContext | undefined;
  #wantsAt: number | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: RemoteStageOptions) {
    const { pingEvery = '1s', answerWithin = '5s', startWithin = '60s' } = options;
    this.#options = options;
    this.#everyMs = milliseconds(pingEvery, 'option pingEvery');
    this.#withinMs = answerWithin === false ? Number.POSITIVE_INFINITY : milliseconds(answerWithin, 'option answerWithin');
    this.#startMs = answerWithin === false ? Number.POSITIVE_INFINITY : milliseconds(startWithin, 'option startWithin');
  }

  async open(context: StageContext): Promise<void> {
    const { module, stage, fingerprint, settings, loader, time = 'own' } = this.#options;
    const { index, parallelism, groups, restored, world } = context;
    const sections = restored?.list();
    this.#context = context;
    const line = new RemoteLine(this.#options.transport, {
      clock: world.clock,
      scheduler: world.scheduler,
      where: `stage '${stage}', copy ${index + 1} of ${parallelism}`,
      wake: () => context.wake(),
      emit: (output, chunk) => context.emit(output, this.#options.wire.decode(output, chunk)),
      wants: (atMs) => {
        this.#wantsAt = atMs === Number.POSITIVE_INFINITY ? undefined : atMs;
        context.wake();
      },
      read: async (at) => {
        const section = sections?.[at];
        assert(restored !== undefined && section !== undefined, 'a worker asks for sections it was told of');
        return restored.read(section);
      },
    });
    this.#line = line;
    line.watch(this.#everyMs, this.#startMs);
    const start: Start = { version: WIRE_VERSION, module, stage, fingerprint, settings, loader, time };
    await line.ask('start', (call) => ({ kind: 'start', call, start }));
    line.watch(this.#everyMs, this.#withinMs);
    const opening = { index, parallelism, groups, sections };
    const [monotonicMs, nowMs] = [world.clock.monotonic(), world.clock.now()];
    await line.ask('open', (call) => ({ kind: 'open', call, monotonicMs, nowMs, opening }));
  }

  process(input: string, chunk: Chunk): void | Promise<void> {
    const line = this.#now();
    const bytes = this.#options.wire.encode(input, chunk);
    const window = this.#window(input);
    const { number } = line.calls.begin({ method: 'process', input, chunk, window, bytes: bytes.length });
    line.send({ kind: 'process', call: number, input, chunk: bytes });
    return window.enter(bytes.length);
  }

  watermark(input: string, ms: number): void | Promise<void> {
    return this.#brief('watermark', input, (call) => ({ kind: 'watermark', call, input, ms }));
  }

  idle(input: string): void | Promise<void> {
    return this.#brief('idle', input, (call) => ({ kind: 'idle', call, input }));
  }

  advance(nowMs: number): number | undefined {
    const line = this.#now();
    if (this.#options.time !== 'host') return undefined;
    if (nowMs > this.#toldMs) {
      this.#toldMs = nowMs;
      this.#wantsAt = undefined; // The worker says anew what it wants.
      line.send({ kind: 'advance', monotonicMs: nowMs, nowMs: this.#context!.world.clock.now() });
    }
    return this.#wantsAt;
  }

  prepareBarrier(checkpoint: number): Promise<void> {
    return this.#now().prepare(checkpoint);
  }

  barrier(checkpoint: number): Capture {
    const line = this.#line!;
    line.check();
    line.release(checkpoint);
    return new RemoteCapture(this.#captures, checkpoint);
  }

  committed(checkpoint: number): Promise<void> {
    return this.#now().inOrder({ method: 'committed' }, (call) => ({ kind: 'committed', call, checkpoint }));
  }

  aborted(checkpoint: number): Promise<void> {
    const line = this.#now();
    line.skip(checkpoint);
    return line.inOrder({ method: 'aborted' }, (call) => ({ kind: 'aborted', call, checkpoint }));
  }

  end(input: string): Promise<void> {
    return this.#now().inOrder({ method: 'end', input }, (call) => ({ kind: 'end', call, input }));
  }

  stop(): Promise<void> {
    return this.#now().inOrder({ method: 'stop' }, (call) => ({ kind: 'stop', call }));
  }

  closing(): Capture {
    return new RemoteCapture(this.#captures, undefined);
  }

  abort(reason: unknown): void {
    const line = this.#line;
    if (line === undefined) return this.#options.transport.close('now');
    line.send({ kind: 'abort', error: writeError(reason) });
    line.fail(reason);
    void line.close();
    return undefined;
  }

  /** Lets the worker go and resolves when it is gone. Not part of a stage: whoever started a worker ends it. */
  async close(): Promise<void> {
    if (this.#line === undefined) this.#options.transport.close('gracefully');
    else await this.#line.close();
  }

  /** The line, after what has arrived on it was given out. */
  #now(): RemoteLine {
    assert(this.#line !== undefined, 'a stage is opened before it is called');
    this.#line.giveOut();
    return this.#line;
  }

  #window(input: string): Window {
    let window = this.#windows.get(input);
    if (window === undefined) {
      const { chunks = 4, bytes = 1_048_576 } = this.#options.window ?? {};
      window = new Window({ chunks, bytes });
      this.#windows.set(input, window);
    }
    return window;
  }

  /** A call that nobody waits for unless too many are under way. */
  #brief(method: string, input: string, message: (call: number) => Message): void | Promise<void> {
    const line = this.#now();
    const window = this.#window(input);
    line.send(message(line.calls.begin({ method, input, window }).number));
    return window.enter(undefined);
  }

  readonly #captures: CaptureLine = {
    fetch: (checkpoint, inlet) =>
      checkpoint === undefined
        ? this.#line!.ask('closing', (call) => ({ kind: 'closing', call }), inlet)
        : this.#line!.ask('writing state', (call) => ({ kind: 'write', call, checkpoint }), inlet),
    drop: (checkpoint) => this.#line!.send({ kind: 'drop', checkpoint }),
  };
}
