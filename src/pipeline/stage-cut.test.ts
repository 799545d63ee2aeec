import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { count } from '../windows/aggregates/count.ts';
import { tumblingCount } from '../windows/count.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import { type StageCut, type StageEdge, stagesOf } from './stage-cut.ts';
import type { Stream } from './stream.ts';

const one = (n: number): number => n + 1;
const sum = (name: string, stream: Stream<number>): Stream<number> =>
  stream.scan(
    name,
    () => 0,
    (total, n) => total + n,
  );

const numbers = (plan: Pipeline): Stream<number> => plan.from(values([1]));
const keyed = (plan: Pipeline): KeyedStream<number, number> => numbers(plan).keyBy((n) => n);

/** `spread: nodes`, then the edges as `from -kind-> to`, `=` where records carry keys; ways from sources go without saying. */
function drawn({ stages, edges }: StageCut): readonly string[] {
  const fromSources = new Set(stages.filter(({ spread }) => spread === 'source').map(({ id }) => id));
  const isWayIn = ({ to, kind }: StageEdge): boolean => kind === 'forward' && 'stage' in to && fromSources.has(to.stage);
  return [
    ...stages.map(({ id, spread, threads, nodes }) => {
      expect(id).toBe(nodes[0]!.id);
      return `${spread}${threads === undefined ? '' : ` on ${threads}`}: ${nodes.map((node) => node.id).join(' ')}`;
    }),
    ...edges
      .filter((edge) => !isWayIn(edge))
      .map(({ from, to, kind, isKeyed }) => {
        const dash = isKeyed ? '=' : '-';
        return `${from} ${dash}${kind}${dash}> ${'stage' in to ? to.stage : `[${to.sink}]`}`;
      }),
  ];
}

