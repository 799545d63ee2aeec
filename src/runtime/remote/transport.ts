import type { Progress } from './progress.ts';

/**
 * A line to the other side that carries whole messages, in order, until it closes. Nothing is lost in the middle: what
 * arrives is a beginning of what was sent.
 */
export interface Transport {
  /**
   * The parts arrive as one message. Nobody writes to them afterwards. A promise means that the line is full: it
   * resolves when there is room again, also by closing, and never rejects.
   */
  send(message: Uint8Array | readonly Uint8Array[]): void | Promise<void>;
  /** Messages begin to come once somebody asks for them. They belong to the receiver. */
  onMessage(receive: (message: Uint8Array) => void): void;
  /** Called once, after the last message; at once where the line has closed already. */
  onClose(closed: (ending: Ending) => void): void;
  /** Ends the other side too: `gracefully` lets it end by itself for a while, `now` does not ask. */
  close(how: 'gracefully' | 'now'): void;
  /** What a thread notes about the work at hand, readable while it hangs. */
  readonly progress?: Progress | undefined;
}

/** How a line came to its end. */
export interface Ending {
  /** A verb and what goes with it, as in 'was killed by SIGKILL'; the subject is the worker. */
  readonly how: string;
  /** The last lines of what a process wrote to stderr. */
  readonly stderr?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** Messages and the end of a line, kept until somebody asks for them, and given out in order. */
export class Arrivals {
  #receive: ((message: Uint8Array) => void) | undefined;
  readonly #closed: ((ending: Ending) => void)[] = [];
  #early: Uint8Array[] = [];
  #ending: Ending | undefined;

  get isClosed(): boolean {
    return this.#ending !== undefined;
  }

  message(message: Uint8Array): void {
    if (this.isClosed) return;
    if (this.#receive === undefined) this.#early.push(message);
    else this.#receive(message);
  }

  close(ending: Ending): void {
    if (this.isClosed) return;
    this.#ending = ending;
    for (const closed of this.#closed) closed(ending);
  }

  onMessage(receive: (message: Uint8Array) => void): void {
    this.#receive = receive;
    const early = this.#early;
    this.#early = [];
    for (const message of early) receive(message);
  }

  onClose(closed: (ending: Ending) => void): void {
    if (this.#ending === undefined) this.#closed.push(closed);
    else closed(this.#ending);
  }
}

export function partsOf(message: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return message instanceof Uint8Array ? [message] : message;
}
