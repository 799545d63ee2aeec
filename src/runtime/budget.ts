import { HeadraceError } from '../core/error.ts';
import type { Budget } from './flow-host.ts';

/**
 * The memory of a runtime, shared by its runs. It counts what operators and queues hold (estimated where values are
 * objects) and makes sources wait while the total is above the limit. A run below its floor may always go on, so that
 * one run full of open windows cannot starve the others for ever.
 */
export class SharedMemory {
  readonly limit: number;
  held = 0;
  #runs = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** What each run may hold in any case: a quarter of its equal share. */
  get floor(): number {
    return this.limit / Math.max(1, this.#runs) / 4;
  }

  open(): RunBudget {
    this.#runs++;
    return new RunBudget(this);
  }

  /** `runHeld`: what the run whose holding changed has left; below its floor it may go on whatever others hold. */
  changed(bytes: number, runHeld: number): void {
    this.held += bytes;
    if (bytes < 0 && (this.held <= this.limit || runHeld <= this.floor) && this.#waiting.length > 0) this.#release();
  }

  whenFree(fn: () => void): void {
    this.#waiting.push(fn);
  }

  closed(): void {
    this.#runs--;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const fn of waiting) fn();
  }
}

/** The part of one run. */
export class RunBudget implements Budget {
  readonly #memory: SharedMemory;
  held = 0;
  peak = 0;
  /** True while sources should wait for another reason, which gives back memory when it is over. */
  isBlocked: () => boolean = () => false;
  #isClosed = false;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  add(bytes: number): void {
    if (this.#isClosed) return;
    this.held += bytes;
    if (this.held > this.peak) this.peak = this.held;
    this.#memory.changed(bytes, this.held);
  }

  get isTight(): boolean {
    return this.isBlocked() || (this.#memory.held > this.#memory.limit && this.held > this.#memory.floor);
  }

  get isOverShare(): boolean {
    return this.held > this.#memory.floor * 4;
  }

  whenFree(fn: () => void): void {
    this.#memory.whenFree(fn);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#memory.changed(-this.held, 0);
    this.#isClosed = true;
    this.#memory.closed();
  }
}

export function memoryFull(pipeline: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_MEMORY_FULL',
    what: 'windows and batches hold more than the memory allows, and none of it gets away without more input',
    where: `pipeline '${pipeline}'`,
    todo: 'Give embedded({ memory }) more, use smaller windows or batches, or aggregate instead of keeping the values.',
  });
}
