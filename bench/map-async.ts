import { each, pipeline, run } from 'headrace';
import type { Contest, Outcome, Peer, Question } from './kit/question.ts';
import { pMap } from './peers/p-map.ts';
import { type Row, rowOf } from './rows.ts';
import { iterated, numbered } from './source.ts';

const CONCURRENCY = 16;

type Call = (row: Row) => Promise<number>;

class Total {
  records = 0;
  /** Changes when two answers change places, so that order is part of the answer. */
  ordered = 0;

  readonly add = (answer: number): void => {
    this.ordered = (Math.imul(this.ordered, 31) + answer) | 0;
    this.records++;
  };

  get outcome(): Outcome {
    return { answer: { records: this.records, ordered: this.ordered } };
  }
}

function ours(call: Call, records: number): Contest['ours'] {
  return {
    name: 'headrace mapAsync',
    records,
    async run(count) {
      const total = new Total();
      await run(pipeline('bench').from(numbered(count, rowOf)).mapAsync(call, { concurrency: CONCURRENCY }).to(each(total.add)));
      return total.outcome;
    },
  };
}

function peers(call: Call, records: number, floor: { readonly atLeast?: number } = {}): readonly Peer[] {
  return [
    {
      name: 'p-map',
      records,
      ...floor,
      async run(count) {
        const total = new Total();
        const { default: map } = await pMap();
        for (const answer of await map(iterated(count, rowOf), call, { concurrency: CONCURRENCY })) total.add(answer);
        return total.outcome;
      },
    },
    {
      name: 'pMapIterable',
      records,
      ...floor,
      async run(count) {
        const total = new Total();
        const { pMapIterable } = await pMap();
        for await (const answer of pMapIterable(iterated(count, rowOf), call, { concurrency: CONCURRENCY, backpressure: CONCURRENCY }))
          total.add(answer);
        return total.outcome;
      },
    },
  ];
}

const answerOf = (row: Row): number => row.id * 3 + row.key;

function expected(records: number): Outcome['answer'] {
  const total = new Total();
  for (let i = 0; i < records; i++) total.add(answerOf(rowOf(i)));
  return total.outcome.answer;
}

const atOnce: Call = async (row) => answerOf(row);
const nextTurn: Call = (row) => new Promise((resolve) => setImmediate(resolve, answerOf(row)));

export const mapAsync: Question = {
  name: 'map-async',
  asks: 'what does an ordered asynchronous call cost a record, sixteen at a time?',
  unit: 'record',
  contests: [
    {
      title: 'an async function that resolves at once',
      ours: ours(atOnce, 1_500_000),
      peers: peers(atOnce, 300_000, { atLeast: 5 }),
      expected,
    },
    // Here the event loop takes most of the time, for everybody: no floor.
    {
      title: 'a promise that resolves in the next turn of the event loop',
      ours: ours(nextTurn, 300_000),
      peers: peers(nextTurn, 200_000),
      expected,
    },
  ],
};
