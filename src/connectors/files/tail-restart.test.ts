import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { VirtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import type { World } from '../../core/world.ts';
import { fileSource } from './file-source.ts';
import { put, read } from './files-rig.ts';
import { tell, type Told } from './source-rig.ts';
import { append, disk, Following, LOG } from './tail-rig.ts';

test('behind every record it goes on there, whatever the file is called by then', async () => {
  const rotate = async (world: VirtualWorld): Promise<void> => {
    await append(world, 'a4\n');
    await world.advance(1000);
    if ((await world.files.stat(`${LOG}.1`)) !== undefined) await world.files.rename(`${LOG}.1`, `${LOG}.2`);
    await world.files.rename(LOG, `${LOG}.1`);
  };
  const turns: Readonly<Record<string, readonly [(world: VirtualWorld) => Promise<void>, readonly string[]]>> = {
    appended: [(world) => append(world, 'a4\n'), ['a4']],
    renamed: [async (world) => (await rotate(world), await put(world, 'b1\n', LOG)), ['a4', 'b1']],
    'renamed twice': [
      async (world) => {
        await rotate(world);
        await put(world, 'b1\n', LOG);
        await rotate(world);
        await put(world, 'c1\n', LOG);
      },
      ['a4', 'b1', 'a4', 'c1'],
    ],
    'renamed, with one packed beside it': [
      async (world) => {
        await put(world, gzipSync('packed\n'), `${LOG}.2.gz`);
        await rotate(world);
        await world.advance(1000);
        await put(world, gzipSync('packed later\n'), `${LOG}.3.gz`);
        await put(world, 'b1\n', LOG);
      },
      ['a4', 'b1'],
    ],
    'renamed to a name that is not like its own': [
      async (world) => {
        await append(world, 'a4\n');
        await world.files.rename(LOG, '/log/old');
        await put(world, 'b1\n', LOG);
      },
      ['a4', 'b1'],
    ],
    'copied and cut': [
      async (world) => {
        await append(world, 'a4\n');
        await put(world, await read(world, LOG), `${LOG}.1`);
        await put(world, 'b1\n', LOG);
      },
      ['a4', 'b1'],
    ],
  };
  for (const [how, [turn, more]] of Object.entries(turns)) {
    for (let behind = 0; behind < 3; behind++) {
      const world = await disk();
      await put(world, 'a1\na2\na3\n', LOG);
      const first = new Following(world, undefined, { blockBytes: 16 });
      await world.advance(1000);
      await first.stop();
      const all = ['a1', 'a2', 'a3'];
      expect(first.said).toEqual(all);
      // One record a read, to have a resume behind each.
      const { resumes } = await eachResume(world);
      await turn(world);
      const again = new Following(world, resumes[behind]);
      await world.advance(30_000);
      expect(again.said, `${how}, behind ${behind}`).toEqual([...all.slice(behind + 1), ...more]);
      expect(new Set([...first.positions.slice(0, behind + 1), ...again.positions]).size).toBe(behind + 1 + again.said.length);
      await again.stop();
    }
  }
});

async function eachResume(world: World): Promise<Told> {
  const told: Told = { said: [], positions: [], resumes: [] };
  const { signal } = new AbortController();
  const source = fileSource(LOG, text(), { tail: true });
  const reader = await source.open(0, undefined, { world, signal });
  while (told.said.length < 3) tell(source, await reader.read(1, signal), told);
  await reader.close();
  return told;
}

test('stopped between two files it misses none of them', async () => {
  const world = await disk();
  await put(world, 'a1\n', LOG);
  const first = new Following(world);
  await world.advance(1000);
  await world.files.rename(LOG, `${LOG}.1`);
  await put(world, '', LOG);
  await world.advance(10_000);
  await first.stop();
  await append(world, 'b1\n');
  await world.files.rename(`${LOG}.1`, `${LOG}.2`);
  await world.advance(1000);
  await world.files.rename(LOG, `${LOG}.1`);
  await put(world, 'c1\n', LOG);
  const again = new Following(world, first.resume);
  await world.advance(10_000);
  expect([...first.said, ...again.said]).toEqual(['a1', 'b1', 'c1']);
  await again.stop();
});

test('a file that is nowhere is told once, and reading goes on with the one of today', async () => {
  const world = await disk();
  await put(world, 'a1\na2\n', LOG);
  const first = new Following(world);
  await world.advance(1000);
  await first.stop();
  await world.files.remove(LOG);
  await put(world, 'b1\nb2\nb3\n', LOG);
  const again = new Following(world, first.resume);
  await world.advance(1000);
  expect(again.said).toEqual([`HR_FILE_LOST file:${LOG}, byte 6`, 'b1', 'b2', 'b3']);
  expect(again.positions).toEqual(['0:6', '1:0', '1:3', '1:6']);
  await again.stop();
  const third = new Following(world, again.resumes[0]);
  await world.advance(1000);
  expect(third.said).toEqual(['b1', 'b2', 'b3']);
  await third.stop();
});

test('a checkpoint of the file from when it was not followed is gone on from', async () => {
  const world = await disk();
  await put(world, 'a1\na2\n', LOG);
  const { signal } = new AbortController();
  const reader = await fileSource(LOG, text()).open(0, undefined, { world, signal });
  const { resume } = await reader.read(1, signal);
  await reader.close();
  for (const from of [resume, 3]) {
    const following = new Following(world, from);
    await world.advance(1000);
    expect(following.said).toEqual(['a2']);
    await following.stop();
  }
});

test('a file that begins the same and is too short for the place is not the one', async () => {
  const world = await disk();
  const head = `${'h'.repeat(300)}\n`;
  await put(world, `${head}a2\na3\n`, LOG);
  const { resumes } = await eachResume(world);
  await put(world, head, LOG);
  const following = new Following(world, resumes[2]);
  await world.advance(1000);
  expect(following.said).toEqual([`HR_FILE_LOST file:${LOG}, byte 307`, head.trim()]);
  await following.stop();
});
