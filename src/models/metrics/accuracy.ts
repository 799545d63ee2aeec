import type { Label } from '../types.ts';
import type { Metric } from './metric.ts';

/**
 * The part of all answers that were right. An answer without a label, before anything was learned, does not count.
 *
 * @example
 * ```ts
 * import { accuracy } from 'headrace/models';
 *
 * const metric = accuracy();
 * metric.update(true, { label: true });
 * metric.update(true, { label: false });
 * console.log(metric.value);
 * // 0.5
 * ```
 */
export function accuracy(): Metric<Label, { readonly label: Label | undefined }> {
  return new Accuracy();
}

class Accuracy implements Metric<Label, { readonly label: Label | undefined }> {
  readonly name = 'accuracy';
  #right = 0;
  #all = 0;

  get value(): number {
    return this.#right / this.#all;
  }

  update(label: Label, prediction: { readonly label: Label | undefined }): void {
    if (prediction.label === undefined) return;
    this.#all++;
    if (prediction.label === label) this.#right++;
  }

  clone(): Accuracy {
    return new Accuracy();
  }

  snapshot(): unknown {
    return { right: this.#right, all: this.#all };
  }

  restore(state: unknown): void {
    const { right, all } = state as { right: number; all: number };
    this.#right = right;
    this.#all = all;
  }
}
