import { expect, test } from 'vitest';
import { dyingFiles } from './dying-files.ts';
import { takeLock } from './owned-lock.ts';
import { virtualWorld } from './virtual-world.ts';

test('who finds a lock taken is told by whom, and since when', async () => {
  const { files } = virtualWorld({ start: 5000 });
  const first = await takeLock(files, '/a.lock', 'process 7');
  expect(await takeLock(files, '/a.lock', 'process 8')).toEqual({ owner: 'process 7', sinceMs: 5000 });
  if ('release' in first) await first.release();
  expect(await files.list('/')).toEqual(['a.lock']);
  expect(await takeLock(files, '/a.lock', 'process 8')).toHaveProperty('release');
});

test('an owner who left no text has no name, and still the lock', async () => {
  const { files } = virtualWorld();
  await files.lock('/a.lock');
  expect(await takeLock(files, '/a.lock', 'process 8')).toEqual({ owner: '', sinceMs: undefined });
});

test('the lock of a process that died at any call is free for the next, whatever text it left', async () => {
  for (const dying of ['before', 'half', 'after'] as const) {
    for (let diesAt = 0; ; diesAt++) {
      const { files } = virtualWorld();
      const process = dyingFiles(files, diesAt, dying);
      const life = async (): Promise<void> => {
        const lock = await takeLock(process, '/a.lock', 'process 7');
        if ('release' in lock) await lock.release();
      };
      await life().catch((error: unknown) => expect(String(error)).toMatch('the process is dead'));
      expect(await takeLock(files, '/a.lock', 'process 8'), `died ${dying} ${diesAt}`).toHaveProperty('release');
      if (!process.isDead) {
        expect(diesAt).toBe(4);
        break;
      }
    }
  }
});

test('a power cut frees the lock', async () => {
  const { files } = virtualWorld();
  await takeLock(files, '/a.lock', 'process 7');
  await files.syncFolder('/');
  files.powerCut();
  expect(await takeLock(files, '/a.lock', 'process 8')).toHaveProperty('release');
});
