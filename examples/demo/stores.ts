/** What is known about a store beforehand. */
export interface Store {
  readonly segment: string;
  /** What a purchase there usually comes to. */
  readonly usual: number;
}

/** How many there are; their names are s000 to s399. */
export const STORES = 400;

const SEGMENTS = ['groceries', 'fashion', 'home', 'electronics', 'sports', 'toys', 'books', 'garden'];

/** The table that purchases are enriched from. */
export const stores: ReadonlyMap<string, Store> = new Map(
  Array.from({ length: STORES }, (_, i) => [
    `s${String(i).padStart(3, '0')}`,
    { segment: SEGMENTS[Math.floor((i * SEGMENTS.length) / STORES)]!, usual: 2500 / (4 + (i % 7)) },
  ]),
);
