import { count, each, pipeline, run, sliding, sum, type TimeWindows, tumbling } from 'headrace';
import type { Answer, Candidate, Contest, Outcome, Peer, Question } from './kit/question.ts';
import { numbered } from './source.ts';

interface Call {
  readonly user: string;
  readonly at: number;
  readonly ms: number;
}

/** All records lie in so many milliseconds, in order: twelve windows of a minute and the slides of them. */
const SPAN_MS = 720_000;
const SIZE = 60_000;
const EVERY = 5_000;

/** Records of so many users, the same every time. */
function callsOf(users: number, records: number): (i: number) => Call {
  const names = Array.from({ length: users }, (_, i) => `user-${i}`);
  return (i) => ({ user: names[((i * 2_654_435_761) >>> 0) % users]!, at: Math.floor((i / records) * SPAN_MS), ms: (i * 7) % 100 });
}

async function ours(windows: TimeWindows, users: number, records: number): Promise<Outcome> {
  let panes = 0;
  let n = 0;
  let ms = 0;
  const plan = pipeline('load')
    .from(numbered(records, callsOf(users, records)))
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

interface Slice {
  n: number;
  ms: number;
}

/** What one writes by hand: a Map of Maps, slice by slice, and windows put together of slices where they overlap. */
function byHand(every: number, users: number, records: number): Answer {
  const callOf = callsOf(users, records);
  const slices = new Map<number, Map<string, Slice>>();
  const total = { panes: 0, n: 0, ms: 0 };
  const fire = (end: number): void => {
    const together = new Map<string, Slice>();
    for (let start = end - SIZE; start < end; start += every) {
      for (const [user, { n, ms }] of slices.get(start) ?? []) {
        const known = together.get(user);
        if (known === undefined) together.set(user, { n, ms });
        else {
          known.n += n;
          known.ms += ms;
        }
      }
    }
    for (const [key, { n, ms }] of together) {
      const pane = { key, window: { start: end - SIZE, end }, n, ms };
      total.panes++;
      total.n += pane.n;
      total.ms += pane.ms;
    }
    slices.delete(end - SIZE);
  };
  let next = every;
  for (let i = 0; i < records; i++) {
    const call = callOf(i);
    for (; call.at >= next; next += every) fire(next);
    const start = next - every;
    let slice = slices.get(start);
    if (slice === undefined) slices.set(start, (slice = new Map<string, Slice>()));
    const known = slice.get(call.user);
    if (known === undefined) slice.set(call.user, { n: 1, ms: call.ms });
    else {
      known.n++;
      known.ms += call.ms;
    }
  }
  for (; slices.size > 0; next += every) fire(next);
  return total;
}

const candidate = (name: string, windows: TimeWindows, users: number, records: number): Candidate => ({
  name,
  records,
  run: (count) => ours(windows, users, count),
});
const hand = (every: number, users: number, records: number): Peer => ({
  name: 'a Map of Maps',
  records,
  run: (count) => ({ answer: byHand(every, users, count) }),
});

const contests: readonly Contest[] = [
  {
    title: 'windows of a minute, 100,000 keys',
    ours: candidate('headrace', tumbling(SIZE), 100_000, 1_000_000),
    peers: [{ ...hand(SIZE, 100_000, 1_000_000), atLeast: 3, reached: 0.7 }],
    expected: (records) => byHand(SIZE, 100_000, records),
  },
  {
    title: 'a minute every 5 seconds, 1,000 keys',
    ours: candidate('headrace', sliding(SIZE, EVERY), 1000, 1_000_000),
    peers: [{ ...hand(EVERY, 1000, 1_000_000), atLeast: 1.8, reached: 0.5 }],
    expected: (records) => byHand(EVERY, 1000, records),
  },
];

export const windows: Question = {
  name: 'windows',
  asks: 'what do windows of event time cost beside loops that are written by hand?',
  unit: 'record',
  contests,
};
