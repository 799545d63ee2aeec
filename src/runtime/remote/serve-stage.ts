import type { Chunk } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import type { Stage } from '../../core/stage.ts';
import type { Capture } from '../../core/state.ts';
import type { World } from '../../core/world.ts';
import { AdvanceClock } from './advance-clock.ts';
import type { ChunkWire } from './chunk-wire.ts';
import { readError, writeError } from './error-text.ts';
import { planDiffers, versionDiffers } from './errors.ts';
import { Lanes } from './lanes.ts';
import { decodeMessage, encodeMessage, type Message, type Start, WIRE_VERSION } from './messages.ts';
import { Progress } from './progress.ts';
import { AskedSections, SectionOutlet } from './sections.ts';
import type { Transport } from './transport.ts';

/** A plan as a worker has built it again from its module. */
export interface DescribedPlan {
  readonly fingerprint: string;
  /** `progress.row(i)` may be called for each record, which then names it in the error of a hang. */
  makeStage(stage: string, progress: Progress): Stage;
  /** How chunks travel on the edges of a stage, with key tables of the worker's own for the keyed inputs. */
  wireFor(stage: string): ChunkWire;
}

export interface ServeOptions {
  readonly world: World;
  load(start: Start): DescribedPlan | Promise<DescribedPlan>;
  /** Shared with the host, where it can be. */
  readonly progress?: Progress | undefined;
}

type AtBarrier = Extract<Message, { readonly kind: 'prepareBarrier' | 'committed' | 'aborted' }>;
type Of<K extends Message['kind']> = Extract<Message, { readonly kind: K }>;

/**
 * The worker's end of the line: makes the stage it is told to, is its host, and answers each call when the stage has.
 *
 * It takes calls in order, as `Lanes` says. `advance` comes from here: after each call, when the stage wakes, and when
 * its time has come, so that timers and settled calls need no way to the host and back. Pings are answered between two
 * calls, whatever waits; who does not return from a call answers none.
 */
export function serveStage(transport: Transport, options: ServeOptions): void {
  const server = new StageServer(transport, options);
  transport.onClose(() => server.closed());
  transport.onMessage((bytes) => server.receive(decodeMessage(bytes)));
}

class StageServer {
  readonly #transport: Transport;
  readonly #options: ServeOptions;
  readonly #progress: Progress;
  readonly #lanes = new Lanes();
  readonly #captures = new Map<number, Capture>();
  /** Checkpoints given up before their barrier came to its turn. */
  readonly #preparing = new Map<number, 'asked' | 'given up'>();
  readonly #sections: SectionOutlet;
  #start: Start | undefined;
  #stage: Stage | undefined;
  #wire: ChunkWire | undefined;
  #restored: AskedSections | undefined;
  #advances: AdvanceClock | undefined;
  #isOpen = false;
  #isInCall = false;
  #isOver = false;

  constructor(transport: Transport, options: ServeOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#progress = options.progress ?? new Progress();
    this.#sections = new SectionOutlet((call, section, bytes) => this.#send({ kind: 'section', call, section, bytes }));
  }

  receive(message: Message): void {
    if (message.kind === 'ping') return this.#send({ kind: 'pong' });
    if (this.#isOver) return undefined;
    switch (message.kind) {
      case 'start':
        return this.#lanes.add(undefined, () => this.#answer(message.call, () => this.#begin(message), 'no answer'));
      case 'open':
        return this.#lanes.add(undefined, () => this.#answer(message.call, () => this.#open(message)));
      case 'process': {
        const { call, input, chunk } = message;
        return this.#inLane(input, call, (stage) => stage.process(input, this.#wire!.decode(input, chunk)));
      }
      case 'watermark':
        return this.#inLane(message.input, message.call, (stage) => stage.watermark(message.input, message.ms));
      case 'idle':
        return this.#inLane(message.input, message.call, (stage) => stage.idle(message.input));
      case 'end':
        return this.#inLane(message.input, message.call, (stage) => stage.end(message.input));
      case 'stop':
        return this.#inLane(undefined, message.call, (stage) => stage.stop());
      case 'prepareBarrier':
        return this.#barrier(message);
      // These speak of a barrier of the past, so they need not wait for what came after it.
      case 'committed':
        return void this.#answer(message.call, () => this.#stage!.committed(message.checkpoint));
      case 'aborted':
        return this.#giveUp(message);
      case 'write':
        return void this.#write(message.call, () => this.#takeCapture(message.checkpoint));
      case 'closing':
        return void this.#write(message.call, () => this.#stage!.closing());
      case 'drop':
        return this.#takeCapture(message.checkpoint).drop();
      case 'taken':
        return this.#sections.taken(message.bytes);
      case 'restored':
        return this.#restored?.arrived(message.read, message.bytes);
      case 'advance':
        return this.#advances?.tell(message.nowMs, message.monotonicMs);
      case 'abort':
        return this.#abort(readError(message.error));
      default:
        return assert(false, `a worker is not sent '${message.kind}'`);
    }
  }

  closed(): void {
    this.#abort(new Error('the host is gone'));
  }

  async #begin({ call, start }: Of<'start'>): Promise<void> {
    const where = `stage '${start.stage}'`;
    if (start.version !== WIRE_VERSION) throw versionDiffers(WIRE_VERSION, start.version, where);
    const plan = await this.#options.load(start);
    if (plan.fingerprint !== start.fingerprint) throw planDiffers(where, start.module);
    this.#start = start;
    this.#stage = plan.makeStage(start.stage, this.#progress);
    this.#wire = plan.wireFor(start.stage);
    this.#send({ kind: 'ready', call, version: WIRE_VERSION });
  }

