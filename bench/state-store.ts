import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realWorld } from '../src/base/real-world.ts';
import { logStore } from '../src/state/store/log-store.ts';
import type { StateChange, StateStore } from '../src/state/store/state-store.ts';
import type { Answer, Candidate, Contest, Outcome, Question } from './kit/question.ts';
import { lmdb } from './peers/lmdb.ts';
import { cpuClock, restoring } from './state-restore.ts';

const KEYS = 1_000_000;
const BATCH = 10_000;
/** Each counts one up, so the sum says whether all of them were seen. */
const RECORDS = 300_000;
const VALUE_BYTES = 64;

/** Keys of 16 bytes in an order of no order, the same for everybody. */
function keyOf(i: number): Uint8Array {
  const key = new Uint8Array(16);
  const view = new DataView(key.buffer);
  view.setUint32(0, Math.imul(i, 0x9e3779b1) >>> 0);
  view.setUint32(12, i);
  return key;
}

function* batches(records: number): Generator<readonly Uint8Array[]> {
  for (let from = 0; from < records; from += BATCH) {
    // 7,919 is prime, so a batch goes over all keys.
    yield Array.from({ length: Math.min(BATCH, records - from) }, (_, i) => keyOf(((from + i) * 7919) % KEYS));
  }
}

function counted(before: Uint8Array | undefined): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES);
  if (before !== undefined) value.set(before);
  const view = new DataView(value.buffer);
  view.setUint32(0, view.getUint32(0) + 1);
  return value;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function filled(folder: string): Promise<StateStore> {
  const store = await logStore()({ world: realWorld(), folder });
  const empty = counted(undefined);
  for (let from = 0; from < KEYS; from += 100_000) {
    const changes = Array.from({ length: 100_000 }, (_, i): StateChange => ({ space: 0, group: 0, key: keyOf(from + i), value: empty }));
    await store.apply(store.stamp + 1, changes);
  }
  return store;
}

const ours: Candidate = {
  name: 'a log with its index in memory',
  records: RECORDS,
  isCold: true,
  run: (records) =>
    inFolder(async (folder): Promise<Outcome> => {
      const store = await filled(folder);
      const started = performance.now();
      let sum = 0;
      for (const keys of batches(records)) {
        const changes = keys.map((key): StateChange => {
          const value = counted(store.get(0, key));
          sum += value[3]!;
          return { space: 0, group: 0, key, value };
        });
        await store.apply(store.stamp + 1, changes);
      }
      const wallMs = performance.now() - started;
      const answer = { keys: store.count, sum };
      await store.close();
      return { answer, wallMs };
    }),
};

const readModifyWrite: Contest = {
  title: 'read 10,000 of 1,000,000 keys, change them, write them in one durable transaction',
  by: 'wall',
  rounds: 3,
  ours,
  peers: [
    {
      name: 'lmdb used directly',
      records: RECORDS,
      isCold: true,
      atLeast: 1,
      run: (records) =>
        inFolder(async (folder): Promise<Outcome> => {
          const database = (await lmdb()).open({ path: folder, overlappingSync: false, keyEncoding: 'binary', encoding: 'binary' });
          const empty = counted(undefined);
          for (let from = 0; from < KEYS; from += 100_000)
            await database.transaction(() => {
              for (let i = from; i < from + 100_000; i++) database.put(keyOf(i), empty);
            });
          const started = performance.now();
          let sum = 0;
          for (const keys of batches(records)) {
            await database.transaction(() => {
              for (const key of keys) {
                const value = counted(database.get(key));
                sum += value[3]!;
                database.put(key, value);
              }
            });
          }
          const wallMs = performance.now() - started;
          const answer = { keys: database.getCount(), sum };
          await database.close();
          return { answer, wallMs };
        }),
    },
  ],
  expected: (records) => ({ keys: KEYS, sum: 2 * records }),
};

async function openFilled(folder: string): Promise<Outcome> {
  await (await filled(folder)).close();
  const cpu = cpuClock();
  const started = performance.now();
  const store = await logStore()({ world: realWorld(), folder });
  const wallMs = performance.now() - started;
  const cpuMs = cpu();
  const answer: Answer = { keys: store.count };
  await store.close();
  return { answer, wallMs, cpuMs };
}

const opening: Contest = {
  title: 'open a store of 1,000,000 keys',
  rounds: 3,
  ours: { name: 'a log with its index in memory', records: KEYS, isCold: true, run: () => inFolder(openFilled) },
  peers: [
    {
      name: 'reading its bytes with fs',
      records: KEYS,
      isCold: true,
      atLeast: 0.33,
      run: () =>
        inFolder(async (folder) => {
          await (await filled(folder)).close();
          // Into memory that is there already: what a new page costs would be most of the time.
          const piece = new Uint8Array(1 << 24).fill(1);
          const cpu = cpuClock();
          const started = performance.now();
          // The log alone: the dump of the index beside it is ours to make up for.
          for (const name of readdirSync(folder).filter((each) => each.endsWith('.seg'))) {
            const file = openSync(join(folder, name), 'r');
            while (readSync(file, piece) > 0);
            closeSync(file);
          }
          return { answer: { keys: KEYS }, wallMs: performance.now() - started, cpuMs: cpu() };
        }),
    },
  ],
  expected: () => ({ keys: KEYS }),
};

export const stateStore: Question = {
  name: 'state-store',
  asks: 'what does keyed state on a disk cost, and going on from a checkpoint of many keys?',
  unit: 'key',
  contests: [readModifyWrite, opening, ...restoring],
};
