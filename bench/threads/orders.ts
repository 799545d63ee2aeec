/** An order as it stands in a line of about 450 bytes. */
export interface Order {
  readonly id: string;
  readonly at: string;
  readonly status: 'paid' | 'open' | 'cancelled';
  readonly customer: { readonly id: number; readonly name: string; readonly email: string; readonly country: string };
  readonly currency: 'EUR' | 'USD' | 'GBP';
  readonly items: readonly { readonly sku: string; readonly units: number; readonly price: number; readonly discount: number }[];
  readonly note: string;
}

/** What is left of it: in euros, tidy, and with sums. */
export interface Receipt {
  readonly id: string;
  readonly atMs: number;
  readonly customer: number;
  readonly email: string;
  readonly country: string;
  readonly units: number;
  readonly cents: number;
  readonly discountCents: number;
  readonly dearest: string;
  readonly words: number;
}

const RATES = { EUR: 1, USD: 0.92, GBP: 1.17 };
const STATES = ['paid', 'paid', 'paid', 'open', 'cancelled'] as const;
const COUNTRIES = ['de', 'Fr', 'IT', 'es', 'pl'];
const CURRENCIES = ['EUR', 'USD', 'GBP'] as const;
const WORDS = 'please leave the parcel with the neighbour on the second floor and ring twice'.split(' ');

/** Order `i`: always the same one. */
export function orderOf(i: number): Order {
  const dice = Math.imul(i + 1, 2_654_435_761) >>> 0;
  return {
    id: `order-${String(i).padStart(9, '0')}`,
    at: new Date(1.7e12 + i * 1000).toISOString(),
    status: STATES[dice % 5]!,
    customer: {
      id: dice % 50_000,
      name: `Customer ${dice % 50_000}`,
      email: ` Customer.${dice % 50_000}@Mail.Example `,
      country: COUNTRIES[dice % 5]!,
    },
    currency: CURRENCIES[dice % 3]!,
    items: Array.from({ length: 2 + (dice % 4) }, (_, at) => ({
      sku: `SKU-${(dice >>> at) % 10_000}`,
      units: 1 + ((dice >>> at) % 5),
      price: ((dice >>> at) % 10_000) / 100,
      discount: ((dice >>> (at + 3)) % 20) / 100,
    })),
    note: WORDS.slice(dice % 6, 6 + (dice % 7)).join(' '),
  };
}

export const isWanted = (order: Order): boolean => order.status !== 'cancelled';

export function normalised({ id, at, customer, currency, items, note }: Order): Receipt {
  const rate = RATES[currency];
  let units = 0;
  let cents = 0;
  let discountCents = 0;
  let dearest = items[0]!;
  for (const item of items) {
    const full = Math.round(item.price * item.units * rate * 100);
    const discount = Math.round(full * item.discount);
    units += item.units;
    cents += full - discount;
    discountCents += discount;
    if (item.price > dearest.price) dearest = item;
  }
  return {
    id,
    atMs: Date.parse(at),
    customer: customer.id,
    email: customer.email.trim().toLowerCase(),
    country: customer.country.toUpperCase(),
    units,
    cents,
    discountCents,
    dearest: dearest.sku,
    words: note.split(/\s+/).length,
  };
}
