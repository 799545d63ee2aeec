import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../base/dying-files.ts';
import { letGo } from '../state/checkpoint-references.ts';
import { CaptureRig as Rig, FOLDER } from './capture-rig.ts';

test('older files are held as long as one refers to them, and go with it', async () => {
  const rig = new Rig<number>();
  await rig.begin();
  for (let key = 0; key < 100; key++) rig.states.set(rig.id(key), key);
  for (let round = 0; round < 5; round++) {
    rig.states.set(rig.id(round), -1);
    await rig.write(rig.states.capture('total'));
  }
  const names = await rig.files.list(FOLDER);
  expect(names.filter((name) => name.endsWith('.ckpt'))).toEqual(['0000000004.ckpt', '0000000005.ckpt']);
  expect(names).toContain('0000000001.ckpt.held');
  expect(await rig.checkpoints.history!.numbers()).toEqual([5, 4]);
  expect(await rig.checkpoints.history!.at(1)).toBeUndefined();
  // A new process writes everything once, and refers to nothing of the old one.
  await rig.begin();
  for (let round = 0; round < 2; round++) await rig.write(rig.states.capture('total'));
  expect(await rig.files.list(FOLDER)).toEqual(['0000000006.ckpt', '0000000007.ckpt']);
});

test('one that others refer to can be removed by hand: it is held, and they stay whole', async () => {
  const rig = new Rig<number>();
  await rig.begin();
  for (let key = 0; key < 100; key++) rig.states.set(rig.id(key), key);
  for (let round = 0; round < 2; round++) await rig.write(rig.states.capture('total'));
  await letGo(rig.files, FOLDER, [{ n: 1, kind: 'whole' }]);
  expect(await rig.files.list(FOLDER)).toEqual(['0000000001.ckpt.held', '0000000002.ckpt']);
  const before = rig.all();
  await rig.begin();
  expect(rig.all()).toEqual(before);
  await letGo(rig.files, FOLDER, [{ n: 2, kind: 'whole' }]);
  expect(await rig.files.list(FOLDER)).toEqual([]);
});

test('damage in what is referred to is damage of all that refer to it', async () => {
  const rig = new Rig<number>();
  await rig.begin();
  for (let key = 0; key < 100; key++) rig.states.set(rig.id(key), key);
  for (let round = 0; round < 3; round++) await rig.write(rig.states.capture('total'));
  const held = await rig.files.open(`${FOLDER}/0000000001.ckpt.held`, 'extend');
  await held.write(Uint8Array.of(0xee), 40);
  await held.close();
  await expect(rig.checkpoints.latest()).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED', what: /0000000001\.ckpt\.held/ });
  await rig.files.remove(`${FOLDER}/0000000001.ckpt.held`);
  await expect(rig.checkpoints.latest()).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED', what: /checkpoint 1, which it refers to/ });
});

/** Four checkpoints, each with some changes; answers what each has. */
async function fourCheckpoints(rig: Rig<number>, written: Map<string, number>[]): Promise<void> {
  for (let round = 1; round <= 4; round++) {
    for (let key = 0; key < (round === 1 ? 40 : 3); key++) rig.states.set(rig.id(key * round), round);
    rig.states.delete(rig.id(30 + round));
    written.push(rig.all());
    await rig.write(rig.states.capture('total'));
  }
}

test.each<Dying>(['before', 'half', 'after'])(
  'killed %s any change of the disk, and with the power cut, the newest checkpoint is whole with all it refers to',
  async (dying) => {
    for (let diesAt = 0; ; diesAt++) {
      const rig = new Rig<number>();
      const dead = dyingFiles(rig.disk, diesAt, dying);
      rig.files = dead;
      const written: Map<string, number>[] = [];
      const survived = await rig
        .begin()
        .then(() => fourCheckpoints(rig, written))
        .then(
          () => true,
          () => false,
        );
      expect(survived).toBe(!dead.isDead);
      for (const cut of [false, true]) {
        if (cut) rig.disk.powerCut();
        rig.files = rig.disk;
        await rig.begin();
        // Each barrier saw other states, so what is there tells which one it is.
        const which = [new Map(), ...written].findIndex((states) => isDeepStrictEqual(states, rig.all()));
        expect(which, `a death at change ${diesAt}`).toBeGreaterThanOrEqual(Math.max(0, written.length - 1));
      }
      if (!dead.isDead) break;
    }
  },
  60_000,
);
