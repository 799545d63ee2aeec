/** Compares answers with the truth, one after the other, and can say at any time how good they have been. */
export interface Metric<in Y, in P> {
  readonly name: string;
  update(label: Y, prediction: P): void;
  /** NaN before the first. */
  readonly value: number;
  clone(): Metric<Y, P>;
  snapshot(): unknown;
  restore(state: unknown): void;
}
