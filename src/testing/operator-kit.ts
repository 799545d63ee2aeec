import { VirtualClock } from '../base/virtual-clock.ts';
import { PATIENCE_MS, register, type Test } from './kit.ts';
import { isStation, type MakeOperator, timeFor } from './operator-running.ts';
import { stationPromises } from './station-promises.ts';
import { stepPromises } from './step-promises.ts';

export interface OperatorKit<In> {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A fresh operator and what it is given, in a time of its own. It is called for every life in every check. */
  readonly make: MakeOperator<In>;
}

/**
 * Checks an operator against every promise of docs/specs/operator.md that is made by its kind, one test each.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import type { Operator } from 'headrace/runtimes/seams';
 * import { testOperator } from 'headrace/testing';
 *
 * const rising: Operator<number, number, number> = {
 *   kind: 'rising',
 *   name: 'rising',
 *   remembers: 'one',
 *   step(value, cell, emit) {
 *     if (value <= (cell.get() ?? 0)) return;
 *     cell.set(value);
 *     emit(value);
 *   },
 * };
 * testOperator({ test, name: 'rising', make: () => ({ operator: rising, values: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3] }) });
 * ```
 */
export function testOperator<In>({ test, name, make }: OperatorKit<In>): void {
  const { operator } = make(timeFor(new VirtualClock()));
  const promises = isStation(operator) ? stationPromises<In>() : stepPromises<In>();
  register(test, name, promises, { make: () => make }, PATIENCE_MS);
}
