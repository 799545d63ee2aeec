import { type Failure, fail } from 'headrace';
import type { Seen } from './normalise.ts';
import type { Purchase } from './purchase.ts';
import { type Store, stores } from './stores.ts';

/** Everything the model asks for. */
export interface Enriched {
  readonly purchase: Purchase;
  readonly store: Store;
  readonly amountZ: number;
  readonly secondsZ: number;
}

/** Adds what is known about the store. */
export function enrich({ latest }: Seen): Enriched | Failure {
  if (latest === undefined) return fail('nothing was seen yet');
  const { purchase, amountZ, secondsZ } = latest;
  const store = stores.get(purchase.store);
  return store === undefined ? fail('store is unknown') : { purchase, store, amountZ, secondsZ };
}
