import fc from 'fast-check';
import { expect, test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { memoryTransports } from './memory-transport.ts';
import { openRemote, restoredOf, RigHost, written } from './remote-rig-host.ts';
import { rigChunk, RigStage, rigWire } from './remote-rig.ts';
import { RemoteStage } from './remote-stage.ts';
import { serveStage } from './serve-stage.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('what a call emitted is given out before the call is answered, in a call of the host', async () => {
  const { host, world } = await openRemote();
  expect(host.call((stage) => stage.process('in', rigChunk(0, [1, 2, 3])))).toBeUndefined();
  expect(host.emitted).toEqual([]);
  const end = host.call((stage) => stage.end('in')) as Promise<void>;
  await world.until(end);
  expect(host.emitted).toEqual(['doubled: 2', 'doubled: 4', 'doubled: 6', 'odd: in 1', 'odd: in 3']);
});

test('any calls give the same as the stage itself, in the same order', async () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('process' as const),
      input: fc.constantFrom('a', 'b', 'keyed'),
      values: fc.array(fc.nat(999), { maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant('watermark' as const), input: fc.constantFrom('a', 'b'), ms: fc.oneof(fc.nat(), fc.constant(Infinity)) }),
    fc.record({ kind: fc.constant('idle' as const), input: fc.constantFrom('a', 'b') }),
    fc.record({ kind: fc.constant('barrier' as const), n: fc.nat(12) }),
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), async (steps, chunks) => {
    const remote = await openRemote({ window: { chunks } });
    const world = virtualWorld();
    const local = await new RigHost(new RigStage(), world).open();
    const states: string[][] = [];
    for (const host of [remote.host, local]) {
      const captured: string[] = [];
      for (const each of steps) {
        const wait = host.call((stage) => {
          if (each.kind === 'process') return stage.process(each.input, rigChunk(0, each.values));
          if (each.kind === 'watermark') return stage.watermark(each.input, each.ms);
          return each.kind === 'idle' ? stage.idle(each.input) : stage.prepareBarrier(each.n);
        });
        if (wait !== undefined) await remote.world.until(wait);
        if (each.kind !== 'barrier') continue;
        const capture = host.call((stage) => stage.barrier(each.n));
        for (const bytes of (await remote.world.until(written(capture))).values()) captured.push(text(bytes));
        captured.push(`after ${host.emitted.length}`);
      }
      const end = host.call((stage) => stage.end('a'));
      if (end !== undefined) await remote.world.until(end);
      states.push(captured);
    }
    expect(remote.host.emitted).toEqual(local.emitted);
    expect(states[0]).toEqual(states[1]);
  });
  await fc.assert(property, { numRuns: 60 });
});

test('a host that takes nothing is sent nothing: at most the window is under way', async () => {
  const { host, far, world } = await openRemote({ window: { chunks: 3, bytes: 1_000_000 } });
  host.isTaking = false;
  let sent = 0;
  let wait: void | Promise<void>;
  for (wait = undefined; wait === undefined && sent < 100; sent++) wait = host.call((stage) => stage.process('in', rigChunk(sent, [1])));
  expect(sent).toBe(3);
  await world.advance(1000);
  let isFree = false;
  void wait!.then(() => {
    isFree = true;
  });
  await world.advance(1000);
  expect(far.sums[1]).toBe(3); // It has worked, but nobody has taken what it made.
  expect(isFree).toBe(false);
  host.isTaking = true;
  host.wake();
  await world.until(wait!);
  expect(host.emitted.length).toBe(6);
});

test('bytes fill the window too, and a chunk larger than all of it goes alone', async () => {
  const { host, world } = await openRemote({ window: { chunks: 100, bytes: 100 } });
  const large = host.call((stage) => stage.process('in', rigChunk(0, new Array(200).fill(2)))) as Promise<void>;
  expect(large).toBeInstanceOf(Promise);
  await world.until(large);
  expect(host.emitted.length).toBe(200);
});

test('an input that is held does not hold back another, which may be what it waits for', async () => {
  const { host, world } = await openRemote({ window: { chunks: 1 } });
  const held = host.call((stage) => stage.process('a', rigChunk(0, ['hold']))) as Promise<void>;
  await world.advance(100);
  await world.until(host.call((stage) => stage.process('b', rigChunk(0, ['go']))) as Promise<void>);
  await world.until(held);
});

