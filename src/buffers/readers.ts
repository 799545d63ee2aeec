import { type Duration, milliseconds } from '../core/units.ts';
import type { Scheduler, Timer } from '../core/world.ts';
import { Line, type Waiter } from './waiters.ts';

/** What a waiting reader asks for: one item, or between `least` and `most`. */
export interface Ask {
  readonly isOne: boolean;
  readonly least: number;
  readonly most: number;
  readonly withinMs: number | undefined;
}

export const ONE: Ask = { isOne: true, least: 1, most: 1, withinMs: undefined };

export function upTo(most: number, least: number = 1, within?: Duration): Ask {
  return { isOne: false, least, most, withinMs: within === undefined ? undefined : milliseconds(within, 'option within') };
}

export type Asking<T> = Waiter<T | T[] | undefined, Ask>;

/** The readers that wait, first come, first served, and the timer of the first. */
export class Readers<T> extends Line<T | T[] | undefined, Ask> {
  #timer: Timer | undefined;

  override leave(reader: Asking<T>): void {
    if (this.first === reader) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    super.leave(reader);
  }

  /** Only the first in line has a timer, and it is set only once there is something to give when it rings. */
  startTimer(scheduler: () => Scheduler, ring: (first: Asking<T>) => void): void {
    const first = this.first;
    if (first?.want.withinMs === undefined || this.#timer !== undefined) return;
    this.#timer = scheduler().after(first.want.withinMs, () => {
      this.#timer = undefined;
      ring(first);
    });
  }
}
