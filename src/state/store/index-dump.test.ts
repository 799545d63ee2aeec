import fc from 'fast-check';
import { deepStrictEqual as equal } from 'node:assert';
import { expect, test } from 'vitest';
import { dyingFiles } from '../../base/dying-files.ts';
import { SeededRandom } from '../../base/random.ts';
import type { VirtualFiles } from '../../base/virtual-files.ts';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import { readDump } from './dump-reader.ts';
import { checksumOfFoot, DUMP_NAME, PART_NAME } from './index-dump.ts';
import { recoverLog } from './log-recovery.ts';
import { boundTo, bytes, changesOf, checkAfter, copy, DYINGS, FOLDER, live, open, STATES, stateOf, TRANSACTIONS } from './log-store-rig.ts';
import type { StateChange, StateStore } from './state-store.ts';

const DUMP = `${FOLDER}/${DUMP_NAME}`;

/** Another disk with the same log, and with a dump if one is given. */
async function twin(files: VirtualFiles, dump?: Uint8Array): Promise<VirtualWorld> {
  const world = virtualWorld();
  await world.files.makeFolder(FOLDER);
  for (const name of await files.list(FOLDER)) if (name.endsWith('.seg')) await copy(files, world.files, `${FOLDER}/${name}`, undefined);
  if (dump !== undefined) await put(world.files, dump);
  return world;
}

async function put(files: VirtualFiles, dump: Uint8Array): Promise<void> {
  const file = await files.open(DUMP, 'create');
  await file.write(dump, 0);
  await file.sync();
  await file.close();
  await files.syncFolder(FOLDER);
}

async function dumpOf(files: VirtualFiles): Promise<Uint8Array | undefined> {
  const found = await files.stat(DUMP);
  if (found === undefined) return undefined;
  const file = await files.open(DUMP, 'read');
  const content = new Uint8Array(found.bytes);
  await file.read(content, 0);
  await file.close();
  return content;
}

/** All that opening finds: where everything stands, and what is counted of the segments. */
async function foundIn({ files }: VirtualWorld): Promise<object> {
  const { segments, end, file } = await recoverLog(files, files, FOLDER, 1000);
  const { index } = segments;
  const places = [...index.entries()].map((entry) => [
    index.tagOf(entry),
    index.offsetOf(entry),
    index.bytesOf(entry),
    index.spaceOf(entry),
  ]);
  const order = segments.order.map(({ number, end: bytes, live, puts, expiring, expirySeconds }) => [
    number,
    bytes,
    live,
    puts,
    expiring,
    expirySeconds,
  ]);
  await file.close();
  segments.close();
  const { stamp, first, block } = end;
  return { places: places.map(String).sort(), order, end: { stamp, first, block }, count: index.count };
}

/** The same is found with a dump as without. Answers whether the dump was believed. */
async function compare(files: VirtualFiles, dump: Uint8Array, seen: string): Promise<boolean> {
  const withDump = await twin(files, dump);
  equal(await foundIn(withDump), await foundIn(await twin(files)), seen);
  return (await withDump.files.stat(DUMP)) !== undefined;
}

test('what is found with the dump is what is found without, at any death, also when the power goes', async () => {
  const calm = virtualWorld();
  const counting = dyingFiles(calm.files, Number.POSITIVE_INFINITY, 'before');
  await live({ ...calm, files: counting }, TRANSACTIONS);
  let believed = 0;
  let parts = 0;
  for (let diesAt = 0; diesAt < counting.changes; diesAt++)
    for (const [i, dying] of DYINGS.entries()) {
      const world = virtualWorld();
      await live({ ...world, files: dyingFiles(world.files, diesAt, dying) }, TRANSACTIONS);
      if (diesAt % 3 === i) world.files.powerCut({ keep: new SeededRandom(diesAt) });
      else if ((diesAt + 1) % 3 === i) world.files.powerCut();
      if ((await world.files.stat(FOLDER)) === undefined) continue;
      if ((await world.files.stat(`${FOLDER}/${PART_NAME}`)) !== undefined) parts++;
      const dump = await dumpOf(world.files);
      if (dump !== undefined && (await compare(world.files, dump, `dying ${dying} change ${diesAt}`))) believed++;
    }
  expect(parts).toBeGreaterThan(100);
  expect(believed).toBeGreaterThan(300);
}, 120_000);

