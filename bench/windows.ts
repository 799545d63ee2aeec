import { count, each, pipeline, run, type Source, sliding, sum, type TimeWindows, tumbling } from 'headrace';
import { byHand, byHandOverColumns, byKeysByHand, type Call, callColumns, callsOf, type Load, SIZE } from './calls.ts';
import type { Answer, Candidate, Contest, Outcome, Peer, Question } from './kit/question.ts';

const RECORDS = 1_000_000;
const EVERY = 5_000;

/** Twelve windows: of 100,000 users each has 0.8 records in one, so what is asked is what a pane costs. */
const few = (records: number): Load => ({ users: 100_000, records, spanMs: 12 * SIZE });
/** Two windows, so that each user has 5 records in one. */
const many = (records: number): Load => ({ users: 100_000, records, spanMs: 2 * SIZE });
/** Twelve windows, and 83 records of each user in one. */
const hot = (records: number): Load => ({ users: 1000, records, spanMs: 12 * SIZE });

async function ours(windows: TimeWindows, calls: Source<Call>): Promise<Outcome> {
  let panes = 0;
  let n = 0;
  let ms = 0;
  const plan = pipeline('load')
    .from(calls)
    .eventTime((call) => call.at)
    .keyBy((call) => call.user)
    .window('load', windows)
    .aggregate({ n: count(), ms: sum((call) => call.ms) });
  await run(
    plan.to(
      each((pane) => {
        panes++;
        n += pane.n;
        ms += pane.ms;
      }),
    ),
  );
  return { answer: { panes, n, ms } };
}

const headrace = (windows: TimeWindows, calls: (records: number) => Source<Call>): Candidate => ({
  name: 'headrace',
  records: RECORDS,
  run: (records) => ours(windows, calls(records)),
});
const hand = (name: string, answer: (records: number) => Answer): Peer => ({
  name,
  records: RECORDS,
  run: (records) => ({ answer: answer(records) }),
});

/** By string: the key of each record is looked up in a table of strings, by us and by hand. */
function byString(title: string, load: (records: number) => Load, reached: number): Contest {
  return {
    title,
    ours: headrace(tumbling(SIZE), (records) => callsOf(load(records))),
    peers: [
      { ...hand('a Map of Maps', (records) => byHand(load(records), SIZE)), atLeast: 3, reached },
      hand('a Map of Maps, keys outside', (records) => byKeysByHand(load(records))),
    ],
    expected: (records) => byHand(load(records), SIZE),
  };
}

/** Answers how many records there were, each of which is in so many windows. */
const counted = (name: string, windows: TimeWindows, overlapping: number): Candidate => ({
  name,
  records: RECORDS,
  async run(records) {
    const { answer } = await ours(windows, callsOf(hot(records)));
    return { answer: { records: answer['n']! / overlapping } };
  },
});

const contests: readonly Contest[] = [
  byString('windows of a minute, 100,000 keys, 0.8 records a key and window', few, 0.7),
  byString('windows of a minute, 100,000 keys, 5 records a key and window', many, 0.6),
  {
    title: 'the same over columns, by dictionary',
    ours: headrace(tumbling(SIZE), (records) => callColumns(many(records))),
    peers: [{ ...hand('a Map of Maps', (records) => byHandOverColumns(many(records))), atLeast: 8, reached: 0.85 }],
    expected: (records) => byHand(many(records), SIZE),
  },
  {
    title: 'a minute every 5 seconds, 1,000 keys',
    ours: headrace(sliding(SIZE, EVERY), (records) => callsOf(hot(records))),
    peers: [{ ...hand('a Map of Maps', (records) => byHand(hot(records), EVERY)), atLeast: 1.8, reached: 0.5 }],
    expected: (records) => byHand(hot(records), EVERY),
  },
  {
    title: 'the same beside windows that do not overlap',
    ours: counted('headrace', sliding(SIZE, EVERY), SIZE / EVERY),
    // Sliding may cost twice as much.
    peers: [{ ...counted('headrace, windows that do not overlap', tumbling(SIZE), 1), atLeast: 0.5 }],
    expected: (records) => ({ records }),
  },
];

export const windows: Question = {
  name: 'windows',
  asks: 'what do windows of event time cost beside loops that are written by hand?',
  unit: 'record',
  contests,
};
