import { PATIENCE_MS, register, type Test } from './kit.ts';
import { sinkPromises } from './sink-promises.ts';
import type { SinkCase, StuckSinkCase } from './sink-writing.ts';

export interface SinkKit<T> {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A fresh sink, values for it, and a way to see what arrived. It is called for every check. */
  make(): SinkCase<T> | Promise<SinkCase<T>>;
  /** The sink of `make` has delivery `twoPhase`, and can be opened again on what it left. */
  readonly twoPhase?: boolean;
  /** The sink of `make` has delivery `arbiter`, and can be opened again on what it left. */
  readonly arbiter?: boolean;
  /** A sink whose system fails every write. */
  broken?(): SinkCase<T> | Promise<SinkCase<T>>;
  /** A sink whose system takes nothing until it is released. */
  stuck?(): StuckSinkCase<T> | Promise<StuckSinkCase<T>>;
  /** How long the kit waits for what must happen soon; 2000 ms by default. */
  readonly patienceMs?: number;
}

/**
 * Checks a sink against every promise of docs/specs/connector.md, one test each.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import { testSink } from 'headrace/testing';
 *
 * testSink({
 *   test,
 *   name: 'collect',
 *   make() {
 *     const sink = collect<number>();
 *     return { sink, values: [1, 2, 3], seen: () => sink.values };
 *   },
 * });
 * ```
 */
export function testSink<T>({ test, name, make, twoPhase, arbiter, broken, stuck, patienceMs }: SinkKit<T>): void {
  const cases = { make, broken, stuck, twoPhase: twoPhase === true ? make : undefined, arbiter: arbiter === true ? make : undefined };
  register<SinkCase<T>>(test, name, sinkPromises<T>(), cases, patienceMs ?? PATIENCE_MS);
}
