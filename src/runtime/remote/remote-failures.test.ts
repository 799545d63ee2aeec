import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import type { HeadraceError } from '../../core/error.ts';
import { memoryTransports } from './memory-transport.ts';
import { decodeMessage, encodeMessage, type Message } from './messages.ts';
import { openRemote, RigHost } from './remote-rig-host.ts';
import { rigChunk, RigStage, rigWire } from './remote-rig.ts';
import { RemoteStage } from './remote-stage.ts';
import { serveStage } from './serve-stage.ts';

test('a failure comes after what was emitted before it, with the stack of the worker, and is thrown by every call since', async () => {
  const { host, world, far } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, [1])));
  void host.call((stage) => stage.process('in', rigChunk(1, ['throw'])));
  const end = host.call((stage) => stage.end('in')) as Promise<void>;
  const error = (await world.until(host.failed)) as Error;
  expect(host.emitted).toEqual(['doubled: 2', 'odd: in 1']);
  expect(error).toMatchObject({ name: 'TypeError', message: 'it was thrown here', cause: { message: 'for this reason' } });
  expect(error.stack).toContain('remote-rig.ts');
  await expect(end).rejects.toBe(error);
  expect(() => host.call((stage) => stage.process('in', rigChunk(2, [1])))).toThrow('it was thrown here');
  expect(far.calls).toEqual(['abort: it was thrown here']);
});

test('an error of ours and a rejection cross as they are', async () => {
  const first = await openRemote();
  void first.host.call((stage) => stage.process('in', rigChunk(0, ['refuse'])));
  expect(await first.world.until(first.host.failed)).toMatchObject({ code: 'HR_KEY_INVALID', action: 'deadLetter', where: 'rig' });
  const second = await openRemote();
  void second.host.call((stage) => stage.process('in', rigChunk(0, ['reject'])));
  expect(await second.world.until(second.host.failed)).toMatchObject({ message: 'it was rejected' });
});

test('a worker that goes is named with what it was doing, after what it had sent', async () => {
  const { host, world, crash } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, [2])));
  await world.advance(10);
  void host.call((stage) => stage.process('in', rigChunk(7, ['hold', 1, 2])));
  await world.advance(10);
  crash();
  const error = (await world.until(host.failed)) as HeadraceError;
  expect(error.code).toBe('HR_WORKER_CRASHED');
  expect(error.where).toBe("stage 's1', copy 1 of 2");
  expect(error.what).toContain("while it was at process of 'in', in the 3 records that begin with rig/0/7");
  expect(host.emitted).toEqual(['doubled: 4']);
});

test('another plan is refused when the stage is opened', async () => {
  await expect(openRemote({ fingerprint: 'g' })).rejects.toMatchObject({ code: 'HR_PLAN_DIFFERS', where: "stage 's1'" });
});

test('another version of our messages is refused by both sides', async () => {
  const world = virtualWorld();
  const [near, far] = memoryTransports(world.scheduler);
  serveStage(far, { world, load: () => ({ fingerprint: 'f', makeStage: () => new RigStage(), wireFor: rigWire }) });
  const answer = new Promise<Message>((resolve) => {
    near.onMessage((bytes) => resolve(decodeMessage(bytes)));
  });
  void near.send(
    Buffer.concat(encodeMessage({ kind: 'start', call: 1, start: { version: 2, module: 'm', stage: 's', fingerprint: 'f', time: 'own' } })),
  );
  expect(await world.until(answer)).toMatchObject({
    kind: 'failed',
    call: 1,
    error: expect.stringContaining('HR_WORKER_VERSION') as string,
  });

  const [here, there] = memoryTransports(world.scheduler);
  there.onMessage(() => void there.send(encodeMessage({ kind: 'ready', call: 1, version: 2 })));
  const stage = new RemoteStage({ transport: here, wire: rigWire(), module: 'm', stage: 's', fingerprint: 'f' });
  await expect(world.until(new RigHost(stage, world).open())).rejects.toMatchObject({ code: 'HR_WORKER_VERSION' });
});

test('a line on which somebody else writes fails the stage by name', async () => {
  const world = virtualWorld();
  const [near, far] = memoryTransports(world.scheduler);
  const stage = new RemoteStage({ transport: near, wire: rigWire(), module: 'm', stage: 's', fingerprint: 'f' });
  const opened = new RigHost(stage, world).open();
  void far.send(new TextEncoder().encode('hello'));
  await expect(world.until(opened)).rejects.toMatchObject({ code: 'HR_FRAME_DAMAGED' });
});

test('a worker that is silent in virtual time is named', async () => {
  const world = virtualWorld();
  const [near, far] = memoryTransports(world.scheduler);
  far.onMessage(() => {});
  const stage = new RemoteStage({ transport: near, wire: rigWire(), module: 'm', stage: 's', fingerprint: 'f', startWithin: '10s' });
  await expect(world.until(new RigHost(stage, world).open())).rejects.toMatchObject({
    code: 'HR_WORKER_HUNG',
    what: 'The worker gave no sign of life for 10 s while it was at start',
  });
});
