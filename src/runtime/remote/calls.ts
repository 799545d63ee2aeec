import type { Chunk } from '../../core/chunk.ts';
import { assert } from '../../core/error.ts';
import { idOf } from '../../core/record-of.ts';
import type { Window } from './window.ts';

/** A call on its way, and what is known about it when the worker never answers. */
export interface Call {
  readonly number: number;
  /** What the stage is asked to do: the name of the method. */
  readonly method: string;
  readonly input?: string | undefined;
  /** Kept until the answer, to name the record; bounded by the window. */
  readonly chunk?: Chunk | undefined;
  readonly window?: Window | undefined;
  readonly bytes?: number | undefined;
  /** Answered outside of the order of emissions, as soon as the answer comes: it emits nothing. */
  readonly isDirect?: boolean;
  readonly settled?: PromiseWithResolvers<void> | undefined;
}

/** A call before it has a number. */
export type Asked = Omit<Call, 'number' | 'settled'>;

/** The calls that the worker has not answered, oldest first. */
export class Calls {
  readonly #open = new Map<number, Call>();
  /** Answered, but what was emitted before the answer has not been given out. */
  readonly #answered = new Map<number, Call>();
  #last = 0;

  /** Notes a call that nobody waits for. */
  begin(about: Omit<Call, 'number'>): Call {
    const call: Call = { number: ++this.#last, ...about };
    this.#open.set(call.number, call);
    return call;
  }

  /** Notes a call whose answer settles a promise. */
  ask(about: Asked): { readonly number: number; readonly settled: PromiseWithResolvers<void> } {
    const settled = Promise.withResolvers<void>();
    settled.promise.catch(() => {}); // A host that has gone on to another failure waits no more.
    return { number: this.begin({ ...about, settled }).number, settled };
  }

  /** The answer has come. */
  answered(number: number): Call {
    const call = this.#open.get(number);
    assert(call !== undefined, 'a worker answers calls that were made, once');
    this.#open.delete(number);
    this.#answered.set(number, call);
    return call;
  }

  /** The answer has been given out. */
  settle(number: number): void {
    const call = this.#answered.get(number);
    assert(call !== undefined, 'a call settles after its answer');
    this.#answered.delete(number);
    call.window?.leave(call.bytes);
    call.settled?.resolve();
  }

  /** This one failed, and the others go on. */
  refuse(number: number, error: unknown): void {
    this.answered(number).settled?.reject(error);
    this.#answered.delete(number);
  }

  fail(error: unknown): void {
    for (const calls of [this.#open, this.#answered]) {
      for (const call of calls.values()) {
        call.settled?.reject(error);
        call.window?.fail(error);
      }
      calls.clear();
    }
  }

  /** Those that wait for no emission need not wait for the order of a failure either. */
  failDirect(error: unknown): void {
    for (const call of this.#open.values()) if (call.isDirect === true) call.settled?.reject(error);
  }

  /** What the worker is at, as a clause: by its own note where it has left one, else the oldest call without an answer. */
  doing(noted?: { readonly call: number; readonly row: number }): string {
    const exact = noted === undefined || noted.call === 0 ? undefined : this.#open.get(noted.call);
    const call = exact ?? this.#open.values().next().value;
    if (call === undefined) return 'while it had nothing to answer';
    const { method, input, chunk } = call;
    if (input === undefined) return `while it was at ${method}`;
    const at = `while it was at ${method} of '${input}'`;
    if (chunk === undefined || chunk.length === 0) return at;
    const rows = chunk.length;
    const row = exact === undefined || noted!.row < 0 || noted!.row >= rows ? undefined : noted!.row;
    if (row !== undefined) return `${at}, record ${idOf(chunk, row)}`;
    return rows === 1 ? `${at}, record ${idOf(chunk, 0)}` : `${at}, in the ${rows} records that begin with ${idOf(chunk, 0)}`;
  }
}
