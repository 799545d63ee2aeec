import { expect, test } from 'vitest';
import { type VirtualWorld, virtualWorld } from '../base/virtual-world.ts';
import { each } from '../connectors/values/each.ts';
import type { Source } from '../core/source.ts';
import type { Files } from '../core/world.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { embedded } from '../runtime/embedded.ts';
import { start } from '../runtime/run.ts';
import { checkpointCommand } from './checkpoint-command.ts';

const PIPELINE = '/state/pipelines/totals';
const STORE = `${PIPELINE}/store/store-1`;

/** Numbers up to where it is let, and no end. */
function upTo(limit: { to: number }): Source<number> {
  return {
    kind: 'numbers',
    id: 'numbers',
    partitions: () => [0],
    open(_partition, resume) {
      let next = (resume as number | undefined) ?? 0;
      return {
        read() {
          const first = next;
          next = limit.to;
          return { values: Array.from({ length: next - first }, (_, i) => first + i), positions: { first }, resume: next };
        },
        close() {},
      };
    },
  };
}

async function said(world: VirtualWorld, ...args: readonly string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name];
    process[name].write = ((text: string) => ((texts[name] += text), true)) as typeof write;
    return () => void (process[name].write = write);
  });
  try {
    return { exit: await world.until(checkpointCommand(args, world)), ...texts };
  } finally {
    for (const undo of restore) undo();
  }
}

async function copy(files: Files, from: string, to: string): Promise<void> {
  await files.makeFolder(to);
  for (const name of await files.list(to)) await files.remove(`${to}/${name}`);
  for (const name of await files.list(from)) {
    const source = await files.open(`${from}/${name}`, 'read');
    const bytes = new Uint8Array(await source.size());
    await source.read(bytes, 0);
    await source.close();
    const target = await files.open(`${to}/${name}`, 'create');
    await target.write(bytes, 0);
    await target.close();
  }
}

/** Two checkpoints of a sum and a list by key, and the store as it was at the first. */
async function taken(world: VirtualWorld): Promise<void> {
  const limit = { to: 6 };
  const plan = pipeline('totals')
    .from(upTo(limit))
    .keyBy((n) => `key ${n % 3}`)
    .scan(
      'sum',
      () => 0,
      (sum, n) => sum + n,
    )
    .scan(
      'seen',
      (): readonly number[] => [],
      (all, n) => [...all, n],
    )
    .to(each(() => {}));
  const running = await start(plan, { runtime: embedded({ world, dir: '/state', state: 'disk', checkpointEvery: '1h' }) });
  await world.advance(50);
  expect(await world.until(running.checkpoint())).toBe(1);
  await copy(world.files, STORE, '/copy');
  limit.to = 7;
  await world.advance(500);
  expect((await said(world, 'show', '/state', '--state', 'sum')).stderr).toMatch(/^HR_STORE_IN_USE: /);
  await world.until(running.stop());
}

test('what lies in the store on the disk is shown with the checkpoint, as it was at that checkpoint', async () => {
  const world = virtualWorld();
  await taken(world);
  const shown = await said(world, 'show', '/state');
  expect(shown.stdout).toMatch(/\nStore\n {2}store-1, at checkpoint 2\n {2}sum +cell +3 keys\n {2}seen +cell +3 keys\n/);
  expect(JSON.parse((await said(world, 'show', '/state', '--json')).stdout)).toMatchObject({ store: { name: 'store-1', at: 2 } });
  const sums = "  cell  'key 0'  9\n  cell  'key 1'  5\n  cell  'key 2'  7\n";
  expect(sorted((await said(world, 'show', '/state', '--state', 'sum')).stdout)).toBe(sorted(`sum\n  cell  key      value\n${sums}`));
  expect((await said(world, 'show', '/state', '--state', 'seen')).stdout).toMatch(/'key 0' +\[ 0, 3, 9 \]\n/);
  expect((await said(world, 'show', '/state', '--state', 'sum', '--limit', '1')).stdout).toContain('  and more: --limit 10\n');
  expect((await said(world, 'show', '/state', '--state', 'nobody')).stderr).toMatch(/It has state of .*sum, seen/);
  // A store that has missed its last transaction: the changes are in the checkpoint.
  await copy(world.files, '/copy', STORE);
  expect((await said(world, 'show', '/state')).stdout).toContain('\n  store-1, at checkpoint 1\n');
  expect(sorted((await said(world, 'show', '/state', '--state', 'sum')).stdout)).toBe(sorted(`sum\n  cell  key      value\n${sums}`));
  // To look changed nothing: a start goes on as if nobody had.
  const again = await start(
    pipeline('totals')
      .from(upTo({ to: 7 }))
      .keyBy((n) => `key ${n % 3}`)
      .scan(
        'sum',
        () => 0,
        (sum, n) => sum + n,
      )
      .scan(
        'seen',
        (): readonly number[] => [],
        (all, n) => [...all, n],
      )
      .to(each(() => {})),
    {
      runtime: embedded({ world, dir: '/state', state: 'disk', checkpointEvery: '1h' }),
    },
  );
  await world.until(again.stop());
  expect((await said(world, 'show', '/state', '1', '--state', 'sum')).stderr).toMatch(
    /^HR_(STATE_STORE_APART: .*so nobody can say what the state was at 1|CHECKPOINT_MISSING)/,
  );
});

test('a store that is not there is named', async () => {
  const world = virtualWorld();
  await taken(world);
  for (const name of await world.files.list(STORE)) await world.files.remove(`${STORE}/${name}`);
  await world.files.remove(STORE);
  expect((await said(world, 'show', '/state')).stdout).toMatch(
    /\nStore\n {2}store-1: the state that the checkpoint belongs to is in a store that is not there/,
  );
  expect((await said(world, 'show', '/state', '--state', 'sum')).stderr).toMatch(/^HR_STATE_STORE_APART: .*not there/);
});

test('with state in a store nobody is sent to an older checkpoint, which a start would refuse', async () => {
  const world = virtualWorld();
  await taken(world);
  const path = `${PIPELINE}/0000000002.ckpt`;
  const file = await world.files.open(path, 'extend');
  // Of the header: nobody can know whether it held tokens.
  await file.write(Uint8Array.of(0x55), 1);
  await file.close();
  const withStore =
    /Put the file back from a copy\. Its state is in a store on the disk, which cannot go back to an older checkpoint: put the whole folder/;
  expect((await said(world, 'verify', '/state')).stdout).toMatch(withStore);
  const plan = pipeline('totals')
    .from(upTo({ to: 7 }))
    .keyBy((n) => `key ${n % 3}`)
    .scan(
      'sum',
      () => 0,
      (sum, n) => sum + n,
    )
    .to(each(() => {}));
  const runtime = embedded({ world, dir: '/state', state: 'disk' });
  await expect(world.until(start(plan, { runtime }))).rejects.toMatchObject({
    code: 'HR_CHECKPOINT_DAMAGED',
    todo: expect.stringMatching(withStore) as string,
  });
});

/** The store has no order. */
function sorted(text: string): string {
  return text.split('\n').toSorted().join('\n');
}
