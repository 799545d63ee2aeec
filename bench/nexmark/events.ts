/** Somebody new on the auction site. Times are milliseconds since 1970, prices cents. */
export interface Person {
  readonly kind: 'person';
  readonly at: number;
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly creditCard: string;
  readonly city: string;
  readonly state: string;
  readonly extra: string;
}

/** Something that somebody sells until it expires. */
export interface Auction {
  readonly kind: 'auction';
  readonly at: number;
  readonly id: number;
  readonly item: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
}

/** What somebody would pay for it. */
export interface Bid {
  readonly kind: 'bid';
  readonly at: number;
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly extra: string;
}

export type Event = Person | Auction | Bid;

export function isPerson(event: Event): event is Person {
  return event.kind === 'person';
}

export function isAuction(event: Event): event is Auction {
  return event.kind === 'auction';
}

export function isBid(event: Event): event is Bid {
  return event.kind === 'bid';
}