test('a dump with any byte changed, cut off anywhere, or of a newer version is as none', async () => {
  const world = virtualWorld();
  await live(world, TRANSACTIONS);
  const dump = (await dumpOf(world.files))!;
  expect(await compare(world.files, dump, 'as it is')).toBe(true);
  const disk = virtualWorld();
  await disk.files.makeFolder(FOLDER);
  const check = async (other: Uint8Array, seen: string, isOpened: boolean): Promise<void> => {
    await put(disk.files, other);
    expect(await readDump(disk.files, FOLDER), seen).toBeUndefined();
    if (isOpened) expect(await compare(world.files, other, seen)).toBe(false);
  };
  for (let at = 0; at < dump.length; at++) {
    const flipped = dump.slice();
    flipped[at]! ^= 1 << (at % 8);
    await check(flipped, `byte ${at}`, at % 97 === 0);
    if (at % 31 === 0) await check(dump.slice(0, at), `cut off at ${at}`, at % 97 === 0);
  }
  const newer = dump.slice();
  const tail = new Uint32Array(newer.buffer, newer.length - 16);
  tail[1]!++;
  tail[3] = checksumOfFoot(new Float64Array(newer.buffer.slice(newer.length - 16 - tail[2]!, newer.length - 16)), tail);
  await check(newer, 'newer', true);
});

test('a dump is good for any later state of its log, until compaction removes the segment it ends in', async () => {
  const world = virtualWorld();
  const store = await open({ world, folder: FOLDER });
  const dumps: Uint8Array[] = [];
  const seen = { believed: 0, removed: 0, ignored: 0 };
  for (let n = 1; n <= 3 * TRANSACTIONS; n++) {
    await store.apply(n, changesOf(n));
    const dump = await dumpOf(world.files);
    if (dump !== undefined && (dumps.length === 0 || Buffer.compare(dump, dumps.at(-1)!) !== 0)) dumps.push(dump);
    const [first] = await world.files.list(FOLDER);
    for (const [i, each] of dumps.entries()) {
      if ((n + i) % 3 !== 0) continue;
      const isBelieved = await compare(world.files, each, `dump ${i} after ${n}`);
      if (!isBelieved) seen.ignored++;
      else if (new Float64Array(each.slice(-16 - footBytesOf(each), -16).buffer)[2]! < Number.parseInt(first!, 10)) seen.removed++;
      else seen.believed++;
    }
  }
  await store.close();
  for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(20);
}, 120_000);

test('a dump of another log is not believed, and neither is one that knows more than the log', async () => {
  const [log, other, later] = [virtualWorld(), virtualWorld(), virtualWorld()];
  const lives = async (world: VirtualWorld, until: number, from = 0): Promise<void> => {
    const store = await open({ world, folder: FOLDER });
    for (let n = store.stamp + 1; n <= until; n++) await store.apply(n, changesOf(n + from));
    await store.close();
  };
  await lives(log, 20);
  await lives(later, 24);
  await lives(other, 15, 1000);
  const disk = await twin(log.files, (await dumpOf(later.files))!);
  expect(await compare(log.files, (await dumpOf(other.files))!, 'of another')).toBe(false);
  expect(await compare(log.files, (await dumpOf(later.files))!, 'of a later one')).toBe(false);
  // It is gone before the log grows to where it ends: with other changes now.
  const store = await open({ world: disk, folder: FOLDER });
  expect(stateOf(store)).toEqual(STATES[20]);
  expect(await dumpOf(disk.files)).toBeUndefined();
  disk.files.powerCut();
  expect(await dumpOf(disk.files)).toBeUndefined();
});

test('a dump that has its length and not its log is told by the last block', async () => {
  const changes = (value: string): StateChange[] => [{ space: 0, group: 0, key: bytes('k'), value: bytes(value) }];
  const other: StateChange[] = [{ space: 0, group: 0, key: bytes('q'), value: bytes('one') }];
  const dumps: Uint8Array[] = [];
  const logs: VirtualWorld[] = [];
  for (const first of [changes('one'), other]) {
    const world = virtualWorld();
    const store = await open({ world, folder: FOLDER });
    await store.apply(1, first);
    await store.apply(2, [...first, ...first]);
    await store.close();
    logs.push(world);
    dumps.push((await dumpOf(world.files))!);
  }
  expect(await compare(logs[0]!.files, dumps[0]!, 'its own')).toBe(true);
  expect(await compare(logs[0]!.files, dumps[1]!, 'the other')).toBe(false);
});

