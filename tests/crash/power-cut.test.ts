// The same plans on a disk in memory: the power goes at every call that changes the disk, one after the other. What was
// not synced is gone; the next run goes on from the rest.
import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../../src/base/dying-files.ts';
import { passing, passingFile } from '../../src/base/files-passing.ts';
import { type VirtualWorld, virtualWorld } from '../../src/base/virtual-world.ts';
import type { Files } from '../../src/core/world.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { committedOf, difference, type Outputs } from './compared.ts';
import { inputsOf } from './inputs.ts';
import { plans } from './pipelines.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const seed = Number(process.env['HEADRACE_SEED'] ?? 20261121);
const RECORDS = 240;
/** In virtual time; a run takes a second or two. */
const LIFE_MS = 20_000;
const STRIDE = isFull ? 1 : 9;
const DYING: readonly Dying[] = ['before', 'half', 'after'];

async function diskWith(records: number): Promise<VirtualWorld> {
  const world = virtualWorld({ seed });
  const { files } = world;
  for (const folder of ['/in', '/out', '/state']) await files.makeFolder(folder);
  const inputs = inputsOf(seed, records);
  for (const [name, text] of Object.entries(inputs)) {
    const file = await files.open(`/in/${name}.jsonl`, 'create');
    await file.write(new TextEncoder().encode(text), 0);
    await file.sync();
    await file.close();
  }
  await files.syncFolder('/in');
  return world;
}

/** One run in virtual time; answers what it ended with. */
async function life(plan: string, world: VirtualWorld, files: Files, keeps: 'checkpoints' | 'nothing' = 'checkpoints'): Promise<unknown> {
  const wait = (turns: number): Promise<void> => new Promise((go) => world.scheduler.after(turns, go));
  const scene = { inputs: '/in', outputs: '/out', blockBytes: 96, wait, watch: <S>(sink: S) => sink };
  let isStarted = false;
  const pause = async (ms: number): Promise<void> => {
    if (isStarted) await new Promise<void>((go) => world.scheduler.after(ms, go));
  };
  const slowly = { ...world, files: slow(files, pause) };
  const runtime = embedded(keeps === 'nothing' ? { world: slowly } : { dir: '/state', checkpointEvery: 5, world: slowly });
  try {
    // Not in virtual time: what keeps checkpoints is loaded here.
    const running = await runtime.start(plans[plan]!.make(scene), {});
    isStarted = true;
    await world.until(running.done, LIFE_MS);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Reads and syncs take time, so that there is something under way whenever the power goes. */
function slow(files: Files, pause: (ms: number) => Promise<void>): Files {
  return passing(files, (file, path) => ({
    ...passingFile(file),
    read: (into, position) => pause(path.startsWith('/in') ? 1 : 0).then(() => file.read(into, position)),
    sync: () => pause(2).then(() => file.sync()),
  }));
}

/** What is visible on the disk. */
async function outputs(plan: string, { files }: VirtualWorld): Promise<Outputs> {
  const texts = new Map<string, string>();
  for (const name of await files.list('/out')) {
    const file = await files.open(`/out/${name}`, 'read');
    const bytes = new Uint8Array(await file.size());
    await file.read(bytes, 0);
    await file.close();
    texts.set(name, new TextDecoder().decode(bytes));
  }
  return committedOf(plan, texts);
}

/** What nobody will ever commit. */
async function leftovers({ files }: VirtualWorld): Promise<string> {
  return (await files.list('/out')).filter((name) => name.endsWith('.part')).join(' ');
}

for (const plan of Object.keys(plans)) {
  test(`${plan}: wherever the power goes, the run that goes on commits what an undisturbed run commits`, async () => {
    const plain = await diskWith(RECORDS);
    expect(await life(plan, plain, plain.files, 'nothing')).toBe(undefined);
    const expected = await outputs(plan, plain);
    const whole = await diskWith(RECORDS);
    const counted = dyingFiles(whole.files, Number.POSITIVE_INFINITY, 'before');
    expect(await life(plan, whole, counted)).toBe(undefined);
    expect(difference(plan, expected, await outputs(plan, whole))).toBe(undefined);
    // Long enough for many checkpoints: each is some twenty changes.
    expect(counted.changes).toBeGreaterThan(150);
    let cuts = 0;
    for (let at = 0; at < counted.changes; at += STRIDE) {
      for (const dying of DYING) {
        const world = await diskWith(RECORDS);
        // Twice: the second life dies a little later than the first.
        for (const diesAt of [at, (at * 7) % 40]) {
          const files = dyingFiles(world.files, diesAt, dying);
          const error = await life(plan, world, files);
          if (files.isDead) cuts++;
          else expect(error, `cut at ${at}`).toBe(undefined);
          world.files.powerCut();
        }
        expect(await life(plan, world, world.files), `the life after the cut at ${at}, ${dying}`).toBe(undefined);
        world.files.powerCut();
        const said = difference(plan, expected, await outputs(plan, world));
        expect(await leftovers(world), `cut ${dying} change ${at}`).toBe('');
        expect(said, `cut ${dying} change ${at} of ${counted.changes}, HEADRACE_SEED=${seed}`).toBe(undefined);
      }
    }
    console.log(`${plan}: ${cuts} power cuts over ${counted.changes} changes of the disk`);
  }, 300_000);
}
