import { assert, HeadraceError } from '../../core/error.ts';
import type { Clock, Scheduler } from '../../core/world.ts';
import { type Asked, Calls } from './calls.ts';
import { readError } from './error-text.ts';
import { versionDiffers, workerCrashed, workerHung } from './errors.ts';
import { Liveness } from './liveness.ts';
import { decodeMessage, encodeMessage, type Message, WIRE_VERSION } from './messages.ts';
import type { SectionInlet } from './remote-capture.ts';
import type { Ending, Transport } from './transport.ts';

/** What arrives reaches the host by these. */
export interface LineHost {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  /** The stage and its copy, for errors. */
  readonly where: string;
  /** Asks for a call in which to give out what has arrived. */
  wake(): void;
  emit(output: string, chunk: Uint8Array): void;
  /** When the worker wants to be advanced. */
  wants(atMs: number): void;
  /** It asks for a section to restore, by its index. */
  read(index: number): Promise<Uint8Array>;
}

type Arrival = Extract<Message, { kind: 'emit' | 'done' | 'barrier' }> | { readonly kind: 'failure'; readonly error: unknown };

/**
 * The host's end of the line to a worker: calls go out at once; what comes back waits here and is given out in the
 * order of the line, within a call of the host. Behind a barrier nothing is given out until `release`. Answers to calls
 * that emit nothing (`ask`) do not wait.
 *
 * A failure of the stage, a crash and a hang are arrivals too: what was emitted before is given out, then every call
 * throws.
 */
export class RemoteLine {
  readonly calls: Calls = new Calls();
  readonly #transport: Transport;
  readonly #host: LineHost;
  readonly #inlets = new Map<number, SectionInlet>();
  /** Barriers on their way; true for those that nobody will call. */
  readonly #preparing = new Map<number, boolean>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #arrived: Arrival[] = [];
  #liveness: Liveness | undefined;
  #held: number | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isLost = false;
  #isClosing = false;

