import type { Stream } from '../pipeline/stream.ts';

export interface Order {
  readonly user: string;
  readonly cents: number;
}

/** What each user has spent so far. */
export function spentOf(orders: Stream<Order>): Stream<string> {
  return orders
    .keyBy((order) => order.user)
    .scan(
      'spent',
      () => 0,
      (spent, order) => spent + order.cents,
    )
    .map((spent, record) => `${record.key} ${spent}`);
}

/** The sum so far. */
export const running: (numbers: Stream<number>) => Stream<number> = (numbers: Stream<number>): Stream<number> =>
  numbers.scan(
    'total',
    () => 0,
    (total, n) => total + n,
  );
