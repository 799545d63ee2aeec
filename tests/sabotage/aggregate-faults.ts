import type { Fault, Suite } from './faults.ts';

const promises: Suite = { files: ['tests/property/aggregates.test.ts'] };
const quantiles: Suite = { files: ['src/windows/aggregates/quantile.test.ts'] };
const counters: Suite = { files: ['src/windows/aggregates/top-k.test.ts'] };
const hashes: Suite = { files: ['src/windows/aggregates/distinct.test.ts'] };

/** Faults of aggregates: in how parts are merged, in what is kept at a bound, and in what is written down. */
export const aggregateFaults: readonly Fault[] = [
  {
    name: 'spread between parts lost',
    what: 'The variance of two parts is that within each, without what lies between their means.',
    file: 'src/windows/aggregates/moments.ts',
    instead: 'cells[at + 2]! += later[laterAt + 2]! + ((distance * distance * a) / n) * b;',
    write: 'cells[at + 2]! += later[laterAt + 2]!;',
    suite: promises,
  },
  {
    name: 'digits lost in a merge',
    what: 'A merge of sums forgets what rounding had cut off in the later part.',
    file: 'src/windows/aggregates/sum.ts',
    instead: 'cells[at + 1]! += later[laterAt + 1]!;',
    write: '',
    suite: { files: ['tests/property/aggregates-golden.test.ts'] },
  },
  {
    name: 'first to arrive',
    what: 'The first of a window is what came first, so it depends on how the window was sliced.',
    file: 'src/windows/aggregates/ends.ts',
    instead: "endOf('first', of, (timeMs, keptMs) => timeMs < keptMs)",
    write: "endOf('first', of, () => false)",
    suite: promises,
  },
  {
    name: 'a full set stays as it is',
    what: 'A set that is full takes nothing any more, also no value that happened before those in it.',
    file: 'src/windows/aggregates/to-set.ts',
    instead: 'if (!(timeMs < times.get(newest)!)) return;',
    write: 'if (timeMs !== Number.POSITIVE_INFINITY) return;',
    suite: promises,
  },
  {
    name: 'a borrowed count owned',
    what: 'A value that takes over the counter of another takes its count for its own.',
    file: 'src/windows/aggregates/space-saving.ts',
    instead: 'this.#replace(value, least + weight, least);',
    write: 'this.#replace(value, least + weight, 0);',
    suite: counters,
  },
  {
    name: 'buckets of another width',
    what: 'Counts of a sketch with narrower buckets are added to wider ones of the same number.',
    file: 'src/windows/aggregates/quantile-sketch.ts',
    instead: 'this.#above.join(later.#above, this.#level - later.#level);',
    write: 'this.#above.join(later.#above, 0);',
    suite: quantiles,
  },
  {
    name: 'registers overwritten',
    what: 'A register takes the last run of zeros, not the longest.',
    file: 'src/windows/aggregates/hyper-log-log.ts',
    instead: 'if (rank > registers[at]!) registers[at] = rank;',
    write: 'registers[at] = rank;',
    suite: hashes,
  },
];
