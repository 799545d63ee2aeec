import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { each, pipeline, run, type Stream } from 'headrace';
import { versionOf } from './files/version.ts';
import type { Answer, Contest, Outcome, Question } from './kit/question.ts';
import type { Event } from './nexmark/events.ts';
import { eventsOf } from './nexmark/generator.ts';
import * as loops from './nexmark/loops.ts';
import * as plain from './nexmark/plain.ts';
import * as queries from './nexmark/queries.ts';
import { numbered } from './source.ts';

/** So many events, unless HEADRACE_BENCH_EVENTS says otherwise; CI has a million. */
const EVENTS = Number(process.env['HEADRACE_BENCH_EVENTS'] ?? 10_000_000);
const folder = join(import.meta.dirname, '../.cache/bench-files');

/** One query in three forms, and what of its rows is looked at: enough that none can be left out or be another. */
interface Asked<Row> {
  readonly title: string;
  readonly query: (events: Stream<Event>) => Stream<Row>;
  readonly byHand: (eventOf: (i: number) => Event, count: number, give: (row: Row) => void) => void;
  readonly definition: (events: Iterable<Event>) => Iterable<Row>;
  readonly look: (row: Row) => number;
  /** Nobody asks for a floor here: what a loop by hand takes of our time at least, so that we do not fall back. */
  readonly holds: number;
}

class Totals<Row> {
  #rows = 0;
  #sum = 0;
  readonly #look: (row: Row) => number;

  constructor(look: (row: Row) => number) {
    this.#look = look;
  }

  readonly add = (row: Row): void => {
    this.#rows++;
    this.#sum += this.#look(row);
  };

  get answer(): Answer {
    return { rows: this.#rows, sum: this.#sum };
  }
}

/** A fifth of the events first, so that the code is warm: more would take CI too long. */
async function timed<Row>(
  records: number,
  look: (row: Row) => number,
  work: (count: number, add: (row: Row) => void) => unknown,
): Promise<Outcome> {
  await work(Math.ceil(records / 5), new Totals(look).add);
  const totals = new Totals(look);
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work(records, totals.add);
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { answer: totals.answer, wallMs, cpuMs: (user + system) / 1e3 };
}

function contest<Row>({ title, query, byHand, definition, look, holds }: Asked<Row>): Contest {
  const eventOf = eventsOf();
  const ours = async (count: number, add: (row: Row) => void): Promise<void> => {
    await run(query(pipeline('nexmark').from(numbered(count, eventOf))).to(each(add)));
  };
  return {
    title,
    ours: { name: 'headrace', records: EVENTS, isCold: true, run: (records) => timed(records, look, ours) },
    peers: [
      {
        name: 'a loop by hand',
        records: EVENTS,
        isCold: true,
        atLeast: holds,
        run: (records) => timed(records, look, (count, add) => byHand(eventOf, count, add)),
      },
    ],
    // Twelve candidates: with more rounds they would take longer than all they could show is worth.
    rounds: 2,
    expected: (records) =>
      kept(title, records, () => {
        const totals = new Totals(look);
        for (const row of definition(first(records, eventOf))) totals.add(row);
        return totals.answer;
      }),
  };
}

function* first(count: number, eventOf: (i: number) => Event): Generator<Event> {
  for (let i = 0; i < count; i++) yield eventOf(i);
}

/** Beside the files of the benches: a process that is measured must not have done the work once already. */
function kept(title: string, records: number, answer: () => Answer): Answer {
  const sources = ['generator', 'plain'].map((name) => join(import.meta.dirname, `nexmark/${name}.ts`));
  const path = join(folder, `nexmark-${versionOf(...sources)}-${title.slice(0, 2)}-${records}.json`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, JSON.stringify(answer()));
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Answer;
}

const LAPS_MS = 100_000;

export const nexmark: Question = {
  name: 'nexmark',
  asks: 'how many events of the Nexmark benchmark pass in a second, and what would a loop by hand take?',
  unit: 'event',
  contests: [
    contest({
      title: 'q0, pass through',
      query: queries.passThrough,
      byHand: loops.passThrough,
      definition: plain.passThrough,
      look: ({ at }) => at % LAPS_MS,
      holds: 0.8,
    }),
    contest({
      title: 'q1, currency conversion',
      query: queries.currencyConversion,
      byHand: loops.currencyConversion,
      definition: plain.currencyConversion,
      look: ({ auction, bidder, price }) => auction + bidder + price,
      holds: 0.6,
    }),
    contest({
      title: 'q2, selection',
      query: queries.selection,
      byHand: loops.selection,
      definition: plain.selection,
      look: ({ auction, price }) => auction + price,
      holds: 0.6,
    }),
    contest({
      title: 'q5, hot items: ten seconds every two',
      query: queries.hotItems,
      byHand: loops.hotItems,
      definition: plain.hotItems,
      look: ({ auction, bids, end }) => auction + bids + (end % LAPS_MS),
      holds: 0.25,
    }),
    contest({
      title: 'q7, highest bids of ten seconds',
      query: queries.highestBids,
      byHand: loops.highestBids,
      definition: plain.highestBids,
      look: ({ auction, bidder, price, at }) => auction + bidder + price + (at % LAPS_MS),
      holds: 0.35,
    }),
    contest({
      title: 'q8, new sellers: two windows joined',
      query: queries.newSellers,
      byHand: loops.newSellers,
      definition: plain.newSellers,
      look: ({ id, name, start }) => id + name.length + (start % LAPS_MS),
      holds: 0.18,
    }),
  ],
};
