import { type Lab, openLab } from './simulate-lab.ts';
import type { LifeOptions, Part } from './simulate-life.ts';

export interface SimulateOptions extends LifeOptions {
  /** The same seed gives the same simulation; 1 unless told, so that a test means the same every day. */
  readonly seed?: string | number;
  /** What the clock says at first, in milliseconds since 1970; 0 unless told. */
  readonly start?: number;
}

/**
 * Runs a part in a world of its own: the real runtime, with a clock, a disk and chance that the test has in its hands.
 * What is sent and what comes out lie outside, so they survive crashes. No real second passes.
 *
 * It needs no test runner and works with each of them. A part that fails makes the call fail in which that happened.
 * Waiting in the part goes by virtual time where the runtime waits (`within`, `rateLimit`, retries, timeouts); functions
 * of the part get theirs as the second argument of the part: `sleep('2s')`. Timers and sockets of the real world are
 * not waited for. `onWorkers` is done in place.
 *
 * @example
 * ```ts
 * const totals = (orders: Stream<{ user: string; cents: number }>) =>
 *   orders
 *     .keyBy((order) => order.user)
 *     .scan('spent', () => 0, (spent, order) => spent + order.cents)
 *     .map((spent, record) => `${record.key} ${spent}`);
 *
 * await using lab = await simulate(totals);
 * await lab.send({ user: 'ann', cents: 300 }, { user: 'bob', cents: 500 });
 * await lab.crash();
 * await lab.send({ user: 'ann', cents: 400 });
 * console.log(lab.take().join(', ')); // ann 300, bob 500, ann 700
 * ```
 */
export async function simulate<I, O>(part: Part<I, O>, options: SimulateOptions = {}): Promise<Lab<I, O>> {
  const { seed = 1, start = 0, ...how } = options;
  return await openLab(part, { ...how, seed: String(seed), start, isShuffled: false, isUndisturbed: false });
}
