import { SeededRandom } from '../../src/base/random.ts';
import type { Order } from './pipelines.ts';

export interface Inputs {
  readonly orders: string;
  readonly notes: string;
}

/** Lines of very different keys and lengths, the same for the same seed. */
export function inputsOf(seed: number, records: number): Inputs {
  const random = new SeededRandom(`crash ${seed}`);
  const draw = (below: number): number => Math.floor(random.next() * below);
  const orders = Array.from(
    { length: records },
    (_, id): Order => ({ id, key: `${'k'.repeat(1 + draw(9))}${draw(7)}`, amount: draw(5000) }),
  );
  const notes = Array.from({ length: records >> 1 }, (_, note) => ({ note, text: 'n'.repeat(draw(40)) }));
  return { orders: lines(orders), notes: lines(notes) };
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
