import { HeadraceError } from '../core/error.ts';
import { Failure, isThenable, refusedPromise } from '../core/failure.ts';

/** A declared cell in a run. Its methods are those that the handler sees, for the key of the call at hand. */
export type BoundCell<Access> = Access & CellState;

/**
 * The call at hand, which all cells of an operator share. What the handler changes waits in the cells it touched until
 * the call is over: then all of it is kept, or nothing where the handler failed.
 */
export class CellCall {
  keyId = -1;
  timeMs: number = Number.NaN;
  #isOpen = false;
  readonly #touched: CellState[] = [];

  begin(keyId: number, timeMs: number): void {
    this.keyId = keyId;
    this.timeMs = timeMs;
    this.#isOpen = true;
  }

  /** Outside of a call there is no key that a cell could be of. */
  check(): void {
    if (this.#isOpen) return;
    throw new HeadraceError({
      code: 'HR_CALL_OVER',
      what: 'a cell, a timer or an output was used after the call of the handler that it was given to',
      todo: 'Use them within the call only, and call out with mapAsync in front of process.',
    });
  }

  touch(state: CellState): void {
    this.#touched.push(state);
  }

  /** Nothing that happens here can fail: what could has been done by then. */
  commit(): void {
    this.#isOpen = false;
    for (const state of this.#touched) state.commit(this.keyId);
    this.#touched.length = 0;
  }

  drop(): void {
    this.#isOpen = false;
    for (const state of this.#touched) state.drop();
    this.#touched.length = 0;
  }
}

/** What a cell has of the key at hand, and what the handler wants of it. */
export abstract class CellState {
  readonly #call: CellCall;
  #isIn = false;

  constructor(call: CellCall) {
    this.#call = call;
  }

  /** In front of whatever the handler asks: looks the state up at the first question of a call. */
  protected enter(): void {
    this.#call.check();
    if (this.#isIn) return;
    this.#isIn = true;
    this.#call.touch(this);
    this.load(this.#call.keyId);
  }

  protected get timeMs(): number {
    return this.#call.timeMs;
  }

  commit(keyId: number): void {
    this.#isIn = false;
    this.store(keyId);
    this.forget();
  }

  drop(): void {
    this.#isIn = false;
    this.forget();
  }

  protected abstract load(keyId: number): void;
  protected abstract store(keyId: number): void;
  protected abstract forget(): void;
}

/** What refuses a record refuses it here too, and is not kept. */
export function checked<V>(value: V, method: string): V {
  if (value instanceof Failure) throw value;
  if (isThenable(value)) throw refusedPromise(value, `${method} of a cell`);
  return value;
}