test('a disk with no room for a dump takes every transaction, and a dump when there is room again', async () => {
  const world = virtualWorld();
  let isFull = true;
  const files = {
    ...boundTo(world.files),
    open: async (path: string, mode: 'read' | 'create' | 'extend') => {
      const file = await world.files.open(path, mode);
      const write = async (part: Uint8Array, position: number): Promise<void> => {
        if (!isFull || !path.endsWith(PART_NAME)) return file.write(part, position);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      };
      return { ...file, write };
    },
  };
  const store = await open({ world: { ...world, files }, folder: FOLDER });
  for (let n = 1; n <= TRANSACTIONS; n++) {
    if (n === 25) isFull = false;
    await store.apply(n, changesOf(n));
    if (n === 24) expect(await world.files.list(FOLDER)).not.toContain(DUMP_NAME);
  }
  expect(await world.files.list(FOLDER)).toContain(DUMP_NAME);
  await store.close();
  expect(world.files.openFiles).toBe(0);
  await checkAfter(world, TRANSACTIONS, 'after full disks');
});

test('an opening after a close reads the dump and next to nothing of the log, one after a kill a part of it', async () => {
  const world = virtualWorld();
  let read = 0;
  const files = {
    ...boundTo(world.files),
    open: async (path: string, mode: 'read' | 'create' | 'extend') => {
      const file = await world.files.open(path, mode);
      const reading = async (into: Uint8Array, position: number): Promise<number> => {
        if (path.endsWith('.seg')) read += into.length;
        return file.read(into, position);
      };
      return { ...file, read: reading };
    },
  };
  const openOne = (): Promise<StateStore> => open({ world: { ...world, files }, folder: FOLDER });
  let store = await openOne();
  for (let n = 1; n <= 200; n++) await store.apply(n, changesOf(n, 400));
  const readBy = async (): Promise<number> => {
    read = 0;
    store = await openOne();
    return read;
  };
  world.files.powerCut();
  const afterKill = await readBy();
  await store.close();
  const afterClose = await readBy();
  await store.close();
  await world.files.remove(DUMP);
  const all = await readBy();
  expect(afterClose).toBeLessThan(200);
  expect(afterKill).toBeLessThan(all / 2);
  await store.close();
});

test('any history is found with the dump as without, whatever expires, is taken away, and is closed or killed between', async () => {
  const change = fc.record({
    space: fc.nat(1),
    group: fc.nat(5),
    key: fc.nat(200).map((n) => bytes(`k${n}`)),
    value: fc.option(
      fc.nat(3000).map((n) => new Uint8Array(n % 9 === 0 ? n : n % 60).fill(n)),
      { nil: undefined },
    ),
    expires: fc.option(fc.nat(50_000), { nil: undefined }),
  });
  const step = fc.oneof({ weight: 8, arbitrary: fc.array(change, { maxLength: 30 }) }, fc.constantFrom('close', 'kill' as const));
  let believed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), fc.constantFrom(500, 3000, 20_000), async (steps, segmentBytes) => {
      const world = virtualWorld();
      const openOne = (): Promise<StateStore> => open({ world, folder: FOLDER }, segmentBytes);
      let store = await openOne();
      for (const [i, one] of steps.entries()) {
        if (typeof one !== 'string') {
          await store.apply(store.stamp + 1, one);
          store.get(0, bytes('k1'), i * 1000);
          continue;
        }
        if (one === 'kill') world.files.powerCut();
        else await store.close();
        const dump = await dumpOf(world.files);
        if (dump !== undefined && (await compare(world.files, dump, `step ${i}`))) believed++;
        store = await openOne();
      }
    }),
    { numRuns: 60 },
  );
  expect(believed).toBeGreaterThan(50);
});

function footBytesOf(dump: Uint8Array): number {
  return new DataView(dump.buffer, dump.byteOffset + dump.length - 8).getUint32(0, true);
}

test('an opening right behind a close has nothing to make safe; one that finds more than the dump says has', async () => {
  const world = virtualWorld();
  let syncs = 0;
  const files = {
    ...boundTo(world.files),
    open: async (path: string, mode: 'read' | 'create' | 'extend') => {
      const file = await world.files.open(path, mode);
      return { ...file, sync: () => (syncs++, file.sync()) };
    },
  };
  const syncsOf = async (): Promise<number> => {
    syncs = 0;
    const store = await open({ world: { ...world, files }, folder: FOLDER });
    const at = syncs;
    expect(stateOf(store)).toEqual(STATES[store.stamp]);
    await store.close();
    return at;
  };
  await live(world, 30);
  expect(await syncsOf()).toBe(0);
  const log = (await world.files.list(FOLDER)).findLast((name) => name.endsWith('.seg'))!;
  const file = await world.files.open(`${FOLDER}/${log}`, 'extend');
  await file.write(new Uint8Array(100), await file.size());
  await file.close();
  expect(await syncsOf()).toBe(1);
  expect(await syncsOf()).toBe(0);
  await live(world, 32);
  world.files.powerCut();
  await checkAfter(world, 32, 'after an opening that synced nothing');
});
