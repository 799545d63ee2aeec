import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Flags {
  readonly records: number;
  readonly seed: number;
  readonly out: string;
  readonly quiet: boolean;
}

export const USAGE = `npm start -- [--records 2000000] [--seed 1] [--out file.jsonl] [--quiet]
  --records  how many records to make, from 1 to 99,999,999,999
  --seed     which ones: the same seed makes the same bytes
  --out      where the lines go; a new file in the temporary folder by default
  --quiet    no progress, only the report`;

/** The flags of the command line. What cannot be understood throws, with a sentence for the user. */
export function flagsOf(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string', default: '2000000' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      quiet: { type: 'boolean', default: false },
    },
  });
  return {
    records: whole('--records', values.records, 1, 99_999_999_999),
    seed: whole('--seed', values.seed, 0, 4_294_967_295),
    out: values.out ?? join(mkdtempSync(join(tmpdir(), 'headrace-demo-')), 'segments.jsonl'),
    quiet: values.quiet,
  };
}

function whole(flag: string, given: string, least: number, most: number): number {
  const value = /^\d[\d_,]*$/.test(given) ? Number(given.replace(/[_,]/g, '')) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(`${flag} wants a whole number from ${least} to ${most} and got '${given}'`);
}
