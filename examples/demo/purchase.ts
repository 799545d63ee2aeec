import { type Failure, fail } from 'headrace';

/** What a body must look like. */
export interface Purchase {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly store: string;
  readonly device: 'desktop' | 'phone' | 'tablet' | 'probe';
  readonly amount: number;
  readonly quantity: number;
  readonly pages: number;
  readonly seconds: number;
  /** A share of the price. */
  readonly discount: number;
  readonly returning: boolean;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A purchase from its bytes, or the first thing that is wrong with it. */
export function parse(body: Uint8Array): Purchase | Failure {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    return fail('not JSON');
  }
  if (typeof value !== 'object' || value === null) return fail('not an object');
  const fault = faultOf(value);
  // Every field has been looked at, which is what the cast says.
  return fault === undefined ? (value as Purchase) : fail(fault);
}

/** A purchase whose fields are known to be of the right type, unless one is out of range. */
export function inRange(purchase: Purchase): Purchase | Failure {
  const fault = faultOf(purchase);
  return fault === undefined ? purchase : fail(fault);
}

type Unchecked = { readonly [Field in keyof Purchase]?: unknown };

function faultOf(value: Unchecked): string | undefined {
  return (
    text('id', value.id) ??
    number('at', value.at, 0, 4e12) ??
    text('store', value.store) ??
    device(value.device) ??
    number('amount', value.amount, 0.01, 10_000) ??
    number('quantity', value.quantity, 1, 100) ??
    number('pages', value.pages, 0, 1000) ??
    number('seconds', value.seconds, 0, 86_400) ??
    number('discount', value.discount, 0, 0.9) ??
    boolean('returning', value.returning)
  );
}

function text(field: string, value: unknown): string | undefined {
  return typeof value === 'string' ? undefined : absent(field, value, 'text');
}

function number(field: string, value: unknown, least: number, most: number): string | undefined {
  if (typeof value !== 'number') return absent(field, value, 'a number');
  return value >= least && value <= most ? undefined : `${field} is out of range`;
}

function boolean(field: string, value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : absent(field, value, 'true or false');
}

function device(value: unknown): string | undefined {
  if (value === 'desktop' || value === 'phone' || value === 'tablet' || value === 'probe') return undefined;
  return text('device', value) ?? 'device is out of range';
}

function absent(field: string, value: unknown, wanted: string): string {
  return value === undefined ? `${field} is missing` : `${field} is not ${wanted}`;
}
