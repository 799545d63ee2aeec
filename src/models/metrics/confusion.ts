import type { Label } from '../types.ts';
import type { Metric } from './metric.ts';

type Answer = { readonly label: Label | undefined };

/**
 * How often each class was taken for which. Its value is the accuracy; `precision`, `recall` and `f1` say it of one class, and `cells`
 * of all.
 */
export class Confusion implements Metric<Label, Answer> {
  readonly name = 'confusion';
  /** By true label, then by answer. */
  readonly #rows = new Map<Label, Map<Label, number>>();

  update(label: Label, { label: answer }: Answer): void {
    if (answer === undefined) return;
    let row = this.#rows.get(label);
    if (row === undefined) this.#rows.set(label, (row = new Map()));
    row.set(answer, (row.get(answer) ?? 0) + 1);
  }

  /** How often records of the class `label` were answered with `answer`. */
  at(label: Label, answer: Label): number {
    return this.#rows.get(label)?.get(answer) ?? 0;
  }

  /** All pairs that came, with how often. */
  get cells(): readonly { readonly label: Label; readonly answer: Label; readonly count: number }[] {
    return [...this.#rows].flatMap(([label, row]) => [...row].map(([answer, count]) => ({ label, answer, count })));
  }

  get value(): number {
    const all = this.#sum(() => true);
    return this.#sum((label, answer) => label === answer) / all;
  }

  /** Of the answers that said the class, the part that were right; NaN where none said it. */
  precision(of: Label): number {
    return this.at(of, of) / this.#sum((_, answer) => answer === of);
  }

  /** Of the records of the class, the part that were found; NaN where none came. */
  recall(of: Label): number {
    return this.at(of, of) / this.#sum((label) => label === of);
  }

  /** The harmonic mean of precision and recall. */
  f1(of: Label): number {
    return (2 * this.at(of, of)) / (this.#sum((label) => label === of) + this.#sum((_, answer) => answer === of));
  }

  #sum(counts: (label: Label, answer: Label) => boolean): number {
    return this.cells.reduce((sum, { label, answer, count }) => sum + (counts(label, answer) ? count : 0), 0);
  }

  clone(): Confusion {
    return new Confusion();
  }

  snapshot(): unknown {
    return this.cells;
  }

  restore(state: unknown): void {
    this.#rows.clear();
    for (const { label, answer, count } of state as Confusion['cells']) {
      const row = this.#rows.get(label) ?? new Map<Label, number>();
      this.#rows.set(label, row.set(answer, count));
    }
  }
}

/**
 * How often each class was taken for which.
 *
 * @example
 * ```ts
 * import { confusion } from 'headrace/models';
 *
 * const metric = confusion();
 * for (const [label, answer] of [['cat', 'cat'], ['cat', 'dog'], ['dog', 'dog']] as const) metric.update(label, { label: answer });
 * console.log(metric.at('cat', 'dog'), metric.precision('dog'), metric.recall('cat'));
 * // 1 0.5 0.5
 * ```
 */
export const confusion = (): Confusion => new Confusion();