test('a barrier is exact: what was emitted before it is out, what is answered after it is not, and it is captured', async () => {
  const { host, world } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, [1, 2, 3])));
  await world.until(host.call((stage) => stage.prepareBarrier(13)) as Promise<void>);
  const before = [...host.emitted];
  expect(before).toEqual(['doubled: 2', 'doubled: 4', 'doubled: 6', 'odd: in 1', 'odd: in 3', 'time: before barrier 13']);
  // On the other side the barrier was called at once, and 1013 has been answered behind it.
  await world.advance(500);
  host.call((stage) => stage.advance(world.clock.monotonic()));
  expect(host.emitted).toEqual(before);
  const capture = host.call((stage) => stage.barrier(13));
  void host.call((stage) => stage.process('in', rigChunk(3, [100])));
  await world.advance(500);
  expect(host.emitted.slice(before.length)).toEqual(['slow: 1013', 'doubled: 200']);
  const sections = await world.until(written(capture));
  expect([...sections.values()].map(text)).toEqual(['0', '1', '2', '3', '[]']); // Without the 100.
});

test('a barrier waits for what is on its way, also behind an input that is held', async () => {
  const { host, world } = await openRemote();
  void host.call((stage) => stage.process('a', rigChunk(0, ['hold'])));
  void host.call((stage) => stage.process('a', rigChunk(1, [5])));
  void host.call((stage) => stage.process('b', rigChunk(0, ['go'])));
  await world.until(host.call((stage) => stage.prepareBarrier(1)) as Promise<void>);
  expect(host.emitted).toEqual(['doubled: 10', 'odd: a 5', 'time: before barrier 1']);
  const sections = await world.until(written(host.call((stage) => stage.barrier(1))));
  expect([...sections.values()].map(text)).toEqual(['0', '5', '0', '0', '[]']);
});

test('a capture stays where it is until it is written, goes on elsewhere, and is dropped there', async () => {
  const { host, far, world } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, [1, 6, 1001])));
  await world.until(host.call((stage) => stage.prepareBarrier(1)) as Promise<void>);
  const capture = host.call((stage) => stage.barrier(1));
  await world.advance(100);
  expect(far.calls).toEqual(['barrier 1']);
  const sections = await world.until(written(capture));
  expect(far.calls).toEqual(['barrier 1', 'write']);
  const next = await openRemote({}, restoredOf(sections));
  expect(next.far.sums).toEqual([0, 1, 6, 0]);
  await world.until(host.call((stage) => stage.prepareBarrier(2)) as Promise<void>);
  host.call((stage) => stage.barrier(2)).drop();
  await world.advance(100);
  expect(far.calls.slice(2)).toEqual(['barrier 2', 'drop']);
});

test('a record without an answer at the barrier is asked again after a restore', async () => {
  const sections = new Map([
    [{ operator: 'rig', cell: 'pending', scope: { kind: 'one' }, codec: 'rig/1' } as const, new TextEncoder().encode('[1001]')],
  ]);
  const { host, world } = await openRemote({}, restoredOf(sections));
  await world.advance(100);
  expect(host.emitted).toEqual(['slow: 1001']);
});

test('state that cannot be written fails its checkpoint, and the stage lives on', async () => {
  const { host, world } = await openRemote();
  await world.until(host.call((stage) => stage.prepareBarrier(66)) as Promise<void>);
  const capture = host.call((stage) => stage.barrier(66));
  await expect(world.until(written(capture))).rejects.toMatchObject({ code: 'HR_VALUE_UNENCODABLE' });
  await world.until(host.call((stage) => stage.prepareBarrier(67)) as Promise<void>);
  const full = host.call((stage) => stage.barrier(67)).write({ section: () => Promise.reject(new Error('the disk is full')) });
  await expect(world.until(full)).rejects.toThrow('the disk is full');
  void host.call((stage) => stage.process('in', rigChunk(0, [4])));
  await world.advance(100);
  expect(host.emitted.at(-1)).toBe('doubled: 8');
});

