// The queries of the Nexmark benchmark, as the bench asks them, against their definitions over all events at once.
import { expect, test } from 'vitest';
import { collect, pipeline, run, type Stream } from '../../src/index.ts';
import type { Event } from '../../bench/nexmark/events.ts';
import { eventsOf } from '../../bench/nexmark/generator.ts';
import * as loops from '../../bench/nexmark/loops.ts';
import * as plain from '../../bench/nexmark/plain.ts';
import * as queries from '../../bench/nexmark/queries.ts';
import { numbered } from '../../bench/source.ts';

/** Fourteen seconds of events, so that windows of ten begin and end within. */
const SLOW = { perSecond: 500 };
const EVENTS = 7000;
/** Events of so many neighbours in another order than they happened: two seconds, which is within what the queries allow. */
const MIXED = { ...SLOW, disorder: 1000 };
const SEEDS = process.env['HEADRACE_TEST'] === 'full' ? [1, 2, 3] : [1];

interface Query {
  readonly name: string;
  readonly query: (events: Stream<Event>) => Stream<unknown>;
  readonly byHand: (eventOf: (i: number) => Event, count: number, give: (row: unknown) => void) => void;
  readonly definition: (events: Iterable<Event>) => Iterable<unknown>;
}

const QUERIES: readonly Query[] = [
  { name: 'q0', query: queries.passThrough, byHand: loops.passThrough, definition: plain.passThrough },
  { name: 'q1', query: queries.currencyConversion, byHand: loops.currencyConversion, definition: plain.currencyConversion },
  { name: 'q2', query: queries.selection, byHand: loops.selection, definition: plain.selection },
  { name: 'q5', query: queries.hotItems, byHand: loops.hotItems, definition: plain.hotItems },
  { name: 'q7', query: queries.highestBids, byHand: loops.highestBids, definition: plain.highestBids },
  { name: 'q8', query: queries.newSellers, byHand: loops.newSellers, definition: plain.newSellers },
];

async function answered({ name, query }: Query, eventOf: (i: number) => Event): Promise<readonly string[]> {
  const rows = collect<unknown>();
  await run(query(pipeline(name).from(numbered(EVENTS, eventOf))).to(rows));
  return lines(rows.values);
}

/** Sorted, since which of the rows of one window comes first is not what is asked. */
function lines(rows: Iterable<unknown>): readonly string[] {
  return Array.from(rows, (row) => JSON.stringify(row)).sort();
}

const all = (eventOf: (i: number) => Event): readonly Event[] => Array.from({ length: EVENTS }, (_, i) => eventOf(i));

test.each(SEEDS.flatMap((seed) => QUERIES.map((query) => ({ ...query, seed }))))(
  '$name: a pipeline, a loop by hand and the definition answer the same, seed $seed',
  async ({ seed, ...query }) => {
    const eventOf = eventsOf({ ...SLOW, seed });
    const right = lines(query.definition(all(eventOf)));
    expect(right.length).toBeGreaterThanOrEqual(2);
    expect(await answered(query, eventOf)).toEqual(right);
    // Events that come late, within what is allowed, change nothing.
    expect(await answered(query, eventsOf({ ...MIXED, seed }))).toEqual(right);
    const byHand: unknown[] = [];
    query.byHand(eventOf, EVENTS, (row) => byHand.push(row));
    expect(lines(byHand)).toEqual(right);
  },
);

test('of fifty events one is a person, three are auctions and the others bids, half of them for hot auctions', () => {
  const events = all(eventsOf());
  const of = <Kind extends Event['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<Event, { readonly kind: Kind }> => event.kind === kind);
  expect([of('person').length, of('auction').length, of('bid').length]).toEqual([1, 3, 46].map((n) => (n * EVENTS) / 50));
  const share = <T>(many: readonly T[], test: (one: T) => boolean): number => many.filter(test).length / many.length;
  expect(share(of('bid'), ({ auction }) => auction % 100 === 0)).toBeCloseTo(0.5, 1);
  expect(share(of('bid'), ({ bidder }) => bidder % 100 === 1)).toBeCloseTo(0.75, 1);
  expect(share(of('auction'), ({ seller }) => seller % 100 === 0)).toBeCloseTo(0.75, 1);
  expect(share(of('bid'), ({ price }) => price < 100_000)).toBeCloseTo(0.5, 1);
  expect(of('person').map(({ id }) => id)).toEqual(of('person').map((_, i) => 1000 + i));
  expect(of('auction').every(({ at, expires, initialBid, reserve }) => expires > at && reserve > initialBid)).toBe(true);
});

test('an event is the same whenever it is asked for, another seed gives others, and disorder is an order', () => {
  const [one, same, other, mixed] = [eventsOf(SLOW), eventsOf(SLOW), eventsOf({ ...SLOW, seed: 2 }), eventsOf(MIXED)];
  expect(one(4711)).toEqual(same(4711));
  expect(one(4711)).not.toEqual(other(4711));
  expect(lines(all(mixed))).toEqual(lines(all(one)));
  expect(all(mixed)).not.toEqual(all(one));
});
