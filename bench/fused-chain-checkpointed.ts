import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { each, pipeline, run, type Stream } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';
import { BATCH, byHand, isKept, scaled, scored, squared, Total } from './chain.ts';
import type { Outcome, Question } from './kit/question.ts';
import { pool, POOL_MASK, type Row, rowOf } from './rows.ts';
import { numbered } from './source.ts';

/** The rows come again and again, and with them times that are as much older. */
const DISORDER = '2m';
/** Enough for a checkpoint or two by the clock, beside the one at the end. */
const RECORDS = 60_000_000;

/** The chain of `fused-chain`, with a checkpoint every second. */
async function chain(records: number, begin: (rows: Stream<Row>) => Stream<Row>, isTimed: boolean): Promise<Outcome> {
  const dir = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const total = new Total();
  try {
    await run(
      begin(pipeline('bench').from(numbered(records, rowOf)))
        .map(scaled)
        .filter(isKept)
        .map(squared)
        .map(scored)
        .batch(BATCH)
        .tap((_batch, { eventTime }) => {
          if (isTimed === Number.isNaN(eventTime)) throw new Error(`the time of a batch is ${eventTime}`);
        })
        .to(each(total.add)),
      { runtime: embedded({ dir, checkpointEvery: '1s' }) },
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
  return total.outcome;
}

const timedAndKeyed = (rows: Stream<Row>): Stream<Row> => rows.eventTime((row) => row.at, { disorder: DISORDER }).keyBy((row) => row.key);

/** Times and key numbers besides, in arrays of 1,024 as they would lie in chunks; then the loop over the same rows. */
function byHandWithArrays(records: number): Outcome {
  const SIZE = 1024;
  // Keys are small whole numbers, so no Map is needed: it would take 15 ns a record more.
  const ids = new Int32Array(SIZE);
  let known = 0;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let first = 0; first < records; first += SIZE) {
    const size = Math.min(SIZE, records - first);
    const times = new Float64Array(size);
    const keyIds = new Int32Array(size);
    for (let at = 0; at < size; at++) {
      const row = pool[(first + at) & POOL_MASK]!;
      times[at] = row.at;
      if (row.at > greatest) greatest = row.at;
      const id = ids[row.key]!;
      keyIds[at] = id === 0 ? (ids[row.key] = ++known) : id;
    }
  }
  if (Number.isNaN(greatest) || known === 0) throw new Error('there are no times');
  return byHand(records);
}

export const fusedChainCheckpointed: Question = {
  name: 'fused-chain-checkpointed',
  asks: 'what does the chain of six cost with event time, keys and a checkpoint every second?',
  unit: 'record',
  contests: [
    {
      title: 'eventTime, keyBy, then the chain, with a checkpoint every second',
      // Cold: a process that lives long enough for some checkpoints is warm by itself.
      ours: { name: 'headrace', records: RECORDS, isCold: true, run: (records) => chain(records, timedAndKeyed, true) },
      peers: [
        { name: 'hand-written loop', records: 16_000_000, atLeast: 0.6, reached: 0.2, run: byHand },
        { name: 'the same with times and keys in arrays', records: 16_000_000, run: byHandWithArrays },
      ],
      expected: (records) => byHand(records).answer,
    },
    {
      title: 'the chain alone, with a checkpoint every second',
      ours: { name: 'headrace', records: 2 * RECORDS, isCold: true, run: (records) => chain(records, (rows) => rows, false) },
      peers: [{ name: 'hand-written loop', records: 16_000_000, run: byHand }],
      expected: (records) => byHand(records).answer,
      rounds: 3,
    },
  ],
};
