import { sleep } from '../../base/retry.ts';
import type { World } from '../../core/world.ts';
import { explain, isBusy } from './errors.ts';

export interface Patience {
  readonly id: string;
  readonly world: World;
  readonly signal: AbortSignal;
  /** How long to wait for others before their lock becomes an error. */
  readonly busyMs: number;
}

const MOST_BETWEEN_MS = 50;

/** Calls, and calls again for as long as others hold the database. Without a wait the answer is there at once. */
export function patiently<T>(patience: Patience, call: () => T): T | Promise<T> {
  try {
    return call();
  } catch (error) {
    if (!isBusy(error)) throw explain(error, patience.id);
    return callAgain(patience, call, error);
  }
}

async function callAgain<T>(patience: Patience, call: () => T, first: unknown): Promise<T> {
  const { id, world, signal, busyMs } = patience;
  const endMs = world.clock.monotonic() + busyMs;
  let error = first;
  let betweenMs = 1;
  while (isBusy(error) && world.clock.monotonic() < endMs) {
    await sleep(betweenMs, world, signal);
    betweenMs = Math.min(MOST_BETWEEN_MS, betweenMs * 2);
    try {
      return call();
    } catch (again) {
      error = again;
    }
  }
  throw explain(error, id);
}
