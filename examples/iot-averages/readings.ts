import { Chance } from '../chance.ts';

export interface Reading {
  readonly sensor: string;
  readonly at: number;
  readonly degrees: number;
}

const START = Date.UTC(2026, 5, 1, 12);
const seconds = (n: number): number => START + n * 1000;

/**
 * Four minutes of two sensors, every ten seconds, as they arrive. The cellar has no network from 1:20 to 2:25 and sends
 * what it has kept when it is back. The attic finds an old reading when it is started again, at 3:30.
 */
export function readings(seed: number): Reading[] {
  const chance = new Chance(seed);
  const all: Reading[] = [];
  const kept: Reading[] = [];
  for (let at = 0; at < 240; at += 10) {
    all.push({ sensor: 'attic', at: seconds(at), degrees: 24 + at / 60 + chance.normal() });
    const cellar = { sensor: 'cellar', at: seconds(at + 5), degrees: 12 + chance.normal() };
    if (at >= 80 && at < 145) kept.push(cellar);
    else all.push(...kept.splice(0), cellar);
    if (at === 210) all.push({ sensor: 'attic', at: seconds(17), degrees: -40 });
  }
  return all;
}
