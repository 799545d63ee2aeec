// Memory stays flat however many records pass: 10 million in the full form, and by command 100 million, in less than a minute:
//
//   HEADRACE_LONG=1 npx vitest run tests/long
//
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const isLong = process.env['HEADRACE_LONG'] === '1';
const RECORDS = isLong ? 100_000_000 : 10_000_000;
const program = fileURLToPath(new URL('stages.ts', import.meta.url));

interface Outcome {
  readonly in: number;
  readonly seen: number;
  readonly checksum: number;
  readonly ms: number;
  readonly rss: readonly number[];
}

async function throughStages(records: number): Promise<Outcome> {
  // V8 doubles its young generation when it likes, up to 100 MB; held small, the resident memory tells of us alone.
  const flags = ['--max-semi-space-size=8', '--conditions=headrace-source'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, String(records)], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Outcome;
}

/** What an array and two loops make of the same records. */
function expected(records: number): { readonly seen: number; readonly checksum: number } {
  const sums = new Float64Array(100);
  let [seen, checksum] = [0, 0];
  for (let i = 0; i < records; i++) {
    const value = (i * 7919) % 1000;
    if (value === 13) continue;
    sums[i % 100] = (sums[i % 100]! + value / 10) % 1000;
    checksum = (checksum + sums[i % 100]!) % 1_000_003;
    seen++;
  }
  return { seen, checksum };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const MIB = 1 << 20;

test.skipIf(!isFull && !isLong)(
  `${RECORDS.toLocaleString('en')} records through six stages leave the resident memory flat`,
  async () => {
    const { in: read, seen, checksum, ms, rss } = await throughStages(RECORDS);
    expect({ read, seen, checksum }).toEqual({ read: RECORDS, ...expected(RECORDS) });
    const decile = Math.floor(rss.length / 10);
    const early = mean(rss.slice(decile, 2 * decile));
    const late = mean(rss.slice(-decile));
    console.log(
      `${RECORDS.toLocaleString('en')} records in ${(ms / 1000).toFixed(1)} s; resident ${(early / MIB).toFixed(0)} MiB early, ${(late / MIB).toFixed(0)} MiB late`,
    );
    expect(late - early).toBeLessThanOrEqual(20 * MIB);
  },
  isLong ? 3_600_000 : 500_000,
);
