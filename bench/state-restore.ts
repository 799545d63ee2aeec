import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { each, pipeline, type Source, start } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';
import type { Contest, Outcome } from './kit/question.ts';

const KEYS = 1_000_000;

/** What a key keeps. */
interface Kind<S> {
  readonly init: () => S;
  readonly step: (state: S, i: number) => S;
  readonly amount: (state: S) => number;
}
const numbers: Kind<number> = { init: () => 0, step: (sum) => sum + 1, amount: (sum) => sum };

interface Seen {
  readonly count: number;
  readonly last: number;
  readonly land: string;
}
const objects: Kind<Seen> = {
  init: () => ({ count: 0, last: 0, land: 'CH' }),
  step: ({ count }, i) => ({ count: count + 1, last: i, land: i % 2 === 0 ? 'CH' : 'DE' }),
  amount: ({ count }) => count,
};

/** In an order of no order: 7,919 is prime, so all keys come once. */
const keyOf = (i: number): string => `customer ${(i * 7919) % KEYS}`;

/** Each key once in the first life, and once more in the second. A life ends by `letGo`, and says when its first read is. */
function lives(until: number, letGo: Promise<void>, opened: () => void): Source<number> {
  return {
    kind: 'lives',
    id: 'lives',
    partitions: () => [0],
    open(_partition, resume) {
      const from = typeof resume === 'number' ? resume : 0;
      let next = from;
      return {
        async read(limit) {
          const first = next;
          if (first === from) opened();
          next = Math.min(until, first + limit);
          if (first === until) await letGo;
          return { values: Array.from({ length: next - first }, (_, i) => first + i), positions: { first }, resume: next };
        },
        close() {},
      };
    },
  };
}

interface Life {
  /** Until the first read, and until a thousand records were through: these touch every key group. */
  readonly openedMs: number;
  readonly openedCpuMs: number;
  readonly thousandCpuMs: number;
  readonly recordsMs: number;
  readonly sum: number;
}

/** Takes all keys once and is stopped. */
async function life<S>(dir: string, kind: Kind<S>, until: number): Promise<Life> {
  const letGo = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  let sum = 0;
  let records = 0;
  let openedAt = 0;
  let openedCpuMs = 0;
  let thousandCpuMs = 0;
  const cpu = cpuClock();
  const started = performance.now();
  const running = await start(
    pipeline('restored')
      .from(lives(until, letGo.promise, () => ((openedCpuMs = cpu()), (openedAt = performance.now()))))
      .keyBy(keyOf)
      .scan('seen', kind.init, kind.step)
      .to(
        each((state) => {
          sum += kind.amount(state);
          if (++records === 1000) thousandCpuMs = cpu();
          if (records === KEYS) seen.resolve();
        }),
      ),
    { runtime: embedded({ dir, checkpointEvery: '1h' }) },
  );
  await seen.promise;
  const recordsMs = performance.now() - openedAt;
  // A busy machine may take long over the last checkpoint.
  const stopped = running.stop('2m');
  letGo.resolve();
  await stopped;
  await running.done;
  return { openedMs: openedAt - started, openedCpuMs, thousandCpuMs, recordsMs, sum };
}

/** CPU milliseconds of all threads from here on. */
export function cpuClock(): () => number {
  const began = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1e3;
  };
}

async function inFolder(work: (folder: string) => Promise<Outcome>): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readAll(folder: string): void {
  // Into memory that is there already: what a new page costs would be most of the time.
  const piece = new Uint8Array(1 << 24).fill(1);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('.ckpt'))) {
    const file = openSync(join(folder, name), 'r');
    while (readSync(file, piece) > 0);
    closeSync(file);
  }
}

function goingOn<S>(what: string, kind: Kind<S>): Contest {
  return {
    title: `go on from a checkpoint of 1,000,000 keys in memory, states that are ${what}`,
    rounds: 3,
    ours: {
      name: 'headrace, until the first read',
      records: KEYS,
      isCold: true,
      run: () =>
        inFolder(async (dir) => {
          const first = await life(dir, kind, KEYS);
          const { openedMs, openedCpuMs, thousandCpuMs, recordsMs, sum } = await life(dir, kind, 2 * KEYS);
          return {
            answer: { keys: KEYS, sum },
            wallMs: openedMs,
            cpuMs: openedCpuMs,
            figures: {
              'until a thousand records, CPU ms': thousandCpuMs,
              'records, then, ms': recordsMs,
              'records, keys being new, ms': first.recordsMs,
            },
          };
        }),
    },
    peers: [
      {
        name: 'reading its bytes with fs',
        records: KEYS,
        isCold: true,
        atLeast: 0.33,
        // Far from the floor: what is left is the checksum, memory that is new, and what every start takes.
        reached: 0.2,
        run: () =>
          inFolder(async (dir) => {
            await life(dir, kind, KEYS);
            const cpu = cpuClock();
            const started = performance.now();
            readAll(dir);
            return { answer: { keys: KEYS, sum: 2 * KEYS }, wallMs: performance.now() - started, cpuMs: cpu() };
          }),
      },
    ],
    expected: () => ({ keys: KEYS, sum: 2 * KEYS }),
  };
}

export const restoring: readonly Contest[] = [goingOn('numbers', numbers), goingOn('objects', objects)];
