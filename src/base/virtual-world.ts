import type { World } from '../core/world.ts';
import { SeededRandom } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualFiles } from './virtual-files.ts';

export interface VirtualWorldOptions {
  /** What the clock says at first, in milliseconds since 1970; 0 unless told. */
  readonly start?: number;
  /** The same seed gives the same run; 1 unless told. */
  readonly seed?: string | number;
  /** What runs first of what is due at the same moment: what was asked for first (`set`, unless told), or what the seed draws. */
  readonly order?: 'set' | 'drawn';
}

export interface VirtualWorld extends World {
  readonly clock: VirtualClock;
  readonly scheduler: VirtualClock;
  readonly random: SeededRandom;
  readonly files: VirtualFiles;
  /** Lets milliseconds pass: `clock.advance`. */
  advance(ms: number): Promise<void>;
  /** Runs what is due now: `clock.settle`. */
  settle(): Promise<void>;
  /** Lets time pass until a promise settles: `clock.until`. */
  until<T>(promise: PromiseLike<T>, limitMs?: number): Promise<T>;
}

/**
 * A world for tests, in memory and in time of its own, that a seed repeats.
 *
 * @example
 * ```ts
 * const world = virtualWorld({ start: Date.UTC(2026, 0, 1), seed: 7 });
 * world.scheduler.after(3_600_000, () => console.log(new Date(world.clock.now()).toISOString()));
 * await world.advance(7_200_000);
 * // 2026-01-01T01:00:00.000Z
 * ```
 */
export function virtualWorld(options: VirtualWorldOptions = {}): VirtualWorld {
  const random = new SeededRandom(options.seed ?? 1);
  const clock = new VirtualClock(options.start, options.order === 'drawn' ? { order: random.fork('order') } : {});
  const files = new VirtualFiles(clock, clock);
  return {
    clock,
    scheduler: clock,
    random,
    files,
    syncFiles: files,
    advance: (ms) => clock.advance(ms),
    settle: () => clock.settle(),
    until: (promise, limitMs) => clock.until(promise, limitMs),
  };
}
