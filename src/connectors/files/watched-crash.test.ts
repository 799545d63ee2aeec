import { expect, test } from 'vitest';
import { dyingFiles } from '../../base/dying-files.ts';
import { virtualWorld, type VirtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import type { Resume } from '../../core/source.ts';
import type { World } from '../../core/world.ts';
import { openCheckpoints } from '../../state/checkpoints.ts';
import { fileSource } from './file-source.ts';

// What is kept and what was read: each record goes to a list with the resume behind it, as state and positions go into one
// checkpoint. Whatever was not in the newest checkpoint is read again.
test('killed at any call and restarted, with files that come all the time, every record is there exactly once', async () => {
  for (const powerCut of [false, true]) {
    for (let diesAt = 0, isDead = true; isDead; diesAt++) {
      const world = virtualWorld();
      await world.files.makeFolder('/in');
      await world.files.syncFolder('/');
      const kept = { said: [] as string[], resume: undefined as Resume | undefined };
      const dying = dyingFiles(world.files, diesAt, 'half');
      const first = live({ ...world, files: dying }, kept);
      for (let i = 0; i < 6; i++) {
        await arrive(world, i);
        await world.advance(700);
      }
      isDead = dying.isDead;
      if (!isDead) expect(diesAt).toBeGreaterThan(30);
      first.stop();
      await world.advance(5000);
      await first.done;
      if (powerCut) world.files.powerCut();
      const newest = await load(world);
      const second = live(world, newest);
      for (let i = 6; i < 8; i++) {
        await arrive(world, i);
        await world.advance(700);
      }
      await world.advance(20_000);
      second.stop();
      await world.advance(5000);
      await second.done;
      const expected = Array.from({ length: 8 }, (_, i) => [`${i} first`, `${i} second`, `${i} third`]).flat();
      expect((await load(world)).said.toSorted(), `died at ${diesAt}`).toEqual(expected.toSorted());
      if (!isDead) break;
    }
  }
});

interface Kept {
  readonly said: readonly string[];
  readonly resume: Resume | undefined;
}

/** A file as a careful program brings it: written under another name, safe, then renamed. Their names go up and down. */
async function arrive(world: VirtualWorld, i: number): Promise<void> {
  const file = await world.files.open('/in/.new', 'create');
  await file.write(Buffer.from(`${i} first\n${i} second\n${i} third\n`), 0);
  await file.sync();
  await file.close();
  await world.files.rename('/in/.new', `/in/${(i * 5) % 8}`);
  await world.files.syncFolder('/in');
}

/** One process: reads, and keeps a checkpoint behind every few records. */
function live(world: World, from: Kept): { readonly done: Promise<void>; stop(): void } {
  const reading = new AbortController();
  const { signal } = reading;
  const source = fileSource('/in', text(), { watch: true, settle: '1s' });
  const done = (async () => {
    const checkpoints = await openCheckpoints(world.files, '/state', 'p');
    let n = (await checkpoints.latest())?.n ?? 0;
    const said = [...from.said];
    const reader = await source.open(0, from.resume, { world, signal });
    while (!signal.aborted) {
      const answer = await reader.read(2, signal);
      said.push(...answer.bodies!.map((body) => text().decode(body)));
      if (answer.bodies!.length === 0) continue;
      const positions = [{ source: 'in', partition: '0', resume: answer.resume, ended: false }];
      await checkpoints.write(++n, { ...content, positions, plan: said }, []);
      await checkpoints.committed(n);
    }
    await reader.close();
  })().catch((error: unknown) => {
    expect(String(error)).toMatch('the process is dead');
  });
  return { done, stop: () => reading.abort() };
}

async function load(world: World): Promise<Kept> {
  const newest = await (await openCheckpoints(world.files, '/state', 'p')).latest();
  return { said: (newest?.plan as unknown as string[] | undefined) ?? [], resume: newest?.positions[0]?.resume };
}

const content = { pipeline: 'p', fingerprint: 'f', takenAt: 0, maxParallelism: 128, tokens: [], isStop: false, isCompleted: false };
