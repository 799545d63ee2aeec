import type { Timer } from '../core/world.ts';
import { memoryFull } from './budget.ts';
import type { FlowHost } from './flow-host.ts';

/** How often a source that waits looks whether anything is left that could give memory back. */
const LOOK_AGAIN_MS = 100;

/**
 * A source's waits for memory. Each is over when there is room. A call or a sink under way may end without making
 * enough, and nobody says so: then windows hold all there is, and the run has to say that, and not to stand still.
 */
export class MemoryWait {
  readonly #host: FlowHost;
  readonly #go: () => void;
  #timer: Timer | undefined;
  #isListening = false;

  /** `go` is called in a turn of its own, when it is worth another try. */
  constructor(host: FlowHost, go: () => void) {
    this.#host = host;
    this.#go = go;
  }

  begin(): void {
    const { budget, isStuck, pipeline, world } = this.#host;
    if (isStuck && budget.isOverShare) {
      this.#host.crash(memoryFull(pipeline));
      return;
    }
    this.#timer = world.scheduler.after(LOOK_AGAIN_MS, () => this.#over());
    if (this.#isListening) return;
    this.#isListening = true;
    // Memory comes free in the middle of somebody's call: the turn waits until that is over, or it would overtake.
    budget.whenFree(() =>
      queueMicrotask(() => {
        this.#isListening = false;
        this.#over();
      }),
    );
  }

  /** Nobody waits any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #over(): void {
    if (this.#timer === undefined) return;
    this.end();
    this.#go();
  }
}
