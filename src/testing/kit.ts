import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { realWorld } from '../base/real-world.ts';

/** The `test` of any runner: vitest, node:test and others. */
export type Test = (name: string, fn: () => Promise<void>) => unknown;

/** One promise of a contract: its id and words, as in docs/specs/connector.md, and the check that can break it. */
export interface Promised<Case> {
  readonly id: string;
  readonly says: string;
  /** Which cases the check needs besides the plain one; it is left out where the caller has none. */
  readonly needs?: string;
  check(make: () => Case | Promise<Case>, patienceMs: number): Promise<void>;
}

/** How long a kit waits for what must happen soon. */
export const PATIENCE_MS = 2000;

interface Disposable {
  dispose?(): void | Promise<void>;
}

/** Makes a case, runs a check on it, and clears up whatever came of it. */
export async function withCase<Case extends Disposable>(
  make: () => Case | Promise<Case>,
  check: (made: Case) => Promise<void>,
): Promise<void> {
  const made = await make();
  try {
    await check(made);
  } finally {
    await made.dispose?.();
  }
}

/** What the promise gives, or a failure that says what did not happen in time. */
export async function soon<T>(promise: T | Promise<T>, what: string, patienceMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = realWorld().scheduler.after(patienceMs, () =>
    late.reject(new assert.AssertionError({ message: `${what} within ${patienceMs} ms` })),
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    timer.cancel();
  }
}

/** Whether a promise settles before the event loop has gone round a few times. */
export async function settlesAtOnce(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let turn = 0; turn < 5 && !isSettled; turn++) await nextTurn();
  return isSettled;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => realWorld().scheduler.soon(resolve));
}

export function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

export function register<Case>(
  test: Test,
  name: string,
  promises: readonly Promised<Case>[],
  cases: Readonly<Record<string, (() => Case | Promise<Case>) | undefined>>,
  patienceMs: number,
): void {
  for (const promised of promises) {
    const make = cases[promised.needs ?? 'make'];
    if (make !== undefined) test(`${name}: ${promised.id} ${promised.says}`, () => promised.check(make, patienceMs));
  }
}
