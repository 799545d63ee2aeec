import type { Auction, Bid, Event, Person } from './events.ts';

export interface GeneratorOptions {
  /** Another seed, other events. */
  readonly seed?: number;
  /** Events of so many neighbours come in another order than they happened; 1 is none. */
  readonly disorder?: number;
  /** Events in a second of event time. */
  readonly perSecond?: number;
}

// Of fifty events one is a person, three are auctions and the others bids, always in this order.
const PEOPLE = 1;
const AUCTIONS = 3;
const ALL = 50;
/** Where ids begin, so that few events are enough for every query to find something. */
const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
/** People who sell and bid now, and auctions that are bid for now. */
const ACTIVE_PEOPLE = 1000;
const AUCTIONS_IN_FLIGHT = 100;
/** Ids beyond the newest, so that some are spoken of before they come. */
const LEAD = 10;
/** One of so many people or auctions is hot, and all but one of so many sales and bids are theirs. */
const HOT_SHARE = 100;
const HOT_AUCTIONS = 2;
const HOT_BIDDERS = 4;
const HOT_SELLERS = 4;
const HOT_CHANNELS = 2;
const START_MS = 1_700_000_000_000;

const FIRST_NAMES = ['Ada', 'Beat', 'Carla', 'Dino', 'Elsa', 'Fritz', 'Gina', 'Hugo', 'Ines', 'Jan', 'Kim'];
const LAST_NAMES = ['Abt', 'Boll', 'Curti', 'Dürr', 'Egli', 'Frei', 'Graf', 'Huber', 'Iten'];
const PLACES = [
  ['Phoenix', 'AZ'],
  ['Los Angeles', 'CA'],
  ['San Francisco', 'CA'],
  ['Boise', 'ID'],
  ['Portland', 'OR'],
  ['Bend', 'OR'],
  ['Redmond', 'WA'],
  ['Seattle', 'WA'],
  ['Kent', 'WA'],
  ['Cheyenne', 'WY'],
] as const;
const CHANNELS = ['search', 'mail', 'friends', 'press'];

/**
 * The events of the Nexmark benchmark, as its generators in Apache Beam and for Flink say how they are distributed:
 * event `i` is the same whoever asks and whenever, so nothing has to be kept, and a source may begin anywhere.
 */
