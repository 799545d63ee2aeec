/** What is written by one program and read by another: everything a table of values may have. */
export const columns = {
  id: 'integer',
  big: 'bigint?',
  name: 'string?',
  land: 'string',
  price: 'number?',
  open: 'boolean?',
  at: { as: 'time?', unit: 'us' },
} as const;

export interface Row {
  readonly id: number;
  readonly big: bigint | null;
  readonly name: string | null;
  readonly land: string;
  readonly price: number | null;
  readonly open: boolean | null;
  readonly at: number | null;
}

const names = ['', ' ', 'a,b', 'say "hi"', 'two\nlines', 'Zürich', '日本', '🎈', 'tab\there', '\u007f', "'", '\\', 'null', 'NA', 'true'];
const prices = [0, -0.1, 1 / 3, 1e300, -1e-300, 123456789.125, 5];
/** Beyond what a double counts one by one, and the ends of what eight bytes hold. */
const bigs = [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 0n, 7n];

export function rowsOf(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    id: i * (i % 2 === 0 ? 1 : -1) * 1_000_003,
    big: i % 5 === 0 ? null : bigs[i % bigs.length]!,
    name: i % 4 === 0 ? null : names[i % names.length]!,
    land: ['CH', 'DE', 'FR'][i % 3]!,
    price: i % 7 === 0 ? null : prices[i % prices.length]!,
    open: i % 6 === 0 ? null : i % 2 === 0,
    at: i % 9 === 0 ? null : 1_700_000_000_000 + i * 1_000_000.125,
  }));
}

/** A place as text that every program can make without losing anything: doubles by their bytes, times in nanoseconds. */
export type Cell = string | null;

export function cellsOf(row: Row): Cell[] {
  const { id, big, name, land, price, open, at } = row;
  return [
    String(id),
    big === null ? null : String(big),
    name,
    land,
    price === null ? null : doubleBytes(price),
    open === null ? null : String(open),
    at === null ? null : `${BigInt(Math.round(at * 1000))}000`,
  ];
}

export function doubleBytes(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
