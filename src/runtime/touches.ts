import type { Clock } from '../core/world.ts';

/** When each state was touched last, and which of them are over: nobody has touched them for `keepMs`. */
export class Touches {
  readonly #keepMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  #touched = new Float64Array(64);
  #swept = 0;

  constructor(keepMs: number, clock: Pick<Clock, 'now'>) {
    this.#keepMs = keepMs;
    this.#clock = clock;
  }

  set(at: number, ms: number = this.#clock.now()): void {
    if (at >= this.#touched.length) {
      const larger = new Float64Array(Math.max(at + 1, this.#touched.length * 2));
      larger.set(this.#touched);
      this.#touched = larger;
    }
    this.#touched[at] = ms;
  }

  isOver(at: number): boolean {
    return this.#touched[at]! <= this.#clock.now() - this.#keepMs;
  }

  /** Goes on from where it was, and answers which of the next so many are over; none of them twice, if they are taken away. */
  sweep(steps: number, end: number): readonly number[] {
    if (end === 0) return NONE;
    const forgetsMs = this.#clock.now() - this.#keepMs;
    let over: number[] | undefined;
    for (let left = Math.min(steps, end); left > 0; left--) {
      if (this.#swept >= end) this.#swept = 0;
      if (this.#touched[this.#swept]! <= forgetsMs) {
        over ??= [];
        over.push(this.#swept);
      }
      this.#swept++;
    }
    return over ?? NONE;
  }

  /** What a capture has to know. */
  captured(end: number): { readonly touched: Float64Array; readonly forgetsMs: number } {
    return { touched: this.#touched.slice(0, end), forgetsMs: this.#clock.now() - this.#keepMs };
  }
}

const NONE: readonly number[] = [];
