import { closeSync, createReadStream, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Codec, openTopic, topic } from 'headrace';
import { KeptTopics } from '../src/connectors/topics/kept-topics.ts';
import { realWorld } from '../src/base/real-world.ts';
import type { Answer, Candidate, Contest, Outcome, Question } from './kit/question.ts';
import { lmdb } from './peers/lmdb.ts';

/** Bodies as they are: what is measured is the log and no codec. */
const bytes: Codec<Uint8Array> = { kind: 'bytes', framing: 'none', encode: (body) => body, decode: (body) => body };
const keptAs = topic<Uint8Array>('bodies', bytes, { partitions: 1, keep: { bytes: '64GiB' } });

/** Each waits until its own batch is durable. */
const WRITERS = 4;

interface Shape {
  readonly recordBytes: number;
  /** Records of one batch, which is durable before the next is given. */
  readonly batch: number;
  readonly records: number;
}

async function inFolder(work: (folder: string) => Promise<Outcome>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function batchOf({ recordBytes, batch }: Shape): readonly Uint8Array[] {
  return Array.from({ length: batch }, (_, i) => new Uint8Array(recordBytes).fill(i));
}

/** The time of what is asked only: what is there is counted afterwards. */
async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function appends(shape: Shape, reached: number): Contest {
  const records = batchOf(shape);
  const whole = Buffer.concat(records);
  const batches = (count: number): number => Math.ceil(count / shape.batch);
  const candidate = (name: string, run: (folder: string, count: number) => Promise<Outcome>): Candidate => ({
    name,
    records: shape.records,
    run: (count) => inFolder((folder) => run(folder, count)),
  });
  return {
    title: `batches of ${shape.batch} records of ${shape.recordBytes} B, durable`,
    by: 'wall',
    ours: candidate(`openTopic, ${WRITERS} writers that share a group commit`, async (dir, count) => {
      await using kept = await openTopic(keptAs, { dir });
      const wallMs = await timed(async () => {
        let left = batches(count);
        const writers = Array.from({ length: WRITERS }, async () => {
          while (left-- > 0) await kept.writeAll(records);
        });
        await Promise.all(writers);
      });
      const { end } = await new KeptTopics(realWorld(), dir).bounds(keptAs.spec, 0);
      return { answer: { records: end }, wallMs };
    }),
    peers: [
      {
        ...candidate('raw: one write and fdatasync a batch', async (dir, count) => {
          const file = await open(join(dir, 'raw'), 'w');
          const wallMs = await timed(async () => {
            for (let i = batches(count); i > 0; i--) {
              await file.write(whole);
              await file.datasync();
            }
          });
          await file.close();
          return { answer: { records: statSync(join(dir, 'raw')).size / shape.recordBytes }, wallMs };
        }),
        atLeast: 0.7,
        reached,
      },
      {
        ...candidate('lmdb, a transaction a batch', async (dir, count) => {
          const database = (await lmdb()).open({
            path: join(dir, 'lmdb'),
            overlappingSync: false,
            keyEncoding: 'uint32',
            encoding: 'binary',
          });
          let next = 0;
          const wallMs = await timed(async () => {
            for (let i = batches(count); i > 0; i--) {
              await database.transaction(() => {
                for (const body of records) database.put(next++, body);
              });
            }
          });
          const answer = { records: database.getCount() };
          await database.close();
          return { answer, wallMs };
        }),
        atLeast: 1.5,
      },
    ],
    expected: (count) => ({ records: batches(count) * shape.batch }),
  };
}

const READ: Shape = { recordBytes: 1024, batch: 1000, records: 400_000 };

function reads(): Contest {
  const records = batchOf(READ);
  const firstBytes = records.reduce((sum, [first]) => sum + first!, 0);
  // Who only reads bytes has seen all records when there are as many bytes as they have; their sum is given to him.
  const recordsIn = (read: number): Answer => ({
    records: read >= READ.records * READ.recordBytes ? READ.records : 0,
    sum: (READ.records / READ.batch) * firstBytes,
  });
  const written = async (dir: string, count: number): Promise<string> => {
    await using kept = await openTopic(keptAs, { dir });
    for (let i = 0; i < count; i += READ.batch) await kept.writeAll(records);
    return `${dir}/topics/bodies/0`;
  };
  const candidate = (name: string, run: (dir: string, folder: string) => Promise<Answer>): Candidate => ({
    name,
    records: READ.records,
    // Always all of them, so that what was read can be told by its bytes.
    isCold: true,
    run: (count) =>
      inFolder(async (dir) => {
        const folder = await written(dir, count);
        let answer: Answer = {};
        const wallMs = await timed(async () => {
          answer = await run(dir, folder);
        });
        return { answer, wallMs };
      }),
  });
  const segments = (folder: string): readonly string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(folder, name));
  return {
    title: 'records of 1 KiB, from the page cache',
    by: 'wall',
    ours: candidate('topic as a source', async (dir) => {
      const world = realWorld();
      const { signal } = new AbortController();
      const reader = await keptAs.open(0, undefined, { world, signal, topics: new KeptTopics(world, dir) });
      let [count, sum] = [0, 0];
      for (;;) {
        const { bodies = [] } = await reader.read(1024, signal);
        if (bodies.length === 0) break;
        count += bodies.length;
        for (const body of bodies) sum += body[0]!;
      }
      await reader.close();
      return { records: count, sum };
    }),
    peers: [
      {
        ...candidate('fs: createReadStream, 1 MiB', async (_dir, folder) => {
          let read = 0;
          for (const path of segments(folder))
            for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) read += chunk.length;
          return recordsIn(read);
        }),
        atLeast: 0.5,
      },
      candidate('fs: readSync, 1 MiB, into one block', async (_dir, folder) => {
        const block = new Uint8Array(1 << 20);
        let read = 0;
        for (const path of segments(folder)) {
          const file = openSync(path, 'r');
          for (let got = readSync(file, block); got > 0; got = readSync(file, block)) read += got;
          closeSync(file);
        }
        return recordsIn(read);
      }),
    ],
    expected: (count) => ({ records: count, sum: (count / READ.batch) * firstBytes }),
  };
}

export const log: Question = {
  name: 'log',
  asks: 'what does a durable log cost over the disk itself?',
  unit: 'record',
  contests: [
    appends({ recordBytes: 1024, batch: 1000, records: 50_000 }, 0.5),
    appends({ recordBytes: 100, batch: 10_000, records: 500_000 }, 0.35),
    reads(),
  ],
};
