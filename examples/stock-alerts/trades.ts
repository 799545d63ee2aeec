import { Chance } from '../chance.ts';

export interface Trade {
  readonly symbol: string;
  readonly at: number;
  readonly price: number;
  readonly shares: number;
}

const START = Date.UTC(2026, 5, 1, 9, 30);
const SYMBOLS = [
  { symbol: 'ABC', price: 100, swing: 3 },
  { symbol: 'XYZ', price: 40, swing: -1.5 },
];

/** Trades of two hours: prices swing around where they began, with some noise, and arrive up to two seconds out of order. */
export function* trades(seed: number): Generator<Trade> {
  const chance = new Chance(seed);
  for (let at = 2; at < 7200; at += 2) {
    const { symbol, price, swing } = chance.of(SYMBOLS);
    const now = price + swing * Math.sin((at / 3600) * Math.PI) + chance.normal() * 0.02;
    yield { symbol, at: START + (at - chance.below(3)) * 1000, price: Math.round(now * 100) / 100, shares: 10 * (1 + chance.below(50)) };
  }
}
