import type { Aggregate } from './aggregate.ts';
import { atomHash } from './atom-hash.ts';
import { HyperLogLog } from './hyper-log-log.ts';
import { type Atom, atom } from './order.ts';
import { bytesOf, checkedError } from './sketch-form.ts';

export interface DistinctOptions {
  /** The standard error, as a share: two of three answers are nearer than this, 95 of 100 nearer than twice this. 0.02 unless told. */
  readonly error?: number;
}

/**
 * How many different values there were, by a HyperLogLog sketch: 4 KB for an error of 0.02 (1.6 % really), four times
 * as much for half of it. Up to 256 values at that error the answer is exact. Which values these were is not kept;
 * `toSet` does that. Parts that are merged answer exactly what one pass answers.
 *
 * @example
 * ```ts
 * const visitors = distinct((click: { user: string }) => click.user);
 * const state = visitors.create();
 * for (const user of ['ann', 'bob', 'ann']) visitors.add(state, visitors.of({ user }));
 * console.log(visitors.extract(state)); // 2
 * ```
 */
export function distinct<T = Atom>(of?: (value: T) => Atom, { error = 0.02 }: DistinctOptions = {}): Aggregate<T, number> {
  checkedError(error, 'distinct error', 0.002, 0.26);
  const precision = Math.ceil(2 * Math.log2(1.04 / error));
  const aggregate: Aggregate<T, number, number, HyperLogLog> = {
    kind: `distinct ${precision}`,
    bytes: 2 ** precision / 2,
    of: (value) => atomHash(atom(of === undefined ? value : of(value), 'distinct')),
    create: () => new HyperLogLog(precision),
    add: (sketch, hash) => sketch.add(hash),
    merge: (sketch, later) => sketch.merge(later),
    extract: (sketch) => Math.round(sketch.estimate()),
    pack: (sketch) => ({ distinct: sketch.toBytes() }),
    unpack(plain) {
      const bytes = bytesOf(plain, 'distinct');
      return bytes === undefined ? undefined : HyperLogLog.of(bytes, precision);
    },
  };
  return aggregate as Aggregate<T, number>;
}
