import type { RecordInfo } from '../core/chunk.ts';
import type { Failure, OnError } from '../core/failure.ts';
import type { KeepRecords } from './kept-errors.ts';
import type { CellDeclaration } from './process-cells.ts';

/**
 * What a handler answers: the values to emit, as an array, a generator or any other iterable; nothing for none; or
 * `fail(reason)`.
 */
export type Emits<U> = Iterable<U> | Failure | void;

/** The cells of an operator by name. */
export type CellDeclarations = Readonly<Record<string, CellDeclaration<unknown>>>;
export type CellsOf<C> = { readonly [Name in keyof C]: C[Name] extends CellDeclaration<infer Access> ? Access : never };

/** A further stream that a handler writes to, and the type of its values. */
export interface Output<out T> {
  /** @internal */
  readonly of?: T;
}
export type OutputDeclarations = Readonly<Record<string, Output<unknown>>>;
export type ValueOfOutput<O> = O extends Output<infer T> ? T : never;

/** Declares a further output: `outputs: { alerts: output<Alert>() }`. */
export function output<T>(): Output<T> {
  return {};
}

/** A timer that fires. */
export interface FiredTimer<Name extends string = string> {
  readonly name: Name;
  /** The time it was set to, in milliseconds. */
  readonly at: number;
}

/** The timers of the key at hand by one kind of time, one of each name at most. */
export interface Timers<Name extends string = string> {
  /** Sets a timer, or moves the one of that name. */
  set(name: Name, at: number | Date): void;
  cancel(name: Name): void;
  /** When it is set to fire; undefined where it is not set. */
  get(name: Name): number | undefined;
}

/** Timers by the clock of the host. */
export interface ClockTimers<Name extends string = string> extends Timers<Name> {
  /** What the clock says, in milliseconds since 1970. Two runs over the same records do not hear the same. */
  now(): number;
}

/** What a handler has, for the key of the record or timer at hand. Valid during the call only. */
export interface ProcessContext<K, C, S, Name extends string> {
  readonly key: K;
  /** The event time of the record or timer at hand, which is that of all it emits; NaN where there is none. */
  readonly time: number;
  /** How far event time has come; -Infinity before the first watermark. */
  readonly watermark: number;
  /** True once the data is over: what is set now fires before the run ends, so a timer that sets itself again must not. */
  readonly isEnd: boolean;
  readonly cells: CellsOf<C>;
  /** By event time: they fire when everything older has come. */
  readonly timers: Timers<Name>;
  /** By the clock; they need `onClock`. */
  readonly clock: ClockTimers<Name>;
  /** Writes to the further outputs. */
  readonly outputs: { readonly [Label in keyof S]: (value: ValueOfOutput<S[Label]>) => void };
  /** Forgets everything of this key: cells and timers. */
  forget(): void;
}

/** The same of a record. */
export interface RecordContext<K, C, S, Name extends string> extends ProcessContext<K, C, S, Name> {
  readonly record: RecordInfo<K>;
}

/** What is kept, what is emitted beside the main stream, and what is done with each record and each timer. */
export interface ProcessHandler<T, K, C, S, Name extends string, U, V, W> {
  /** What is remembered of each key, by name; part of the state, as the name of the operator is. */
  readonly cells?: C;
  readonly outputs?: S;
  /** The names of timers, so that a wrong one is found by the compiler; any unless told. */
  readonly timers?: readonly Name[];
  onRecord(value: T, context: RecordContext<K, C, S, Name>): Emits<U>;
  /** A timer by event time fires. */
  onTimer?(timer: FiredTimer<Name>, context: ProcessContext<K, C, S, Name>): Emits<V>;
  /** A timer by the clock fires. */
  onClock?(timer: FiredTimer<Name>, context: ProcessContext<K, C, S, Name>): Emits<W>;
}

export interface ProcessOptions {
  readonly onError?: OnError | undefined;
  /** How many timers of each kind a key may have at a time; 1,000 unless told. One more refuses its record with `HR_TIMERS_FULL`. */
  readonly timersPerKey?: number;
  /**
   * `arrival` (the default): records are handled as they come, and timers fire when the watermark comes, which may be behind
   * records that are newer. `eventTime`: records wait until the watermark has come to them, and records and timers go by
   * their times, so that the answer does not depend on how the stream was read. Records behind the watermark are late.
   */
  readonly order?: 'arrival' | 'eventTime';
  /** How much may wait with `order: 'eventTime'`. */
  readonly keep?: KeepRecords;
}

/** A handler whose types nobody needs any more. */
export type AnyHandler = ProcessHandler<unknown, unknown, CellDeclarations, OutputDeclarations, string, unknown, unknown, unknown>;

/** A value with the output it goes to, where there are several. */
export class Sent {
  readonly to: string;
  readonly value: unknown;

  constructor(to: string, value: unknown) {
    this.to = to;
    this.value = value;
  }
}

/** The main stream, among the outputs. No output can have this name. */
export const MAIN = 'records';
