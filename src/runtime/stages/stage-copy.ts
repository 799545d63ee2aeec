import { Chunk, type Control } from '../../core/chunk.ts';
import type { Stage } from '../../core/stage.ts';
import type { RestoredSections } from '../../core/state.ts';
import type { Finish } from '../../core/station.ts';
import type { Timer } from '../../core/world.ts';
import type { Push } from '../edges.ts';
import type { FlowHost, Part } from '../flow-host.ts';
import { NO_ORIGIN } from '../junctions.ts';
import { COUNTS, type CountHearing } from './counts.ts';
import { Channels, type Channel, type Receiver, type Taker } from './channels.ts';
import { REACHED } from './stage-output.ts';

export interface StageCopyOptions {
  readonly part: Part;
  readonly inputs: readonly string[];
  readonly index: number;
  readonly parallelism: number;
  readonly groups: readonly number[];
  readonly restored: RestoredSections | undefined;
  /** Of a stage elsewhere: what its operators have counted. */
  readonly counts: CountHearing;
}

/**
 * Drives one copy of a stage by its interface and nothing else, so that it may be anywhere: aligns barriers over the
 * senders, keeps the minimum of their watermarks, holds back input while somebody downstream is full.
 */
export class StageCopy implements Taker {
  readonly part: Part;
  readonly #stage: Stage;
  readonly #host: FlowHost;
  readonly #options: StageCopyOptions;
  readonly #channels: Channels;
  readonly #outputs = new Map<string, Receiver[]>();
  readonly #inputs: Set<string>;
  readonly #watermarks = new Map<string, number>();
  /** Inputs of which the stage was told that nothing comes. */
  readonly #idle = new Set<string>();
  #blocks = 0;
  /** Called when nobody downstream is full any more. */
  #unblocked: (() => void)[] = [];
  #isOpen = false;
  #isOver = false;
  #isStopped = false;
  #isWoken = false;
  #timer: Timer | undefined;

  constructor(stage: Stage, host: FlowHost, options: StageCopyOptions) {
    this.#stage = stage;
    this.#host = host;
    this.#options = options;
    this.part = options.part;
    this.#inputs = new Set(options.inputs);
    this.#channels = new Channels(this);
  }

  get id(): string {
    return this.part.id;
  }

  /** Where one sender of an input brings its records. */
  receiver(input: string): Receiver {
    return this.#channels.open(this.part.id, input);
  }

  /** Everything that leaves by `output` goes to `to` too. */
  connect(output: string, to: Receiver): void {
    const known = this.#outputs.get(output);
    if (known === undefined) this.#outputs.set(output, [to]);
    else known.push(to);
  }

