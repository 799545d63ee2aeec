// Writes rows as CSV and then as a Parquet file of at least so many MiB, `node parquet-writing.ts path 300`, and says what
// the second added to the memory of the process: what rows, their files and the young generation of the engine take is there
// already.
import { readFileSync, statSync } from 'node:fs';
import { fileSink } from '../../src/connectors/files/index.ts';
import { parquet } from '../../src/connectors/parquet/index.ts';
import { csv, pipeline, run, values } from '../../src/index.ts';

const columns = { id: 'integer', code: 'string', land: 'string', price: 'number?', at: 'time', open: 'boolean' } as const;
/** Letters of a code, which cannot be packed; a row takes a little more in the file. */
const LETTERS = 100;
const POOL = 2 ** 20;

function* rows(count: number): Generator<Readonly<Record<keyof typeof columns, unknown>>> {
  let seed = 20_261_121;
  const next = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) | 0;
    return Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) >>> 0;
  };
  const pool = Buffer.from(Uint8Array.from({ length: POOL }, next)).toString('base64');
  for (let id = 0; id < count; id++) {
    const from = next() % POOL;
    const price = id % 10 === 0 ? null : next() / 2 ** 20;
    yield { id, code: pool.slice(from, from + LETTERS), land: `land ${id % 16}`, price, at: 1.7e12 + id * 997, open: id % 3 > 0 };
  }
}

function peakMiB(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

async function write(path: string, count: number, format: unknown): Promise<void> {
  await run(
    pipeline('write')
      .from(values<any>(rows(count)))
      .to(fileSink(path, format as ReturnType<typeof csv>)),
  );
}

const [path, mebibytes] = [process.argv[2]!, Number(process.argv[3])];
const count = Math.ceil((mebibytes * 2 ** 20) / LETTERS);
await write(`${path}.csv`, count, csv({ columns }));
const beforeMiB = peakMiB();
const { user, system } = process.cpuUsage();
await write(path, count, parquet({ columns }));
const used = process.cpuUsage({ user, system });
const addedMiB = peakMiB() - beforeMiB;
console.log(JSON.stringify({ count, bytes: statSync(path).size, beforeMiB, addedMiB, cpuSeconds: (used.user + used.system) / 1e6 }));