test('state comes no faster than it is written', async () => {
  const world = virtualWorld();
  const [near, far] = memoryTransports(world.scheduler);
  const stage = new RigStage();
  let made = 0;
  stage.barrier = () => ({
    drop() {},
    async write(to) {
      for (let i = 0; i < 40; i++, made++)
        await to.section({ operator: 'o', cell: `c${i}`, scope: { kind: 'one' }, codec: 'x' }, new Uint8Array(1_000_000));
    },
  });
  serveStage(far, { world, load: () => ({ fingerprint: 'f', makeStage: () => stage, wireFor: rigWire }) });
  const host = new RigHost(new RemoteStage({ transport: near, wire: rigWire(), module: 'm', stage: 's', fingerprint: 'f' }), world);
  await world.until(host.open());
  await world.until(host.call((each) => each.prepareBarrier(1)) as Promise<void>);
  const capture = host.call((each) => each.barrier(1));
  const disk = Promise.withResolvers<void>();
  let sections = 0;
  const done = capture.write({ section: () => (++sections === 1 ? disk.promise : undefined) });
  await world.advance(3000);
  expect(made).toBeLessThan(6);
  disk.resolve();
  await world.until(done);
  expect(sections).toBe(40);
});

test('a checkpoint that is given up while its barrier is on its way holds nothing back', async () => {
  const { host, far, world } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, ['hold'])));
  const prepared = host.call((stage) => stage.prepareBarrier(5)) as Promise<void>;
  await world.advance(100);
  const aborted = host.call((stage) => stage.aborted(5)) as Promise<void>;
  await world.until(Promise.all([prepared, aborted]));
  void host.call((stage) => stage.process('in', rigChunk(1, [3])));
  await world.advance(100);
  expect(host.emitted.slice(-2)).toEqual(['doubled: 6', 'odd: in 3']);
  expect(far.calls).toEqual(['aborted 5']);
  // The same once the barrier has been given out and waits to be called.
  await world.until(host.call((stage) => stage.prepareBarrier(6)) as Promise<void>);
  await world.until(host.call((stage) => stage.aborted(6)) as Promise<void>);
  expect(far.calls).toEqual(['aborted 5', 'barrier 6', 'drop', 'aborted 6']);
});

test('a stage is advanced by the clock of its own side, which says what that of the host says', async () => {
  const { host, world } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, ['timer 250', 'clock'])));
  await world.advance(200);
  expect(host.emitted).toEqual([`clock: 0`]);
  await world.advance(100);
  expect(host.emitted[1]).toBe('timer: 250');
  expect(host.wantsAt).toBeUndefined();
});

test('in the time of the host the stage says when it wants to be called, and time stands in between', async () => {
  const { host, world } = await openRemote({ time: 'host', answerWithin: false });
  void host.call((stage) => stage.process('in', rigChunk(0, ['timer 250'])));
  await world.settle();
  expect(host.wantsAt).toBe(250);
  await world.advance(1000); // Nobody calls.
  expect(host.emitted).toEqual([]);
  host.wake();
  await world.settle();
  expect(host.emitted).toEqual(['timer: 1000']);
  expect(host.wantsAt).toBeUndefined();
});

test('an abort reaches the stage, settles every call, and lets the worker go', async () => {
  const { host, world, far, remote } = await openRemote();
  const held = host.call((stage) => stage.process('in', rigChunk(0, ['hold'])));
  const end = host.call((stage) => stage.end('in')) as Promise<void>;
  expect(held).toBeUndefined();
  await world.advance(10);
  host.call((stage) => stage.abort(new Error('enough')));
  await expect(world.until(end)).rejects.toThrow('enough');
  await world.until(remote.close());
  expect(far.calls).toEqual(['abort: enough']);
});

test('an end and a stop settle when everything has been emitted, and the state that is left can be written', async () => {
  const { host, world } = await openRemote();
  void host.call((stage) => stage.process('in', rigChunk(0, [1001, 5])));
  await world.until(host.call((stage) => stage.end('in')) as Promise<void>);
  expect(host.emitted).toEqual(['doubled: 10', 'odd: in 5', 'slow: 1001']);
  const sections = await world.until(written(host.stage.closing()));
  expect([...sections.values()].map(text)).toEqual(['0', '5', '0', '0', '[]']);
});
