import { type Duration, milliseconds, wholeNumber } from '../core/units.ts';

export interface AdaptiveOptions {
  /** The fewest records a batch has, unless it is cut by time, bytes or the end. */
  readonly min: number;
  /** The most. */
  readonly max: number;
  /** How long whoever gets a batch should take for it. */
  readonly target: Duration;
}

/**
 * A size that holds a time: it grows by a sixteenth of the range while batches are done within the target, and shrinks
 * at once in the proportion by which one is not, at most to a half. The same times give the same sizes.
 */
export class AdaptiveSize {
  #size: number;
  readonly #min: number;
  readonly #max: number;
  readonly #targetMs: number;
  readonly #step: number;

  constructor(first: number, { min, max, target }: AdaptiveOptions) {
    this.#min = wholeNumber(min, 'batch adaptive min');
    this.#max = wholeNumber(max, 'batch adaptive max', this.#min);
    this.#targetMs = milliseconds(target, 'batch adaptive target');
    this.#step = Math.max(1, Math.round((max - min) / 16));
    this.#size = Math.min(max, Math.max(min, first));
  }

  get size(): number {
    return this.#size;
  }

  /** A batch of so many records took so long. */
  took(records: number, ms: number): void {
    if (ms > this.#targetMs) this.#size = Math.max(this.#min, Math.floor(this.#size * Math.max(0.5, this.#targetMs / ms)));
    // A batch that was cut short says nothing about a larger one.
    else if (records >= this.#size) this.#size = Math.min(this.#max, this.#size + this.#step);
  }
}