const cuts: readonly (readonly [name: string, write: (plan: Pipeline) => void, cut: readonly string[]])[] = [
  [
    'steps behind a source are one stage',
    (plan) =>
      numbers(plan)
        .map(one)
        .filter(() => true)
        .to(collect()),
    ['source: values/map values/filter', 'values/filter -forward-> [collect]'],
  ],
  ['a sink may read a source with no stage between them', (plan) => numbers(plan).to(collect()), ['values -forward-> [collect]']],
  [
    'fan-out inside a stage is no exchange',
    (plan) => {
      const mapped = numbers(plan).map(one);
      mapped.filter(() => true).to(collect());
      mapped.to(collect());
    },
    ['source: values/map values/filter', 'values/filter -forward-> [collect]', 'values/map -forward-> [collect#2]'],
  ],
  [
    'two readers of a source share its stage',
    (plan) => {
      const source = numbers(plan);
      source.map(one).to(collect());
      source.filter(() => true).to(collect());
    },
    ['source: values/map values/filter', 'values/map -forward-> [collect]', 'values/filter -forward-> [collect#2]'],
  ],
  [
    'keyBy ends a stage, and all of its readers begin the next',
    (plan) => {
      const stream = keyed(plan);
      sum('a', stream).to(collect());
      stream.window('b', tumblingCount(2)).aggregate({ n: count() }).to(collect());
    },
    ['source: values/keyBy', 'key: a b', 'values/keyBy =key=> a', 'a =forward=> [collect]', 'b =forward=> [collect#2]'],
  ],
  [
    'a keyBy behind a keyBy is another exchange',
    (plan) =>
      sum(
        'b',
        sum('a', keyed(plan)).keyBy((n) => -n),
      ).to(collect()),
    ['source: values/keyBy', 'key: a a/keyBy', 'key: b', 'values/keyBy =key=> a', 'a/keyBy =key=> b', 'b =forward=> [collect]'],
  ],
  [
    'a sink right behind keyBy is no exchange',
    (plan) => keyed(plan).to(collect()),
    ['source: values/keyBy', 'values/keyBy =forward=> [collect]'],
  ],
  [
    'what remembers without a key is gathered, and all stays in one place',
    (plan) => sum('a', numbers(plan).map(one)).take(3).map(one).to(collect()),
    ['source: values/map', 'one: a a/take a/map', 'values/map -gather-> a', 'a/map -forward-> [collect]'],
  ],
  [
    'readers that need one place share it',
    (plan) => {
      const source = numbers(plan);
      source.take(1).to(collect());
      source.rateLimit({ records: 1, per: '1s' }).to(collect());
      source.map(one).to(collect());
    },
    [
      'one: values/take values/rateLimit',
      'source: values/map',
      'values -gather-> values/take',
      'values/take -forward-> [collect]',
      'values/rateLimit -forward-> [collect#2]',
      'values/map -forward-> [collect#3]',
    ],
  ],
  [
    'what limits is gathered behind keys too, with the keys, and a keyBy divides again',
    (plan) =>
      sum(
        'c',
        sum(
          'b',
          keyed(plan).distinct((n) => n),
        ).keyBy((n) => n),
      ).to(collect()),
    [
      'source: values/keyBy',
      'one: values/distinct b b/keyBy',
      'key: c',
      'values/keyBy =gather=> values/distinct',
      'b/keyBy =key=> c',
      'c =forward=> [collect]',
    ],
  ],
  [
    'losing the key cuts nothing, but what remembers behind it is gathered',
    (plan) =>
      sum(
        'b',
        sum('a', keyed(plan))
          .batch(2)
          .map((batch) => batch.length),
      ).to(collect()),
    ['source: values/keyBy', 'key: a a/batch a/map', 'one: b', 'values/keyBy =key=> a', 'a/map -gather-> b', 'b -forward-> [collect]'],
  ],
  [
    'a merge of two sources makes them one stage',
    (plan) => numbers(plan).map(one).merge(numbers(plan)).map(one).to(collect()),
    ['source: values/map values/merge values/map#2', 'values/map#2 -forward-> [collect]'],
  ],
  [
    'a merge of two keyed streams makes them one stage, since the group decides who owns a key',
    (plan) => {
      const a = sum('a', keyed(plan));
      const b = numbers(plan).keyBy((n) => -n);
      sum('c', a.merge(b)).to(collect());
    },
    [
      'source: values/keyBy',
      'key: a a/merge c',
      'source: values#2/keyBy',
      'values/keyBy =key=> a',
      'values#2/keyBy =key=> a',
      'c =forward=> [collect]',
    ],
  ],
  [
    'a merge of a keyed stream with what came out of it through another keyBy keeps to the keys and makes no cycle',
    (plan) => {
      const a = sum('a', keyed(plan));
      const b = sum(
        'b',
        a.keyBy((n) => -n),
      );
      sum('c', a.merge(b)).to(collect());
    },
    [
      'source: values/keyBy',
      'key: a a/keyBy',
      'key: b',
      'key: a/merge c',
      'values/keyBy =key=> a',
      'a/keyBy =key=> b',
      'a =key=> a/merge',
      'b =key=> a/merge',
      'c =forward=> [collect]',
    ],
  ],
  [
    'a merge of streams that are divided in different ways spreads them anew',
    (plan) => {
      const mapped = numbers(plan).map(one);
      sum(
        'a',
        mapped.keyBy((n) => n),
      )
        .merge(mapped)
        .map(one)
        .to(collect());
    },
    [
      'source: values/map values/keyBy',
      'key: a',
      'any: a/merge a/map',
      'values/keyBy =key=> a',
      'a =rebalance=> a/merge',
      'values/map -rebalance-> a/merge',
      'a/map -forward-> [collect]',
    ],
  ],
  [
    'two gathers that are merged go on in one place',
    (plan) =>
      sum('a', numbers(plan))
        .merge(sum('b', numbers(plan)))
        .to(collect()),
    ['one: a b a/merge', 'values -gather-> a', 'values#2 -gather-> a', 'a/merge -forward-> [collect]'],
  ],
  [
    'dead letters are read in one place',
    (plan) => {
      numbers(plan).to(collect());
      plan
        .deadLetters()
        .map((letter) => letter.operator)
        .to(collect());
    },
    [
      'one: dead letters/letters/map',
      'values -forward-> [collect]',
      'dead letters/letters -gather-> dead letters/letters/map',
      'dead letters/letters/map -forward-> [collect#2]',
    ],
  ],
  [
    'event time stays with its source, and elsewhere is told where all records of a partition are',
    (plan) => {
      const timed = numbers(plan).eventTime((n) => n);
      timed.to(collect());
      timed
        .keyBy((n) => n)
        .eventTime((n) => n)
        .to(collect());
    },
    [
      'source: values/eventTime values/keyBy',
      'one: values/eventTime#2',
      'values/eventTime -forward-> [collect]',
      'values/keyBy =gather=> values/eventTime#2',
      'values/eventTime#2 =forward=> [collect#2]',
    ],
  ],
  [
    'a split stays where it is',
    (plan) => {
      const { small, large } = numbers(plan).split({ small: (n) => n < 10, large: () => true });
      small.map(one).merge(large).to(collect());
    },
    ['source: values/split values/small values/large values/map values/merge', 'values/merge -forward-> [collect]'],
  ],
  [
    'work on threads is a stage of its own, in order again behind it',
    (plan) =>
      numbers(plan)
        .map(one)
        .onWorkers('heavy', 3, (stream) => stream.map(one))
        .take(2)
        .to(collect()),
    [
      'source: values/map',
      'workers on 3: heavy heavy/map',
      'one: heavy/rejoin heavy/rejoin/take',
      'values/map -workers-> heavy',
      'heavy/map -rejoin-> heavy/rejoin',
      'heavy/rejoin/take -forward-> [collect]',
    ],
  ],
  [
    'on a keyed stream each key has its thread',
    (plan) =>
      sum(
        'b',
        keyed(plan).onWorkers('heavy', 2, (stream) => sum('a', stream)),
      ).to(collect()),
    [
      'source: values/keyBy',
      'key on 2: heavy a',
      'key: heavy/rejoin b',
      'values/keyBy =key=> heavy',
      'a =forward=> heavy/rejoin',
      'b =forward=> [collect]',
    ],
  ],
];

test.each(cuts)('%s', (_name, write, cut) => {
  const plan = pipeline('cut');
  write(plan);
  expect(drawn(stagesOf(planFor(plan)))).toEqual(cut);
});
