import type { Scheduler } from '../../core/world.ts';
import { Arrivals, type Ending, type Transport } from './transport.ts';

// What a worker sent last may arrive after the word that it is gone. Who holds its pipe beyond that is not it.
const LINGER_MS = 500;
// A worker that was asked to go and does not.
export const GRACE_MS = 2000;

export interface WorkerDoors {
  readonly scheduler: Scheduler;
  readonly line: Transport;
  readonly progress?: Transport['progress'];
  /** Ends it without asking. */
  kill(): void;
}

/**
 * The line to a worker as a transport that closes when the worker is gone and everything it sent has been given out.
 * Closing it gracefully closes the line, which is what a worker ends by; after two seconds it is killed.
 */
export class WorkerTransport implements Transport {
  readonly progress: Transport['progress'];
  readonly #doors: WorkerDoors;
  readonly #closing = new Arrivals();
  #ending: Ending | undefined;
  #isLineClosed = false;
  #isGoing = false;

  constructor(doors: WorkerDoors) {
    this.#doors = doors;
    this.progress = doors.progress;
    doors.line.onClose(() => {
      this.#isLineClosed = true;
      if (this.#ending !== undefined) this.#closing.close(this.#ending);
      else this.#killLater(); // A worker without a line is of no use, whoever closed it.
    });
  }

  /** The worker is gone. */
  ended(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#isLineClosed) this.#closing.close(ending);
    else {
      const timer = this.#doors.scheduler.after(LINGER_MS, () => this.#doors.line.close('now'));
      this.#closing.onClose(() => timer.cancel());
    }
  }

  send(message: Uint8Array | readonly Uint8Array[]): void | Promise<void> {
    return this.#doors.line.send(message);
  }

  onMessage(receive: (message: Uint8Array) => void): void {
    this.#doors.line.onMessage(receive);
  }

  onClose(closed: (ending: Ending) => void): void {
    this.#closing.onClose(closed);
  }

  close(how: 'gracefully' | 'now'): void {
    // The line of a worker that hangs never closes from its side, so the grace begins here.
    if (how === 'now') this.#doors.kill();
    else this.#killLater();
    this.#doors.line.close('gracefully');
  }

  #killLater(): void {
    if (this.#isGoing || this.#ending !== undefined) return;
    this.#isGoing = true;
    const timer = this.#doors.scheduler.after(GRACE_MS, () => this.#doors.kill());
    this.#closing.onClose(() => timer.cancel());
  }
}
