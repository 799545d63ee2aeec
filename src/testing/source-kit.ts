import { register, PATIENCE_MS, type Test } from './kit.ts';
import { sourcePromises } from './source-promises.ts';
import type { SourceCase } from './source-reading.ts';

export interface SourceKit<T> {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A fresh source with what it gives. It is called for every check. */
  make(): SourceCase<T> | Promise<SourceCase<T>>;
  /** The same again: for sources that can be read again from any record on. */
  readonly replay?: boolean;
  /** The same without an end, or with event times. */
  readonly endless?: boolean;
  /** A source that has nothing to give just now, so that a read of it waits. */
  quiet?(): SourceCase<T> | Promise<SourceCase<T>>;
  /** A source that gives `values` and then fails. */
  broken?(): SourceCase<T> | Promise<SourceCase<T>>;
  /** How long the kit waits for what must happen soon; 2000 ms by default. */
  readonly patienceMs?: number;
}

/**
 * Checks a source against every promise of docs/specs/connector.md, one test each.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import { testSource } from 'headrace/testing';
 *
 * testSource({ test, name: 'values', replay: true, make: () => ({ source: values([1, 2, 3]), values: [1, 2, 3] }) });
 * ```
 */
export function testSource<T>({ test, name, make, quiet, broken, replay, endless, patienceMs }: SourceKit<T>): void {
  const [again, ends] = [replay === true ? make : undefined, endless === true ? undefined : make];
  const cases = { make, quiet, broken, replay: again, ends, replayEnds: again && ends };
  register(test, name, sourcePromises<T>(), cases, patienceMs ?? PATIENCE_MS);
}