  constructor(transport: Transport, host: LineHost) {
    this.#transport = transport;
    this.#host = host;
    transport.onClose((ending) => this.#ended(ending));
    transport.onMessage((bytes) => this.#receive(bytes));
  }

  /** Takes silence of so many milliseconds for a hang. */
  watch(everyMs: number, withinMs: number): void {
    this.#liveness?.stop();
    if (this.#isLost || withinMs === Number.POSITIVE_INFINITY) return;
    const { clock, scheduler } = this.#host;
    const { progress } = this.#transport;
    this.#liveness = new Liveness({
      clock,
      scheduler,
      everyMs,
      withinMs,
      ping: () => this.send({ kind: 'ping' }),
      ...(progress === undefined ? {} : { pulse: () => progress.pulse() }),
      silent: (silentMs) => this.#lose(workerHung({ ...this.#trouble(), silentMs }), 'now'),
    });
    this.#liveness.start();
  }

  send(message: Message): void {
    if (this.#isLost || this.#isClosing) return;
    // What is under way is bounded by the windows, so a full line need not be waited for; the promise never rejects.
    void this.#transport.send(encodeMessage(message));
  }

  /** Settles when the answer is given out, after what was emitted before it. */
  inOrder(about: Asked, message: (call: number) => Message): Promise<void> {
    const { number, settled } = this.calls.ask(about);
    this.send(message(number));
    return settled.promise;
  }

  /** Settles when the answer arrives. */
  async ask(method: string, message: (call: number) => Message, inlet?: SectionInlet): Promise<void> {
    this.check();
    const { number, settled } = this.calls.ask({ method, isDirect: true });
    if (inlet !== undefined) this.#inlets.set(number, inlet);
    const failure = this.#arrived.find((arrival) => arrival.kind === 'failure');
    if (failure !== undefined) this.calls.failDirect(failure.error);
    else this.send(message(number));
    try {
      await settled.promise;
    } finally {
      this.#inlets.delete(number);
    }
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Called within a call of the host. */
  giveOut(): void {
    this.check();
    while (this.#held === undefined) {
      const arrival = this.#arrived.shift();
      if (arrival === undefined) return;
      switch (arrival.kind) {
        case 'emit':
          this.#host.emit(arrival.output, arrival.chunk);
          break;
        case 'done':
          this.calls.settle(arrival.call);
          break;
        case 'barrier':
          this.calls.settle(arrival.call);
          if (this.#preparing.get(arrival.checkpoint) === false) this.#held = arrival.checkpoint;
          this.#preparing.delete(arrival.checkpoint);
          break;
        case 'failure':
          this.fail(arrival.error);
          this.check();
      }
    }
  }

  /** Settles when the barrier is given out, which holds back what stands behind it. */
  prepare(checkpoint: number): Promise<void> {
    this.#preparing.set(checkpoint, false);
    return this.inOrder({ method: 'prepareBarrier' }, (call) => ({ kind: 'prepareBarrier', call, checkpoint }));
  }

  /** The barrier that was given out has been called. */
  release(checkpoint: number): void {
    assert(this.#held === checkpoint, 'a barrier is called once it has been prepared');
    this.#held = undefined;
    if (this.#arrived.length > 0) this.#host.wake();
  }

  /** Nobody will call this barrier, wherever it is: it holds nothing back. */
  skip(checkpoint: number): void {
    if (this.#held === checkpoint) this.release(checkpoint);
    else if (this.#preparing.has(checkpoint)) this.#preparing.set(checkpoint, true);
  }

  /** Every call from now on throws this. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#arrived.length = 0;
    this.calls.fail(error);
  }

  /** Resolves when the other side is gone. */
  close(how: 'gracefully' | 'now' = 'gracefully'): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#liveness?.stop();
      this.fail(workerClosed(this.#host.where));
      if (!this.#isLost) this.#transport.close(how);
    }
    return this.#closed.promise;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isLost || this.#isClosing) return;
    this.#liveness?.heard();
    try {
      this.#take(decodeMessage(bytes));
    } catch (error) {
      this.#lose(error, 'now');
    }
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'ready':
        if (message.version !== WIRE_VERSION) throw versionDiffers(WIRE_VERSION, message.version, this.#host.where);
        this.calls.answered(message.call);
        this.calls.settle(message.call);
        return;
      case 'done':
        if (this.calls.answered(message.call).isDirect === true) this.calls.settle(message.call);
        else this.#queue(message);
        return;
      case 'barrier':
        this.calls.answered(message.call);
        this.#queue(message);
        return;
      case 'emit':
        this.#queue(message);
        return;
      case 'failed':
        this.#refused(message.call, readError(message.error));
        return;
      case 'wants':
        this.#host.wants(message.atMs);
        return;
      case 'section': {
        const { call, section, bytes } = message;
        this.#inlets.get(call)?.add(section, bytes, () => this.send({ kind: 'taken', bytes: bytes.length }));
        return;
      }
      case 'read':
        void this.#restore(message.read, message.index);
        return;
      default: // A pong has been heard already.
    }
  }

  #queue(arrival: Arrival): void {
    this.#arrived.push(arrival);
    this.#host.wake();
  }

  /** State that cannot be written fails its checkpoint, and the stage lives on; anything else is the end of the stage. */
  #refused(call: number, error: Error): void {
    if (this.#inlets.has(call)) this.calls.refuse(call, error);
    else this.#lose(error, 'gracefully');
  }

  #lose(error: unknown, how: 'gracefully' | 'now'): void {
    if (this.#isLost || this.#isClosing) return;
    this.#isLost = true;
    this.#liveness?.stop();
    this.calls.failDirect(error);
    this.#queue({ kind: 'failure', error });
    this.#transport.close(how);
  }

  #ended({ how, stderr, cause }: Ending): void {
    if (!this.#isLost && !this.#isClosing) this.#lose(workerCrashed({ ...this.#trouble(), how, stderr, cause }), 'now');
    this.#closed.resolve();
  }

  #trouble(): { readonly where: string; readonly doing: string } {
    return { where: this.#host.where, doing: this.calls.doing(this.#transport.progress?.read()) };
  }

  async #restore(read: number, index: number): Promise<void> {
    try {
      this.send({ kind: 'restored', read, bytes: await this.#host.read(index) });
    } catch (error) {
      this.#lose(error, 'gracefully');
    }
  }
}

function workerClosed(where: string): HeadraceError {
  const todo = 'Nothing is asked of a stage whose worker has been closed: this belongs to the end of a run, see what ended it.';
  return new HeadraceError({ code: 'HR_WORKER_CLOSED', what: 'The worker has been let go', where, todo });
}
