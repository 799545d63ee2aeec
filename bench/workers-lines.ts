import { createReadStream, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Answer, Outcome, Question } from './kit/question.ts';
import { linesModule } from './threads/lines.ts';
import { isWanted, normalised, orderOf } from './threads/orders.ts';
import { runWarm } from './threads/warm.ts';

/** So many orders, again and again: writing them must not take longer than reading them. */
const ORDERS = 10_000;
const RECORDS = 40 * ORDERS;
const MEMORY = '/dev/shm';
const ROOM = 2 ** 29;

/** Lines to lines, as a program would. */
async function lines(records: number, threads: number): Promise<Outcome> {
  const folder = mkdtempSync(join(place(), 'headrace-bench-'));
  const input = join(folder, 'orders.jsonl');
  const output = join(folder, 'receipts.jsonl');
  try {
    await writeOrders(input, records);
    const url = linesModule({ input, output, threads });
    const measured = await runWarm(url);
    return { answer: await read(output), ...measured };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Files in memory where there is room for them: how fast the disk is, is not what is asked. */
function place(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize > ROOM ? MEMORY : tmpdir();
}

async function writeOrders(path: string, records: number): Promise<void> {
  const block = Array.from({ length: ORDERS }, (_, i) => `${JSON.stringify(orderOf(i))}\n`).join('');
  const file = await open(path, 'w');
  for (let written = 0; written < records; written += ORDERS) await file.write(block);
  await file.close();
}

async function read(path: string): Promise<Answer> {
  let bytes = 0;
  let crc = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    crc = crc32(piece, crc);
  }
  return { bytes, crc };
}

/** The output, made of orders that have never been lines. */
function expected(records: number): Answer {
  const orders = Array.from({ length: ORDERS }, (_, i) => orderOf(i)).filter(isWanted);
  const block = Buffer.from(orders.map((order) => `${JSON.stringify(normalised(order))}\n`).join(''));
  let crc = 0;
  for (let written = 0; written < records; written += ORDERS) crc = crc32(block, crc);
  return { bytes: (block.length * records) / ORDERS, crc };
}

export const workersLines: Question = {
  name: 'workers-lines',
  asks: 'what do two threads gain where lines are parsed, filtered and written as JSON?',
  unit: 'record',
  contests: [
    {
      title: 'lines of about 450 bytes: parse, filter, normalise, JSON, in a file',
      by: 'wall',
      // Cold: threads are started anew for each run, which warms them itself.
      ours: { name: 'onWorkers, 2 threads', records: RECORDS, isCold: true, run: (records) => lines(records, 2) },
      peers: [
        { name: 'onWorkers, 1 thread', records: RECORDS, isCold: true, atLeast: 1.5, reached: 1.2, run: (records) => lines(records, 1) },
        { name: 'no thread', records: RECORDS, isCold: true, run: (records) => lines(records, 0) },
      ],
      expected,
    },
  ],
};
