import { HeadraceError } from '../../core/error.ts';
import type { Answer, Source } from '../../core/source.ts';
import { type Duration, milliseconds } from '../../core/units.ts';

export interface Tick {
  /** Counts the moments since the start, also those that were missed. */
  readonly index: number;
  /** When the tick came, in milliseconds since 1970; its event time. */
  readonly at: number;
}

/**
 * A tick every so often, the first after one interval. The moments stand in a fixed grid on the monotonic clock, so
 * they do not drift. A tick that nobody could take in time is not made up for: the index of the next one shows the gap.
 *
 * @example
 * ```ts
 * await run(pipeline('heartbeat').from(every('10ms')).take(2).map(() => 'still here').to(print()));
 * // still here
 * // still here
 * ```
 */
export function every(interval: Duration): Source<Tick> {
  const intervalMs = milliseconds(interval, 'every');
  if (intervalMs === 0) {
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: 'an interval of nothing never lets the clock move',
      where: 'every',
      todo: "Give one above zero, like every('1s').",
    });
  }
  return {
    kind: 'every',
    id: `every:${typeof interval === 'number' ? `${interval}ms` : interval}`,
    replay: false,
    timed: true,
    partitions: () => [0],
    open(_partition, _resume, { world }) {
      const { clock, scheduler } = world;
      const startMs = clock.monotonic();
      let next = 0;
      const dueIn = (): number => startMs + (next + 1) * intervalMs - clock.monotonic();
      function tick(): Answer<Tick> {
        const index = Math.max(next, Math.floor((clock.monotonic() - startMs) / intervalMs) - 1);
        const at = clock.now();
        next = index + 1;
        return { values: [{ index, at }], positions: [index], times: [at], resume: next };
      }
      const none = (): Answer<Tick> => ({ values: [], positions: [], times: [], resume: next });
      return {
        read(_limit, signal) {
          if (signal.aborted) return none();
          if (dueIn() <= 0) return tick();
          return new Promise((resolve) => {
            const stop = (): void => {
              timer.cancel();
              resolve(none());
            };
            const ring = (): void => {
              signal.removeEventListener('abort', stop);
              // A timer of milliseconds may come a fraction early on a clock of microseconds: the tick counts as due.
              resolve(tick());
            };
            const timer = scheduler.after(dueIn(), ring);
            signal.addEventListener('abort', stop, { once: true });
          });
        },
        close() {},
      };
    },
  };
}
