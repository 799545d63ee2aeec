import { spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { realWorld } from '../../base/real-world.ts';
import type { HeadraceError } from '../../core/error.ts';
import { isWorker } from './is-worker.ts';
import { RemoteStage, type RemoteStageOptions } from './remote-stage.ts';
import { restoredOf, RigHost, written } from './remote-rig-host.ts';
import { LOADER, rigChunk, rigWire } from './remote-rig.ts';
import { spawnProcess } from './spawn-process.ts';
import { spawnThread } from './spawn-thread.ts';
import type { Transport } from './transport.ts';

const world = realWorld();
const open: RemoteStage[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((stage) => stage.close()));
});

function remote(transport: Transport, options: Partial<RemoteStageOptions> = {}): RemoteStage {
  const named = { module: 'rig', stage: 's1', fingerprint: 'print of rig', loader: LOADER };
  const stage = new RemoteStage({ transport, wire: rigWire(), ...named, ...options });
  open.push(stage);
  return stage;
}

const kinds = [
  { kind: 'process', start: () => spawnProcess() },
  { kind: 'thread', start: () => spawnThread() },
] as const;

test.each(kinds)('a stage in a $kind emits in order, is captured exactly, and goes on in another one', async ({ start }) => {
  const host = await new RigHost(remote(start()), world).open();
  for (let i = 0; i < 200; i++) {
    const wait = host.call((stage) => stage.process('in', rigChunk(i, [i, i + 200])));
    if (wait !== undefined) await wait;
  }
  void host.call((stage) => stage.process('in', rigChunk(200, ['who'])));
  await host.call((stage) => stage.prepareBarrier(13));
  const expected = Array.from({ length: 200 }, (_, i) => [`doubled: ${2 * i}`, `doubled: ${2 * i + 400}`]).flat();
  expect(host.emitted.filter((each) => each.startsWith('doubled'))).toEqual(expected);
  expect(host.emitted.slice(-2)).toEqual(['who: true', 'time: before barrier 13']);
  const sections = await written(host.call((stage) => stage.barrier(13)));
  const next = await new RigHost(remote(start()), world).open(restoredOf(sections));
  await next.call((stage) => stage.prepareBarrier(14));
  expect([...(await written(next.call((stage) => stage.barrier(14)))).values()]).toEqual([...sections.values()]);
  await host.call((stage) => stage.end('in'));
  expect(host.emitted.at(-1)).toBe('slow: 1013');
  expect(isWorker()).toBe(false);
});

test.each(kinds)('process.exit in a $kind is named, with its code and its last words', async ({ start }) => {
  const host = await new RigHost(remote(start()), world).open();
  void host.call((stage) => stage.process('orders', rigChunk(41, [2])));
  await host.until(() => host.emitted.length === 1);
  void host.call((stage) => stage.process('orders', rigChunk(42, ['exit'])));
  const error = (await host.failed) as HeadraceError;
  expect(error.code).toBe('HR_WORKER_CRASHED');
  expect(error.what).toContain("ended with exit code 7 while it was at process of 'orders', record rig/0/42");
  expect(error.where).toBe("stage 's1', copy 1 of 2");
});

test('the last lines of stderr stand in the error of a process', async () => {
  const host = await new RigHost(remote(spawnProcess()), world).open();
  void host.call((stage) => stage.process('orders', rigChunk(42, ['exit'])));
  expect(String(await host.failed)).toContain('these are my last words');
});

test('kill -9 is named while nothing is under way too', async () => {
  const transport = spawnProcess();
  const host = await new RigHost(remote(transport), world).open();
  process.kill(transport.pid!, 'SIGKILL');
  const error = (await host.failed) as HeadraceError;
  expect(error.what).toBe('The worker was killed by SIGKILL while it had nothing to answer');
});

