import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { each, json, openTopic, pipeline, run, topic } from 'headrace';
import { embedded } from 'headrace/runtimes/embedded';
import { test } from 'vitest';
import { installPeers } from '../../bench/peers/install.ts';
import { realWorld } from '../../src/base/real-world.ts';
import { type Lmdb, lmdbStore } from '../../src/state/store/lmdb-store.ts';
import { logStore } from '../../src/state/store/log-store.ts';
import { type StoreUnderTest, testStore } from '../../src/state/store/store-conformance.ts';

function make(): StoreUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-store-'));
  return { world: realWorld(), folder, close: () => rmSync(folder, { recursive: true }) };
}

// LMDB is no dependency. The full form takes it from the peers of the benches; else its suite runs where somebody names it.
const peers = join(import.meta.dirname, '../../bench/peers/node_modules/lmdb/node-index.js');
if (process.env['HEADRACE_TEST'] === 'full') installPeers();
const name = process.env['HEADRACE_LMDB'] ?? (existsSync(peers) ? peers : 'lmdb');
const lmdb = await import(name).then(
  (found) => found as Lmdb,
  () => undefined,
);

testStore('on a log on a disk', { open: logStore(), make }, test);
testStore(
  `in lmdb${lmdb === undefined ? ', which is not installed' : ''}`,
  { open: lmdbStore({ lmdb }), make },
  lmdb === undefined ? test.skip : test,
);

test.skipIf(lmdb !== undefined)('a store in lmdb says how to install what is missing', async ({ expect }) => {
  const { close, ...spec } = make();
  await expect(lmdbStore()(spec)).rejects.toMatchObject({ code: 'HR_PACKAGE_MISSING' });
  await close?.();
});

test.skipIf(lmdb === undefined)('a pipeline goes on with its state in lmdb', async ({ expect }) => {
  const { folder, close } = make();
  const runtime = embedded({ dir: folder, state: { kind: 'disk', store: lmdbStore({ lmdb }) } });
  const numbers = topic<number>('numbers', json(), { partitions: 1 });
  await using door = await openTopic(numbers, { dir: folder });
  const seen: number[] = [];
  for (const some of [
    [1, 2, 3, 4],
    [5, 6],
  ]) {
    await door.writeAll(some);
    const sums = pipeline('sums')
      .from(numbers)
      .keyBy((n) => n % 2)
      .scan(
        'sum',
        () => ({ sum: 0 }),
        ({ sum }, n) => ({ sum: sum + n }),
      )
      .to(each(({ sum }) => void seen.push(sum)));
    await run(sums, { runtime, until: 'caughtUp', signals: false });
  }
  expect(seen).toEqual([1, 2, 4, 6, 9, 12]);
  await door.close();
  await close?.();
});
