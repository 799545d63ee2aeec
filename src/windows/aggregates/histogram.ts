import { HeadraceError } from '../../core/error.ts';
import type { Aggregate } from './aggregate.ts';
import { finite, itself, type NumericLayout } from './layout.ts';
import { numericAggregate } from './numeric.ts';

const MOST_EDGES = 1024;

/**
 * How many values lie between edges: one count more than there are edges. The first counts what is below the first
 * edge, the last what is at the last edge or above; in between a value counts where `from <= value < to`.
 *
 * @example
 * ```ts
 * const sizes = histogram([10, 100]);
 * const state = sizes.create();
 * for (const size of [3, 10, 99, 100, 5000]) sizes.add(state, sizes.of(size));
 * console.log(sizes.extract(state)); // [ 1, 2, 2 ]
 * ```
 */
export function histogram<T = number>(
  edges: readonly number[],
  of: (value: T) => number = itself as (value: T) => number,
): Aggregate<T, readonly number[]> {
  const bounds = checkedEdges(edges);
  const bins = bounds.length + 1;
  const layout: NumericLayout<T, readonly number[]> = {
    names: ['below', ...Array.from(bounds, (edge) => `from ${edge}`)],
    initial: new Array<number>(bins).fill(0),
    inputs: [{ of, check: finite }],
    add(cells, at, inputs, from) {
      const x = inputs[from]!;
      // The number of edges that are not above x.
      let low = 0;
      let high = bounds.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (bounds[middle]! <= x) low = middle + 1;
        else high = middle;
      }
      cells[at + low]!++;
    },
    merge(cells, at, later, laterAt) {
      for (let i = 0; i < bins; i++) cells[at + i]! += later[laterAt + i]!;
    },
    extract: (cells, at) => Array.from(cells.subarray(at, at + bins)),
  };
  return numericAggregate('histogram', layout);
}

function checkedEdges(edges: readonly number[]): Float64Array {
  const isRising = edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > edges[i - 1]!));
  if (isRising && edges.length > 0 && edges.length <= MOST_EDGES) return Float64Array.from(edges);
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: `edges must be 1 to ${MOST_EDGES} finite numbers, each greater than the one before`,
    where: 'histogram edges',
    todo: 'Sort them and take out those that stand twice.',
  });
}
