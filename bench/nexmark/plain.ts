// The same queries by definition, over all events at once: no streams, no watermarks, nothing shared with the pipelines.
import type { Bid, Event } from './events.ts';
import type { Converted, HighestBid, HotItem, NewSeller, Selected } from './queries.ts';

const PERIOD_MS = 10_000;
const EVERY_MS = 2000;

export function* passThrough(events: Iterable<Event>): Generator<Event> {
  yield* events;
}

export function* currencyConversion(events: Iterable<Event>): Generator<Converted> {
  for (const { auction, bidder, price, at, extra } of bidsOf(events)) yield { auction, bidder, price: price * 0.908, at, extra };
}

export function* selection(events: Iterable<Event>): Generator<Selected> {
  for (const { auction, price } of bidsOf(events)) if (auction % 123 === 0) yield { auction, price };
}

/** Each bid counts in each of the five windows it is in. */
export function* hotItems(events: Iterable<Event>): Generator<HotItem> {
  const windows = new Groups<number, Map<number, number>>(() => new Map());
  for (const { at, auction } of bidsOf(events)) {
    const newest = Math.floor(at / EVERY_MS) * EVERY_MS;
    for (let start = newest; start > at - PERIOD_MS; start -= EVERY_MS) {
      const bids = windows.at(start);
      bids.set(auction, (bids.get(auction) ?? 0) + 1);
    }
  }
  for (const [start, bids] of windows.all) {
    const most = [...bids.values()].reduce((a, b) => Math.max(a, b));
    for (const [auction, n] of bids) if (n === most) yield { auction, bids: n, end: start + PERIOD_MS };
  }
}

export function* highestBids(events: Iterable<Event>): Generator<HighestBid> {
  const windows = new Groups<number, Bid[]>(() => []);
  for (const bid of bidsOf(events)) {
    const highest = windows.at(Math.floor(bid.at / PERIOD_MS));
    if (highest.length > 0 && bid.price > highest[0]!.price) highest.length = 0;
    if (highest.length === 0 || bid.price === highest[0]!.price) highest.push(bid);
  }
  for (const bids of windows.all.values()) for (const { auction, bidder, price, at } of bids) yield { auction, bidder, price, at };
}

export function* newSellers(events: Iterable<Event>): Generator<NewSeller> {
  const windows = new Groups<number, { readonly people: Map<number, string>; readonly sellers: Set<number> }>(() => ({
    people: new Map(),
    sellers: new Set(),
  }));
  for (const event of events) {
    const window = windows.at(Math.floor(event.at / PERIOD_MS) * PERIOD_MS);
    if (event.kind === 'person') window.people.set(event.id, event.name);
    if (event.kind === 'auction') window.sellers.add(event.seller);
  }
  for (const [start, { people, sellers }] of windows.all) for (const [id, name] of people) if (sellers.has(id)) yield { id, name, start };
}

function* bidsOf(events: Iterable<Event>): Generator<Bid> {
  for (const event of events) if (event.kind === 'bid') yield event;
}

class Groups<K, V> {
  readonly all = new Map<K, V>();
  readonly #begin: () => V;

  constructor(begin: () => V) {
    this.#begin = begin;
  }

  at(key: K): V {
    let group = this.all.get(key);
    if (group === undefined) this.all.set(key, (group = this.#begin()));
    return group;
  }
}