export function eventsOf({ seed = 1, disorder = 1, perSecond = 10_000 }: GeneratorOptions = {}): (i: number) => Event {
  const draws = new Draws(seed);
  const words = pool(seed, 4, 20);
  // What brings an event to its size: people of 200 characters, auctions of 500, bids of 100, about.
  const extras = { person: pool(seed, 100, 140), auction: pool(seed, 380, 460), bid: pool(seed, 20, 60) };
  const from = (texts: readonly string[]): string => texts[draws.below(POOL)]!;
  const msOf = (n: number): number => START_MS + Math.floor((n * 1000) / perSecond);

  function person(n: number): Person {
    const [city, state] = PLACES[draws.below(PLACES.length)]!;
    return {
      kind: 'person',
      at: msOf(n),
      id: FIRST_ID + newestPerson(n),
      name: `${FIRST_NAMES[draws.below(FIRST_NAMES.length)]!} ${LAST_NAMES[draws.below(LAST_NAMES.length)]!}`,
      email: from(words),
      creditCard: from(words),
      city,
      state,
      extra: from(extras.person),
    };
  }

  function auction(n: number): Auction {
    const at = msOf(n);
    const isHot = draws.below(HOT_SELLERS) > 0;
    const seller = isHot ? hot(newestPerson(n)) : anyPerson(n);
    const initialBid = price();
    // As long as it takes until those that are in flight now have been followed by as many others, on average.
    const horizonMs = msOf(n + Math.floor((AUCTIONS_IN_FLIGHT * ALL) / AUCTIONS)) - at;
    return {
      kind: 'auction',
      at,
      id: FIRST_ID + newestAuction(n),
      item: from(words),
      description: from(words),
      initialBid,
      reserve: initialBid + price(),
      expires: at + 1 + draws.below(Math.max(1, horizonMs * 2)),
      seller: FIRST_ID + seller,
      category: FIRST_CATEGORY + draws.below(CATEGORIES),
      extra: from(extras.auction),
    };
  }

  function bid(n: number): Bid {
    // Nineteen in twenty events are bids, so what is chosen by powers of two shares one draw.
    const bits = draws.bits();
    const onto = (bits & (HOT_AUCTIONS - 1)) > 0 ? hot(newestAuction(n)) : anyAuction(n);
    // The second of a hundred, so that who buys most is not who sells most.
    const bidder = ((bits >>> 1) & (HOT_BIDDERS - 1)) > 0 ? hot(newestPerson(n)) + 1 : anyPerson(n);
    const isHotChannel = ((bits >>> 3) & (HOT_CHANNELS - 1)) > 0;
    return {
      kind: 'bid',
      at: msOf(n),
      auction: FIRST_ID + onto,
      bidder: FIRST_ID + bidder,
      price: price(),
      channel: isHotChannel ? CHANNELS[(bits >>> 4) & (CHANNELS.length - 1)]! : words[(bits >>> 4) & (POOL - 1)]!,
      url: words[(bits >>> 14) & (POOL - 1)]!,
      extra: extras.bid[bits >>> 22]!,
    };
  }

  /** From a dollar to a million, each power of ten as likely as the others. */
  function price(): number {
    const bits = draws.bits();
    return Math.round(COARSE[bits >>> 24]! * FINE[(bits >>> 16) & 255]!);
  }

  function anyPerson(n: number): number {
    const people = newestPerson(n) + 1;
    const active = Math.min(people, ACTIVE_PEOPLE);
    return people - active + draws.below(active + LEAD);
  }

  function anyAuction(n: number): number {
    const newest = newestAuction(n);
    const oldest = Math.max(0, newest - AUCTIONS_IN_FLIGHT);
    return oldest + draws.below(newest - oldest + 1 + LEAD);
  }

  return (i) => {
    const n = disorder === 1 ? i : Math.floor(i / disorder) * disorder + ((i * 953) % disorder);
    draws.begin(n);
    const place = n % ALL;
    if (place < PEOPLE) return person(n);
    return place < PEOPLE + AUCTIONS ? auction(n) : bid(n);
  };
}

/** The newest person there is when event `n` happens, counted from 0: it itself, if it is one. */
function newestPerson(n: number): number {
  return Math.floor(n / ALL) * PEOPLE + Math.min(n % ALL, PEOPLE - 1);
}

/** Likewise the newest auction; -1 before there is one. */
function newestAuction(n: number): number {
  const place = n % ALL;
  return Math.floor(n / ALL) * AUCTIONS + Math.min(Math.max(place - PEOPLE, -1), AUCTIONS - 1);
}

/** The first of the hundred that one is in. */
function hot(id: number): number {
  return Math.floor(Math.max(0, id) / HOT_SHARE) * HOT_SHARE;
}

/** Chance that follows from the seed, the number of the event, and how often it was asked for this event. */
class Draws {
  readonly #seed: number;
  #state = 0;

  constructor(seed: number) {
    this.#seed = Math.imul(seed, 0x9e37_79b9) | 0;
  }

  begin(n: number): void {
    this.#state = Math.imul(n ^ this.#seed, 0x85eb_ca6b) ^ this.#seed;
  }

  /** 32 of them, mixed as splitmix32 does. */
  bits(): number {
    this.#state = (this.#state + 0x9e37_79b9) | 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a_2d97);
    return (x ^ (x >>> 15)) >>> 0;
  }

  below(n: number): number {
    return Math.floor((this.bits() / 2 ** 32) * n);
  }
}

const POOL = 1024;
/** What prices are made of: one of 256 steps up to a million dollars, and 256 between two of these. */
const COARSE: readonly number[] = Array.from({ length: 256 }, (_, i) => 100 * 10 ** ((i * 6) / 256));
const FINE: readonly number[] = Array.from({ length: 256 }, (_, i) => 10 ** ((i * 6) / 65_536));

/** Texts nobody reads, of `least` to `most` letters: made once, since making text is not what is asked. */
function pool(seed: number, least: number, most: number): readonly string[] {
  const draws = new Draws(seed);
  draws.begin(least);
  const letters = Array.from({ length: most + POOL }, () => String.fromCharCode(97 + draws.below(26))).join('');
  return Array.from({ length: POOL }, (_, at) => letters.slice(at, at + least + draws.below(most - least + 1)));
}
