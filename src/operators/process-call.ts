import type { Chunk, RecordInfo } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import { Failure, isThenable, refusedPromise } from '../core/failure.ts';
import { OwnRecord } from '../core/record-of.ts';
import type { StationHost } from '../core/station.ts';
import { CallTimers } from './call-timers.ts';
import { type AnyHandler, type CellDeclarations, MAIN, type OutputDeclarations, type RecordContext, Sent } from './process-handler.ts';
import { CellCall } from './cell-call.ts';
import { timersOf } from './stored-timers.ts';
import type { TimerTable } from './timers.ts';

export type AnyContext = RecordContext<unknown, CellDeclarations, OutputDeclarations, string>;

/** What all cells have in common. */
interface Clearable {
  clear(): void;
}

/**
 * The one context that all calls of a handler get, and what waits in it until a call is over: what it did to cells and
 * timers, and what it emits.
 */
export class ProcessCall implements AnyContext {
  readonly byTime: TimerTable;
  readonly byClock: TimerTable;
  readonly timers: CallTimers;
  readonly clock: CallTimers & { now(): number };
  readonly cells: AnyContext['cells'];
  readonly outputs: AnyContext['outputs'];
  readonly forget: () => void;
  key: unknown;
  time: number = Number.NaN;
  watermark: number = Number.NEGATIVE_INFINITY;
  isEnd = false;
  readonly #host: Pick<StationHost, 'operator'>;
  readonly #call = new CellCall();
  readonly #hasOutputs: boolean;
  #chunk: (() => Chunk) | undefined;
  #index = 0;
  #sent: unknown[] = [];

  constructor(host: Pick<StationHost, 'cells' | 'agenda' | 'operator' | 'clock'>, handler: AnyHandler, most: number) {
    const { operator } = host;
    const { cells = {}, outputs = {}, onTimer, onClock } = handler;
    this.#host = host;
    this.byTime = timersOf(host, 'timers');
    this.byClock = timersOf(host, 'clock timers');
    const of = { most, operator };
    this.timers = new CallTimers(this.byTime, this.#call, { ...of, isUnheard: onTimer === undefined, handlerName: 'onTimer' });
    const clock = new CallTimers(this.byClock, this.#call, { ...of, isUnheard: onClock === undefined, handlerName: 'onClock' });
    this.clock = Object.assign(clock, { now: () => host.clock.now() });
    const bound = Object.entries(cells).map(([name, cell]) => [name, cell.bind(host, name, this.#call) as unknown as Clearable] as const);
    this.cells = Object.fromEntries(bound) as AnyContext['cells'];
    this.#hasOutputs = Object.keys(outputs).length > 0;
    this.outputs = Object.fromEntries(
      Object.keys(outputs).map((label) => [label, (value: unknown) => this.#send(label, value)]),
    ) as AnyContext['outputs'];
    this.forget = () => {
      for (const [, cell] of bound) cell.clear();
      this.timers.cancelAll();
      this.clock.cancelAll();
    };
  }

  get record(): RecordInfo {
    this.#call.check();
    return new OwnRecord(this.#chunk!(), this.#index);
  }

  /** The record that the next call is for. */
  at(chunk: () => Chunk, index: number): void {
    this.#chunk = chunk;
    this.#index = index;
  }

  /**
   * Calls the handler. What it emits is answered, in the order in which it did, and the rest of what it did is kept; where it
   * fails, nothing is, and its error is thrown.
   */
  call(keyId: number, handle: (context: AnyContext) => unknown): readonly unknown[] {
    this.#call.begin(keyId, this.time);
    try {
      this.#take(handle(this));
    } catch (error) {
      this.#call.drop();
      this.timers.drop();
      this.clock.drop();
      this.#sent = [];
      throw error;
    }
    this.#call.commit();
    this.timers.commit();
    this.clock.commit();
    const sent = this.#sent;
    if (sent.length === 0) return NOTHING;
    this.#sent = [];
    return sent;
  }

  #take(answer: unknown): void {
    if (answer === undefined) return;
    if (answer instanceof Failure) throw answer;
    const { operator } = this.#host;
    if (isThenable(answer)) throw refusedPromise(answer, 'process', operator);
    if (answer === null || typeof answer !== 'object' || !(Symbol.iterator in answer)) throw notIterable(operator, answer);
    for (const value of answer as Iterable<unknown>) this.#send(MAIN, value);
  }

  #send(to: string, value: unknown): void {
    this.#call.check();
    const { operator } = this.#host;
    if (value instanceof Failure) throw value;
    if (isThenable(value)) throw refusedPromise(value, 'process', operator);
    if (this.#sent.length === MOST_SENT) throw tooMany(operator);
    this.#sent.push(this.#hasOutputs ? new Sent(to, value) : value);
  }
}

const NOTHING: readonly unknown[] = [];
const MOST_SENT = 1_048_576;

function notIterable(where: string, answer: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_NOT_ITERABLE',
    what: `the handler of process answered ${answer === null ? 'null' : `a ${typeof answer}`} instead of something to iterate over`,
    where,
    todo: 'Answer an array of what is to be emitted, or nothing.',
  });
}

function tooMany(where: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_TOO_MANY_CHILDREN',
    what: `one call of the handler emitted more than ${MOST_SENT} values`,
    where,
    todo: 'What a call emits is kept in memory until it is over. Emit less at a time, with timers perhaps.',
  });
}