  async open(): Promise<void> {
    const { index, parallelism, groups, restored } = this.#options;
    await this.#stage.open({
      index,
      parallelism,
      groups,
      restored,
      world: this.#host.world,
      emit: (output, chunk) => this.#emit(output, chunk),
      wake: () => this.#wake(),
    });
    this.#isOpen = true;
    for (const input of this.#inputs) if (this.#channels.of(input).length === 0) await this.#inputOver(input, 'end');
    this.#advance();
    this.#channels.goOn();
  }

  abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#stage.abort(reason);
  }

  /** The run is over: whoever runs the stage elsewhere may go. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#timer?.cancel();
    await this.#stage.close?.();
  }

  // For the flow: what it holds is the stage's business.
  get holdsForMore(): boolean {
    return this.#blocks === 0;
  }

  // Taker

  get isReady(): boolean {
    return this.#isOpen && this.#blocks === 0 && !this.#isOver;
  }

  take(channel: Channel, chunk: Chunk): Push {
    const { control } = chunk;
    if (control === undefined) return this.#blockedBy(this.#stage.process(channel.input, chunk));
    return this.#takeWithControl(channel, chunk, control);
  }

  ended(channel: Channel, how: Finish): Push {
    channel.ended = how;
    channel.barrier = undefined;
    return this.#channelEnded(channel);
  }

  crash(error: unknown): void {
    this.#host.crash(error);
  }

  async #takeWithControl(channel: Channel, { values, origin, ...lineage }: Chunk, control: Control): Promise<void> {
    const { input } = channel;
    if (values.length > 0) {
      await this.#stage.process(input, new Chunk(values, origin, lineage));
      channel.isIdle = false;
    }
    if (control.watermark !== undefined) {
      channel.watermark = Math.max(channel.watermark, control.watermark);
      channel.isIdle = false;
    }
    if (control.idle === true) channel.isIdle = true;
    if (control.partitions !== undefined) await this.#stage.process(input, new Chunk([], origin, {}, { partitions: control.partitions }));
    await this.#tellTime(input);
    if (control.barrier !== undefined) {
      channel.barrier = control.barrier;
      await this.#lookForBarrier();
    }
    await this.#unblock();
  }

  async #channelEnded(channel: Channel): Promise<void> {
    const channels = this.#channels.of(channel.input);
    if (channels.every(({ ended }) => ended !== undefined)) {
      await this.#inputOver(channel.input, channels.some(({ ended }) => ended === 'stop') ? 'stop' : 'end');
    } else await this.#tellTime(channel.input);
    if (!this.#isOver) await this.#lookForBarrier();
  }

  /** The minimum over the senders of an input, when it has risen. */
  async #tellTime(input: string): Promise<void> {
    const open = this.#channels.of(input).filter(({ ended }) => ended === undefined);
    const awake = open.filter(({ isIdle }) => !isIdle);
    if (open.length === 0) return;
    const isIdle = awake.length === 0;
    // Where all are silent time walks, and the one that is furthest says how far.
    const watermark = isIdle
      ? Math.max(...open.map((channel) => channel.watermark))
      : Math.min(...awake.map((channel) => channel.watermark));
    const wakes = this.#idle.has(input) && !isIdle;
    if (watermark > (this.#watermarks.get(input) ?? Number.NEGATIVE_INFINITY) || wakes) {
      // An idle input is so no longer when it says a watermark, be it the same as before.
      const most = Math.max(watermark, this.#watermarks.get(input) ?? Number.NEGATIVE_INFINITY);
      this.#watermarks.set(input, most);
      await this.#stage.watermark(input, most);
    }
    if (isIdle) {
      this.#idle.add(input);
      await this.#stage.idle(input);
    } else this.#idle.delete(input);
  }

  async #lookForBarrier(): Promise<void> {
    const n = this.#channels.aligned;
    if (n === undefined) return;
    await this.#stage.prepareBarrier(n);
    this.#host.passed(this.part, n, [this.#stage.barrier(n)]);
    this.#send(new Chunk([], NO_ORIGIN, {}, { barrier: n }));
    this.#channels.release();
  }

  async #inputOver(input: string, how: Finish): Promise<void> {
    this.#inputs.delete(input);
    if (how === 'stop') this.#isStopped = true;
    else await this.#stage.end(input);
    if (this.#inputs.size > 0) return;
    if (this.#isStopped) await this.#stage.stop();
    await this.#unblock();
    this.#leave();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    for (const receivers of this.#outputs.values()) for (const receiver of receivers) receiver.finish(this.#isStopped ? 'stop' : 'end');
    this.#host.closed(this.part, () => [this.#stage.closing()]);
  }

  #emit(output: string, chunk: Chunk): void {
    if (output === COUNTS) return this.#options.counts.heard(chunk);
    if (output === REACHED) return this.#reached(chunk);
    for (const receiver of this.#outputs.get(output) ?? []) this.#block(receiver.push(chunk));
  }

  #reached({ values }: Chunk): void {
    for (const [source, partition, ms] of values as [string, string, number][]) this.#host.reached?.(source, partition, ms);
  }

  /** To everybody. */
  #send(chunk: Chunk): void {
    for (const receivers of this.#outputs.values()) for (const receiver of receivers) this.#block(receiver.push(chunk));
  }

  #block(wait: Push): void {
    if (wait === undefined) return;
    this.#blocks++;
    wait.then(
      () => {
        if (--this.#blocks > 0) return;
        for (const go of this.#unblocked.splice(0)) go();
        this.#wake();
        this.#channels.goOn();
      },
      (error: unknown) => this.#host.crash(error),
    );
  }

  #unblock(): Push {
    if (this.#blocks === 0) return;
    return new Promise((go) => {
      this.#unblocked.push(go);
    });
  }

  /** The chunk is taken when what was made of it has been. */
  #blockedBy(wait: Push): Push {
    if (wait === undefined) return this.#unblock();
    return wait.then(() => this.#unblock());
  }

  #wake(): void {
    if (this.#isWoken || this.#isOver) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#advance();
    });
  }

  /** While somebody downstream is full nothing is asked of the stage; the end of that wakes it. */
  #advance(): void {
    if (this.#isOver || !this.#isOpen || this.#blocks > 0) return;
    const { clock, scheduler } = this.#host.world;
    try {
      const at = this.#stage.advance(clock.monotonic());
      this.#timer?.cancel();
      const waitMs = at === undefined ? undefined : at - clock.monotonic();
      if (waitMs === undefined) this.#timer = undefined;
      else if (waitMs <= 0) scheduler.soon(() => this.#advance());
      else this.#timer = scheduler.after(waitMs, () => this.#advance());
    } catch (error) {
      this.#host.crash(error);
    }
  }
}
