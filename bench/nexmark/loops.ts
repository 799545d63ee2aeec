// The same queries as loops one would write by hand for speed: events in the order of their times, windows given out when
// time is over them, and nothing else: no late records, no failures, no checkpoints.
import type { Bid, Event } from './events.ts';
import type { Converted, HighestBid, HotItem, NewSeller, Selected } from './queries.ts';

const PERIOD_MS = 10_000;
const EVERY_MS = 2000;

type EventOf = (i: number) => Event;
type Give<T> = (row: T) => void;

export function passThrough(eventOf: EventOf, count: number, give: Give<Event>): void {
  for (let i = 0; i < count; i++) give(eventOf(i));
}

export function currencyConversion(eventOf: EventOf, count: number, give: Give<Converted>): void {
  for (let i = 0; i < count; i++) {
    const event = eventOf(i);
    if (event.kind !== 'bid') continue;
    const { auction, bidder, price, at, extra } = event;
    give({ auction, bidder, price: 0.908 * price, at, extra });
  }
}

export function selection(eventOf: EventOf, count: number, give: Give<Selected>): void {
  for (let i = 0; i < count; i++) {
    const event = eventOf(i);
    if (event.kind === 'bid' && event.auction % 123 === 0) give({ auction: event.auction, price: event.price });
  }
}

/** Bids are counted in steps of two seconds, and five steps are put together. */
export function hotItems(eventOf: EventOf, count: number, give: Give<HotItem>): void {
  const steps = new Map<number, Map<number, number>>();
  const fire = (end: number): void => {
    const bids = new Map<number, number>();
    let most = 0;
    for (let start = end - PERIOD_MS; start < end; start += EVERY_MS) {
      for (const [auction, n] of steps.get(start) ?? []) {
        const all = (bids.get(auction) ?? 0) + n;
        bids.set(auction, all);
        if (all > most) most = all;
      }
    }
    for (const [auction, n] of bids) if (n === most) give({ auction, bids: n, end });
    steps.delete(end - PERIOD_MS);
  };
  let step: Map<number, number> | undefined;
  let next = Number.NaN;
  for (let i = 0; i < count; i++) {
    const event = eventOf(i);
    if (event.kind !== 'bid') continue;
    if (!(event.at < next)) {
      if (Number.isNaN(next)) next = (Math.floor(event.at / EVERY_MS) + 1) * EVERY_MS;
      for (; event.at >= next; next += EVERY_MS) fire(next);
      steps.set(next - EVERY_MS, (step = new Map()));
    }
    step!.set(event.auction, (step!.get(event.auction) ?? 0) + 1);
  }
  for (; steps.size > 0; next += EVERY_MS) fire(next);
}

export function highestBids(eventOf: EventOf, count: number, give: Give<HighestBid>): void {
  let highest: Bid[] = [];
  let next = Number.NEGATIVE_INFINITY;
  const fire = (): void => {
    for (const { auction, bidder, price, at } of highest) give({ auction, bidder, price, at });
    highest = [];
  };
  for (let i = 0; i < count; i++) {
    const event = eventOf(i);
    if (event.kind !== 'bid') continue;
    if (event.at >= next) {
      fire();
      next = (Math.floor(event.at / PERIOD_MS) + 1) * PERIOD_MS;
    }
    const most = highest.length === 0 ? 0 : highest[0]!.price;
    if (event.price > most) highest = [event];
    else if (event.price === most) highest.push(event);
  }
  fire();
}

export function newSellers(eventOf: EventOf, count: number, give: Give<NewSeller>): void {
  const people = new Map<number, string>();
  const sellers = new Set<number>();
  let next = Number.NEGATIVE_INFINITY;
  const fire = (): void => {
    for (const [id, name] of people) if (sellers.has(id)) give({ id, name, start: next - PERIOD_MS });
    people.clear();
    sellers.clear();
  };
  for (let i = 0; i < count; i++) {
    const event = eventOf(i);
    if (event.at >= next) {
      fire();
      next = (Math.floor(event.at / PERIOD_MS) + 1) * PERIOD_MS;
    }
    if (event.kind === 'person') people.set(event.id, event.name);
    else if (event.kind === 'auction') sellers.add(event.seller);
  }
  fire();
}