test.each(kinds)(
  'a function that never returns in a $kind is named within the deadline, and the worker is killed',
  async ({ kind, start }) => {
    const stage = remote(start(), { pingEvery: '50ms', answerWithin: '400ms' });
    const host = await new RigHost(stage, world).open();
    const begun = world.clock.monotonic();
    void host.call((each) => each.process('orders', rigChunk(40, [1, 2, 'hang', 3])));
    const error = (await host.failed) as HeadraceError;
    expect(error.code).toBe('HR_WORKER_HUNG');
    // A thread shares a note of its row; of a process only the chunk is known.
    const record = kind === 'thread' ? 'record rig/0/42' : 'in the 4 records that begin with rig/0/40';
    expect(error.what).toContain(`while it was at process of 'orders', ${record}`);
    expect(world.clock.monotonic() - begun).toBeLessThan(3000);
    await stage.close();
  },
);

test.each(kinds)('a $kind that hangs is killed when it is let go and does not go', async ({ start }) => {
  const stage = remote(start());
  const host = await new RigHost(stage, world).open();
  void host.call((each) => each.process('orders', rigChunk(0, ['hang'])));
  host.call((each) => each.abort(new Error('enough')));
  const begun = world.clock.monotonic();
  await stage.close();
  expect(world.clock.monotonic() - begun).toBeLessThan(6000);
});

test.each(kinds)('an error of a user function in a $kind crosses with its stack, after what came before it', async ({ start }) => {
  const host = await new RigHost(remote(start()), world).open();
  void host.call((stage) => stage.process('in', rigChunk(0, [1])));
  void host.call((stage) => stage.process('in', rigChunk(1, ['throw'])));
  const error = (await host.failed) as Error;
  expect(error).toMatchObject({ name: 'TypeError', message: 'it was thrown here', cause: { message: 'for this reason' } });
  expect(error.stack).toMatch(/remote-rig\.ts:\d+/);
  expect(host.emitted).toEqual(['doubled: 2', 'odd: in 1']);
});

test.each(kinds)('another plan is refused by a $kind before it is opened', async ({ start }) => {
  const stage = remote(start(), { fingerprint: 'of yesterday' });
  await expect(new RigHost(stage, world).open()).rejects.toMatchObject({ code: 'HR_PLAN_DIFFERS' });
});

test.each(kinds)('a module that is not there fails the start of a $kind', async ({ start }) => {
  const stage = remote(start(), { loader: new URL('./no-such-loader.ts', import.meta.url).href });
  await expect(new RigHost(stage, world).open()).rejects.toThrow('no-such-loader');
});

test('an entry that is not there is a crash with what node said', async () => {
  const stage = remote(spawnProcess({ main: new URL('./nowhere.ts', import.meta.url) }));
  const opened = new RigHost(stage, world).open();
  await expect(opened).rejects.toMatchObject({ code: 'HR_WORKER_CRASHED', message: expect.stringContaining('nowhere.ts') as string });
});

test.each(kinds)('what is under way to a $kind stays within the window', async ({ start }) => {
  const host = await new RigHost(remote(start(), { window: { chunks: 2 } }), world).open();
  expect(host.call((stage) => stage.process('in', rigChunk(0, ['many 1000'])))).toBeUndefined();
  const wait = host.call((stage) => stage.process('in', rigChunk(1, ['many 1000']))) as Promise<void>;
  expect(wait).toBeInstanceOf(Promise);
  await wait;
  expect(host.emitted.length).toBeGreaterThanOrEqual(1000);
});

test('signals of the terminal are left to the host', async () => {
  const transport = spawnProcess();
  const host = await new RigHost(remote(transport), world).open();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(transport.pid!, signal);
  void host.call((stage) => stage.process('in', rigChunk(0, [2])));
  await host.call((stage) => stage.end('in'));
  expect(host.emitted).toEqual(['doubled: 4']);
});

test('a worker ends when its host dies', async () => {
  const spawnModule = new URL('./spawn-process.ts', import.meta.url).href;
  const program = `import { spawnProcess } from '${spawnModule}'; console.log(spawnProcess().pid); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  expect(process.kill(pid, 0)).toBe(true);
  // The worker shares the stdout of its host, which closes when both are gone.
  const gone = new Promise((resolve) => {
    parent.once('close', resolve);
  });
  parent.kill('SIGKILL');
  await gone;
});
