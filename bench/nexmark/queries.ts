import { count, first, sliding, type Stream, tumbling } from 'headrace';
import { type Bid, type Event, isAuction, isBid, isPerson } from './events.ts';

/** How far behind the newest an event may be: what the tables of the benchmark for Flink say. */
const DISORDER = '4s';
const PERIOD = '10s';
const EVERY = '2s';
const EUROS_PER_DOLLAR = 0.908;
const SELECTED = 123;

export type Converted = Pick<Bid, 'auction' | 'bidder' | 'price' | 'at' | 'extra'>;
export type Selected = Pick<Bid, 'auction' | 'price'>;

export interface HotItem {
  readonly auction: number;
  readonly bids: number;
  /** The end of the ten seconds. */
  readonly end: number;
}

export type HighestBid = Pick<Bid, 'auction' | 'bidder' | 'price' | 'at'>;

export interface NewSeller {
  readonly id: number;
  readonly name: string;
  /** The start of the ten seconds. */
  readonly start: number;
}

/** Query 0: everything, as it is. */
export function passThrough(events: Stream<Event>): Stream<Event> {
  return events;
}

/** Query 1: every bid, its price in euros. */
export function currencyConversion(events: Stream<Event>): Stream<Converted> {
  return events
    .filter(isBid)
    .map(({ auction, bidder, price, at, extra }) => ({ auction, bidder, price: EUROS_PER_DOLLAR * price, at, extra }));
}

/** Query 2: the bids for every 123rd auction. */
export function selection(events: Stream<Event>): Stream<Selected> {
  return events
    .filter(isBid)
    .filter((bid) => bid.auction % SELECTED === 0)
    .map(({ auction, price }) => ({ auction, price }));
}

/** Query 5: which auctions had most bids in the last ten seconds, every two seconds. */
export function hotItems(events: Stream<Event>): Stream<HotItem> {
  return (
    events
      .eventTime((event) => event.at, { disorder: DISORDER })
      .filter(isBid)
      .keyBy((bid) => bid.auction)
      .window('bids', sliding(PERIOD, EVERY))
      .aggregate({ bids: count() })
      .keyBy(() => 'all')
      // A pane has the last millisecond of its window, so those of one window meet in a window of one step.
      .window('hottest', tumbling(EVERY))
      .reduce(
        (): readonly HotItem[] => [],
        (hottest, { key, bids, window }) => {
          const most = hottest[0]?.bids ?? 0;
          if (bids < most) return hottest;
          const item = { auction: key, bids, end: window.end };
          return bids > most ? [item] : [...hottest, item];
        },
      )
      .flatMap(({ value }) => value)
  );
}

/** Query 7: the highest bids of every ten seconds. */
export function highestBids(events: Stream<Event>): Stream<HighestBid> {
  return events
    .eventTime((event) => event.at, { disorder: DISORDER })
    .filter(isBid)
    .window('highest', tumbling(PERIOD))
    .reduce(
      (): readonly Bid[] => [],
      (highest, bid) => {
        const most = highest[0]?.price ?? 0;
        if (bid.price < most) return highest;
        return bid.price > most ? [bid] : [...highest, bid];
      },
    )
    .flatMap(({ value }) => value)
    .map(({ auction, bidder, price, at }) => ({ auction, bidder, price, at }));
}

/** Query 8: who is new and has begun to sell, within the same ten seconds. */
export function newSellers(events: Stream<Event>): Stream<NewSeller> {
  const timed = events.eventTime((event) => event.at, { disorder: DISORDER });
  const people = timed
    .filter(isPerson)
    .keyBy((person) => person.id)
    .window('people', tumbling(PERIOD))
    .aggregate({ name: first((person) => person.name) });
  const sellers = timed
    .filter(isAuction)
    .keyBy((auction) => auction.seller)
    .window('sellers', tumbling(PERIOD))
    .aggregate({ auctions: count() });
  // Panes of one window have one time.
  return people.join('new-sellers', sellers, ({ key, name, window }) => ({ id: key, name, start: window.start }), { within: 0 });
}