  #open({ opening, nowMs, monotonicMs }: Of<'open'>): void | Promise<void> {
    const { index, parallelism, groups, sections } = opening;
    if (sections !== undefined) this.#restored = new AskedSections(sections, (read, at) => this.#send({ kind: 'read', read, index: at }));
    const time = { mode: this.#start!.time, nowMs, monotonicMs };
    this.#advances = new AdvanceClock(this.#options.world, time, {
      advance: (now) => this.#advance(now),
      wants: (atMs) => this.#send({ kind: 'wants', atMs }),
    });
    const { world } = this.#advances;
    const emit = (output: string, chunk: Chunk): void => this.#emit(output, chunk);
    const opened = this.#stage!.open({
      index,
      parallelism,
      groups,
      world,
      restored: this.#restored,
      emit,
      wake: () => this.#advances!.soon(),
    });
    if (opened === undefined) this.#isOpen = true;
    return opened?.then(() => {
      this.#isOpen = true;
    });
  }

  #inLane(input: string | undefined, call: number, run: (stage: Stage) => void | Promise<void>): void {
    this.#lanes.add(input, () => this.#answer(call, () => run(this.#stage!)));
  }

  /** Makes a call of the stage and answers it. Settles when the next may begin, and never rejects. */
  #answer(call: number, run: () => void | Promise<void>, how: 'done' | 'no answer' = 'done'): void | Promise<void> {
    const answer = (): void => {
      this.#advances?.soon(); // What it wants next is known only by asking.
      if (how === 'done') this.#send({ kind: 'done', call });
    };
    try {
      const wait = this.#within(call, run);
      if (wait === undefined) return answer();
      return wait.then(answer, (error: unknown) => this.#fail(call, error));
    } catch (error) {
      return this.#fail(call, error);
    }
  }

  #within<T>(call: number, run: () => T): T {
    const outer = this.#isInCall;
    this.#isInCall = true;
    this.#progress.call(call);
    try {
      return run();
    } finally {
      this.#isInCall = outer;
      this.#progress.call(0);
    }
  }

  #advance(nowMs: number): number | undefined {
    if (this.#isOver || !this.#isOpen) return undefined;
    try {
      return this.#within(0, () => this.#stage!.advance(nowMs));
    } catch (error) {
      this.#fail(0, error);
      return undefined;
    }
  }

  #emit(output: string, chunk: Chunk): void {
    assert(this.#isInCall || !this.#isOpen, 'a stage emits inside a call only');
    if (!this.#isOver) this.#send({ kind: 'emit', output, chunk: this.#wire!.encode(output, chunk) });
  }

  /** Prepared and called back to back: what is sent before the answer stands before the barrier, and nothing else does. */
  #barrier({ call, checkpoint }: AtBarrier): void {
    this.#preparing.set(checkpoint, 'asked');
    const answer = (): void => {
      if (this.#preparing.get(checkpoint) === 'asked')
        this.#captures.set(
          checkpoint,
          this.#within(call, () => this.#stage!.barrier(checkpoint)),
        );
      this.#preparing.delete(checkpoint);
      this.#send({ kind: 'barrier', call, checkpoint });
    };
    this.#lanes.add(undefined, () =>
      this.#answer(
        call,
        () => {
          if (this.#preparing.get(checkpoint) !== 'asked') return answer();
          const wait = this.#stage!.prepareBarrier(checkpoint);
          return wait === undefined ? answer() : wait.then(answer);
        },
        'no answer',
      ),
    );
  }

  #giveUp({ call, checkpoint }: AtBarrier): void {
    if (this.#preparing.has(checkpoint)) this.#preparing.set(checkpoint, 'given up');
    else this.#captures.get(checkpoint)?.drop();
    this.#captures.delete(checkpoint);
    void this.#answer(call, () => this.#stage!.aborted(checkpoint));
  }

  #takeCapture(checkpoint: number): Capture {
    const capture = this.#captures.get(checkpoint);
    assert(capture !== undefined, 'a capture is written or dropped once');
    this.#captures.delete(checkpoint);
    return capture;
  }

  /** A state that cannot be written is an answer, not the end. */
  async #write(call: number, capture: () => Capture): Promise<void> {
    try {
      await capture().write(this.#sections.writerFor(call));
      this.#send({ kind: 'done', call });
    } catch (error) {
      this.#send({ kind: 'failed', call, error: writeError(error) });
    }
  }

  #fail(call: number, error: unknown): void {
    if (this.#isOver) return;
    this.#send({ kind: 'failed', call, error: writeError(error) });
    this.#abort(error);
  }

  #abort(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lanes.clear();
    this.#advances?.stop();
    // Nobody is left who could be told what an abort throws.
    try {
      this.#stage?.abort(reason);
    } catch {}
  }

  #send(message: Message): void {
    const wait = this.#transport.send(encodeMessage(message));
    // The line is full: nothing more is begun, so that what a slow host has not read does not pile up here.
    if (wait !== undefined) this.#lanes.pause(wait);
  }
}
