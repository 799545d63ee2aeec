// Writes so many MiB of CSV to its standard output: `node purchases.ts 64`. Rows are the same again and again but for their
// numbers, so that whoever reads them is measured and not this program.
import { writeSync } from 'node:fs';

const ROWS = 8192;
const DIGITS = 10;
/** Their number begins at this one, so that all of them have as many digits. */
export const FIRST: number = 10 ** (DIGITS - 1);
export const LANDS = ['CH', 'DE', 'FR', 'IT', 'JP', 'US', 'NG', 'BR'] as const;

const HEADER = 'id,at,land,customer,cents,note,rate,paid\n';

/** What a reader must find. */
export interface Purchases {
  readonly bytes: number;
  readonly rows: number;
  /** Of their numbers, less FIRST each. */
  readonly ids: number;
  readonly cents: number;
  readonly swiss: number;
}

/** The rows of one block, each a purchase; places with separators, doubled quotes and line ends are among them. */
function rows(): readonly { readonly text: string; readonly cents: number; readonly land: string }[] {
  let seed = 20_261_121;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  return Array.from({ length: ROWS }, (_, i) => {
    const cents = next(100_000);
    const land = LANDS[next(LANDS.length)]!;
    const note = i % 100 === 7 ? '"two\nlines"' : i % 10 === 3 ? `"said ""yes"", then ${next(100)}"` : `note ${next(1000)}`;
    const second = String(next(60)).padStart(2, '0');
    const text = `,2026-11-21T18:30:${second}.250Z,${land},customer-${next(50_000)},${cents},${note},${next(100)}.${next(100)},${i % 2 === 0}\n`;
    return { text, cents, land };
  });
}

/** As many whole blocks as come to at least so many MiB, each given to `write`, if there is one, which may keep nothing of it. */
export function purchases(mebibytes: number, write?: (block: Uint8Array) => void): Purchases {
  const made = rows();
  const block = Buffer.from(made.map(({ text }) => '0'.repeat(DIGITS) + text).join(''));
  const places: number[] = [];
  let place = 0;
  for (const { text } of made) {
    places.push(place);
    place += DIGITS + Buffer.byteLength(text);
  }
  const blocks = Math.max(1, Math.ceil((mebibytes * 2 ** 20) / block.length));
  write?.(Buffer.from(HEADER));
  for (let count = 0; write !== undefined && count < blocks; count++) {
    let id = FIRST + count * ROWS;
    for (const at of places) {
      let rest = id++;
      for (let digit = DIGITS - 1; digit >= 0; digit--) {
        block[at + digit] = 48 + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
    write(block);
  }
  const all = blocks * ROWS;
  return {
    bytes: HEADER.length + blocks * block.length,
    rows: all,
    ids: (all * (all - 1)) / 2,
    cents: blocks * made.reduce((sum, row) => sum + row.cents, 0),
    swiss: blocks * made.filter(({ land }) => land === 'CH').length,
  };
}

if (import.meta.main) {
  purchases(Number(process.argv[2]), (block) => {
    for (let at = 0; at < block.length; ) at += writeSync(1, block, at);
  });
}
