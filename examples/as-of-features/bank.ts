import { Chance } from '../chance.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 5, 1);

/** What the bank knew of an account from a moment on. */
export interface AccountRow {
  readonly account: string;
  readonly at: number;
  readonly payments: number;
  readonly isFrozen: boolean;
}

/** A payment, and what was found out about it weeks later. */
export interface Label {
  readonly account: string;
  readonly at: number;
  readonly amount: number;
  readonly isFraud: boolean;
}

/** Payments of sixty accounts in a month. After a fraud the bank freezes the account, hours later. */
export function bank(seed: number): { readonly rows: AccountRow[]; readonly labels: Label[] } {
  const chance = new Chance(seed);
  const rows: AccountRow[] = [];
  const labels: Label[] = [];
  for (let n = 0; n < 60; n++) {
    const account = `account-${n}`;
    let at = START + chance.below(DAY);
    for (let payments = 0; payments < 8; payments++) {
      rows.push({ account, at, payments, isFrozen: false });
      at += 3_600_000 + chance.below(3 * DAY);
      const isFraud = chance.next() < 0.04;
      labels.push({ account, at, amount: isFraud ? 400 + chance.below(600) : 5 + chance.below(200), isFraud });
      if (isFraud) {
        rows.push({ account, at: at + 7_200_000, payments: payments + 1, isFrozen: true });
        break;
      }
      at += 1;
    }
  }
  return { rows: rows.sort((one, other) => one.at - other.at), labels: labels.sort((one, other) => one.at - other.at) };
}
