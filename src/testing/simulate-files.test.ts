import { expect, test } from 'vitest';
import { VirtualClock } from '../base/virtual-clock.ts';
import { VirtualFiles } from '../base/virtual-files.ts';
import { type Mortal, MortalFiles } from './simulate-files.ts';

function process(): {
  readonly disk: VirtualFiles;
  readonly files: MortalFiles;
  readonly clock: VirtualClock;
  readonly self: Mortal & { isDead: boolean };
} {
  const clock = new VirtualClock();
  const disk = new VirtualFiles(clock, clock);
  const self = { isDead: false, died: (): void => void (self.isDead = true) };
  return { disk, files: new MortalFiles(disk, self), clock, self };
}

/** Whether it answers, or fails, once everything that can happen has happened. */
async function answers(clock: VirtualClock, promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  promise.then(settle, settle);
  await clock.settle();
  return isSettled;
}

test('the living have a disk like any other', async () => {
  const { files } = process();
  await files.makeFolder('/a');
  const file = await files.open('/a/b', 'create');
  await file.write(Uint8Array.of(1, 2, 3), 0);
  expect([await file.size(), await files.list('/a')]).toEqual([3, ['b']]);
  await expect(files.open('/none', 'read')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('the dead change nothing and get no answer', async () => {
  const { disk, files, clock, self } = process();
  const file = await files.open('/a', 'create');
  self.isDead = true;
  const calls = [
    file.write(Uint8Array.of(1), 0),
    file.close(),
    files.open('/b', 'create'),
    files.remove('/a'),
    files.list('/'),
    files.lock('/a'),
  ];
  for (const call of calls) expect(await answers(clock, call)).toBe(false);
  expect([await disk.list('/'), (await disk.stat('/a'))?.bytes]).toEqual([['a'], 0]);
});

test('a process dies in the very call it was to die in', async () => {
  const { disk, files, clock, self } = process();
  files.dieAt(1, 'half');
  const file = await files.open('/a', 'create');
  expect(self.isDead).toBe(false);
  expect(await answers(clock, file.write(Uint8Array.of(1, 2, 3, 4), 0))).toBe(false);
  expect([self.isDead, (await disk.stat('/a'))?.bytes]).toEqual([true, 2]);
});

test('a failure that is no death is told', async () => {
  const { files, self } = process();
  files.dieAt(5, 'before');
  await expect(files.rename('/none', '/b')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(self.isDead).toBe(false);
});

test('nobody tells the dead that a file has changed', async () => {
  const { disk, files, clock, self } = process();
  const file = await disk.open('/a', 'create');
  let told = 0;
  await files.watch('/a', () => void told++);
  await file.write(Uint8Array.of(1), 0);
  await clock.settle();
  expect(told).toBe(1);
  self.isDead = true;
  await file.write(Uint8Array.of(2), 1);
  await clock.settle();
  expect(told).toBe(1);
});
