import type { Pane, Results } from '../operators/count-window.ts';
import type { Aggregate } from '../windows/aggregates/aggregate.ts';
import type { KeyedStream } from './keyed-stream.ts';
import type { Stream } from './stream.ts';

/** A stream cut into windows: say what each window becomes. */
export interface WindowedStream<K, T> {
  /**
   * Several aggregates in one pass; each is a field of the pane.
   *
   * @example
   * ```ts
   * const panes = pipeline('pairs').from(values([1, 3, 10, 20])).window('pairs', tumblingCount(2)).aggregate({ n: count(), mean: mean((x: number) => x) });
   * await run(panes.to(print((pane) => `${pane.window.start}..${pane.window.end} n=${pane.n} mean=${pane.mean}`)));
   * // 0..2 n=2 mean=2
   * // 2..4 n=2 mean=15
   * ```
   */
  aggregate<S extends Readonly<Record<string, Aggregate<T, unknown>>>>(
    aggregates: S & { readonly key?: never; readonly window?: never; readonly pane?: never },
  ): KeyedStream<K, Pane<K> & Results<S>>;
  /** Folds the values of a window, beginning anew for each. */
  reduce<S>(initial: (key: K) => S, fold: (state: S, value: T) => S): KeyedStream<K, Pane<K> & { readonly value: S }>;
  /** The values themselves. */
  toArray(): Stream<readonly T[]>;
}
