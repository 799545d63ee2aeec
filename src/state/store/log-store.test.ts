import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dyingFiles } from '../../base/dying-files.ts';
import { SeededRandom } from '../../base/random.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import { logStore } from './log-store.ts';
import { bytes, changesOf, checkAfter, copy, DYINGS, FOLDER, live, open, STATES, stateOf, text, TRANSACTIONS } from './log-store-rig.ts';
import type { StateChange, StateStore } from './state-store.ts';

test('a store that lives on has the state of each of its transactions, and its garbage is bounded', async () => {
  const world = virtualWorld();
  const store = await open({ world, folder: FOLDER });
  let most = 0;
  for (let n = 1; n <= TRANSACTIONS; n++) {
    await store.apply(n, changesOf(n));
    expect(stateOf(store)).toEqual(STATES[n]);
  }
  for (let n = TRANSACTIONS + 1; n < 1000; n++) {
    await store.apply(n, changesOf(n));
    most = Math.max(most, (await world.files.list(FOLDER)).length);
  }
  await store.close();
  expect(most).toBeLessThan(20);
  expect(world.files.openFiles).toBe(0);
});

for (const how of ['is killed', 'loses its power', 'loses its power with any part of what was not synced'] as const)
  test(`a process that ${how} at any change leaves exactly the state of the transaction the store names`, async () => {
    const calm = virtualWorld();
    const counting = dyingFiles(calm.files, Number.POSITIVE_INFINITY, 'before');
    expect(await live({ ...calm, files: counting }, TRANSACTIONS)).toBe(TRANSACTIONS);
    for (let diesAt = 0; diesAt < counting.changes; diesAt++)
      for (const dying of DYINGS) {
        const world = virtualWorld();
        const resolved = await live({ ...world, files: dyingFiles(world.files, diesAt, dying) }, TRANSACTIONS);
        if (how === 'loses its power') world.files.powerCut();
        else if (how !== 'is killed') world.files.powerCut({ keep: new SeededRandom(diesAt) });
        const seen = `dying ${dying} change ${diesAt}`;
        await checkAfter(world, resolved, seen);
        // It goes on from there, and once more through a power cut.
        await live(world, TRANSACTIONS);
        world.files.powerCut();
        await checkAfter(world, TRANSACTIONS, `${seen}, gone on`);
      }
  }, 120_000);

test('dying again while the store is opened after a power cut loses nothing', async () => {
  const world = virtualWorld();
  let resolved = 0;
  const random = new SeededRandom(4);
  for (let life = 0; resolved < TRANSACTIONS; life++) {
    const diesAt = Math.floor(random.next() * (life % 2 === 0 ? 6 : 25));
    resolved = Math.max(resolved, await live({ ...world, files: dyingFiles(world.files, diesAt, DYINGS[life % 3]!) }, TRANSACTIONS));
    world.files.powerCut({ keep: random });
    await checkAfter(world, resolved, `life ${life}`);
  }
});

test('a transaction whose sectors reached the disk in part is as if it never was, also when its directory did', async () => {
  const big = (n: number): StateChange[] =>
    Array.from({ length: 40 }, (_, i) => ({ space: 0, group: 0, key: bytes(`${i}`), value: new Uint8Array(400).fill(n * 50 + i) }));
  const values = (store: StateStore): number[] => Array.from({ length: 40 }, (_, i) => store.get(0, bytes(`${i}`))![0]!);
  let whole = 0;
  for (let seed = 0; seed < 100; seed++) {
    const world = virtualWorld();
    const store = await open({ world, folder: FOLDER });
    await store.apply(1, big(1));
    await store.close();
    const counting = dyingFiles(world.files, Number.POSITIVE_INFINITY, 'before');
    await (await open({ world: { ...world, files: counting }, folder: FOLDER })).close();
    // Opening a file, syncing the folder's name of it, one write; then the sync, which it does not live to see.
    const dying = dyingFiles(world.files, counting.changes + 3, 'before');
    const second = await open({ world: { ...world, files: dying }, folder: FOLDER });
    await expect(second.apply(2, big(2))).rejects.toThrow();
    expect(dying.isDead).toBe(true);
    world.files.powerCut({ keep: new SeededRandom(seed) });
    const now = await open({ world, folder: FOLDER });
    expect(values(now), `seed ${seed}`).toEqual(big(now.stamp).map(({ value }) => value![0]));
    whole += now.stamp - 1;
    await now.close();
  }
  expect(whole).toBeLessThan(100);
});

test('a segment whose removal did not outlast a power cut does not count again', async () => {
  const world = virtualWorld();
  const store = await open({ world, folder: FOLDER });
  const old = virtualWorld();
  await old.files.makeFolder(FOLDER);
  for (let n = 1; n <= TRANSACTIONS; n++) {
    await store.apply(n, changesOf(n));
    const first = `${FOLDER}/0000000001.seg`;
    if ((await world.files.stat(first)) !== undefined) await copy(world.files, old.files, first, undefined);
  }
  await store.close();
  const names = await world.files.list(FOLDER);
  expect(names).not.toContain('0000000001.seg');
  await copy(old.files, world.files, `${FOLDER}/0000000001.seg`, undefined);
  await checkAfter(world, TRANSACTIONS, 'with the first segment again');
  expect(await world.files.list(FOLDER)).toEqual(names);
});

test('what expires goes away with the garbage, though nothing replaces it', async () => {
  const world = virtualWorld();
  const store = await open({ world, folder: FOLDER });
  for (let n = 1; n < 2000; n++) {
    const nowMs = n * 1000;
    await store.apply(n, [{ space: 0, group: 0, key: bytes(`once ${n}`), value: bytes('x'.repeat(100)), expires: nowMs + 5000 }]);
    expect(text(store.get(0, bytes(`once ${n - 5}`), nowMs))).toBeUndefined();
    if (n > 4) expect(text(store.get(0, bytes(`once ${n - 4}`), nowMs))).toBe('x'.repeat(100));
  }
  expect(store.count).toBeLessThan(100);
  await store.close();
});

test('any history of many keys and sizes is a Map, through openings and power cuts', async () => {
  const change = fc.record({
    space: fc.nat(1),
    group: fc.nat(5),
    key: fc.nat(300).map((n) => bytes(`k${n}`)),
    value: fc.option(
      fc.nat(60_000).map((n) => new Uint8Array(n % 7 === 0 ? n : n % 90).fill(n)),
      { nil: undefined },
    ),
  });
  const step = fc.oneof({ weight: 6, arbitrary: fc.array(change, { maxLength: 60 }) }, fc.constantFrom('open', 'cut' as const));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(500, 20_000, 200_000), async (steps, segmentBytes) => {
      const world = virtualWorld();
      const openOne = (): Promise<StateStore> => logStore({ segmentBytes })({ world, folder: FOLDER, budget: 10_000 });
      const map = new Map<string, Uint8Array>();
      let store = await openOne();
      for (const one of steps) {
        if (typeof one === 'string') {
          if (one === 'cut') world.files.powerCut();
          else await store.close();
          store = await openOne();
          continue;
        }
        await store.apply(store.stamp + 1, one);
        for (const { space, key, value } of one) {
          if (value === undefined) map.delete(`${space}${text(key)}`);
          else map.set(`${space}${text(key)}`, value);
        }
      }
      expect(store.count).toBe(map.size);
      for (const [name, value] of map) expect(Buffer.compare(store.get(Number(name[0]), bytes(name.slice(1)))!, value)).toBe(0);
    }),
    { numRuns: 60 },
  );
});
