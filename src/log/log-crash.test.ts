import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../base/dying-files.ts';
import { faultyFiles } from '../base/faulty-files.ts';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { VirtualFiles } from '../base/virtual-files.ts';
import type { Files } from '../core/world.ts';
import { emptyDisk, FOLDER, readAll, record, worldOf } from './log-rig.ts';
import { PartitionWriter, type WriterOptions } from './partition-writer.ts';
import type { StagedToken } from './staged-writer.ts';

const DYINGS: readonly Dying[] = ['before', 'half', 'after'];

/** What a life has been promised, and what it has begun. */
interface Life {
  readonly acknowledged: string[];
  readonly begun: string[];
  /** Transactions by number: what they hold, and their tokens once they were sealed, which is what a checkpoint keeps. */
  readonly sealed: Map<number, { readonly token: StagedToken; readonly values: readonly string[] }>;
  readonly committed: Set<number>;
}

const newLife = (): Life => ({ acknowledged: [], begun: [], sealed: new Map(), committed: new Set() });

const options: WriterOptions = { segmentBytes: 700 };

/** Appends one by one and by groups, commits three transactions between them, and rolls through several segments. */
async function live(files: Files, life: Life): Promise<void> {
  const writer = await PartitionWriter.open(worldOf(files), FOLDER, options);
  try {
    await write(writer, life);
  } finally {
    await writer.close();
  }
}

async function write(writer: PartitionWriter, life: Life): Promise<void> {
  const append = async (...values: string[]): Promise<void> => {
    life.begun.push(...values);
    await writer.append(values.map((value) => record(value)));
    life.acknowledged.push(...values);
  };
  for (let n = 1; n <= 3; n++) {
    await append(`a${n}`);
    const staged = writer.stage('p/out/0', n);
    const values = Array.from({ length: 4 }, (_, i) => `t${n}.${i}`);
    await staged.write(values.slice(0, 2).map((value) => record(value)));
    await Promise.all([append(`b${n}`), append(`c${n}`, `d${n}`)]);
    await staged.write(values.slice(2).map((value) => record(value)));
    life.sealed.set(n, { token: await staged.seal(), values });
    await writer.commit(life.sealed.get(n)!.token);
    life.committed.add(n);
    await writer.append(Array.from({ length: 5 }, (_, i) => record(`e${n}.${i}`)));
    life.begun.push(...Array.from({ length: 5 }, (_, i) => `e${n}.${i}`));
    life.acknowledged.push(...Array.from({ length: 5 }, (_, i) => `e${n}.${i}`));
  }
}

const plain = (values: readonly string[]): string[] => values.filter((value) => /^[abcd]/.test(value));

function check(life: Life, seen: readonly string[], told: string): void {
  expect(new Set(seen).size, told).toBe(seen.length);
  for (const value of life.acknowledged) expect(seen, told).toContain(value);
  const own = plain(seen);
  expect(own, told).toEqual(plain(life.begun).slice(0, own.length));
  for (const [n, { values }] of life.sealed) {
    const there = seen.filter((value) => value.startsWith(`t${n}.`));
    if (life.committed.has(n)) expect(there, told).toEqual(values);
    else if (there.length > 0) expect(there, told).toEqual(values);
  }
}

/** The next process commits what the checkpoints hold, as often as it likes, and all that was ever promised is there. */
async function goOn(disk: VirtualFiles, life: Life, told: string): Promise<void> {
  check(life, await readAll(disk), told);
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER, options);
  expect(writer.recovered.damage, told).toEqual([]);
  for (let turn = 0; turn < 2; turn++) {
    for (const [n, { token }] of life.sealed) {
      await writer.commit(token);
      life.committed.add(n);
    }
  }
  await writer.append([record('z')]);
  life.acknowledged.push('z');
  await writer.close();
  disk.powerCut({ keep: new SeededRandom(`${told} again`) });
  const last = await PartitionWriter.open(worldOf(disk), FOLDER, options);
  expect(last.recovered.damage, told).toEqual([]);
  await last.close();
  const seen = await readAll(disk);
  expect(seen.at(-1), told).toBe('z');
  check(life, seen, told);
}

test.each(DYINGS)('killed %s any change, the log has all that was promised, in order, once, and no half transaction', async (dying) => {
  // The last two keep any part of what was not synced, in any order, and of any write some sectors.
  for (const cut of ['none', 'plain', 'torn 1', 'torn 2']) {
    let isDead = true;
    let diesAt = 0;
    for (; isDead; diesAt++) {
      const disk = emptyDisk();
      const files = dyingFiles(disk, diesAt, dying);
      const life = newLife();
      await live(files, life).catch((error: unknown) => expect(String(error)).toMatch(/the process is dead/));
      isDead = files.isDead;
      const told = `${dying} change ${diesAt}, cut: ${cut}`;
      if (cut !== 'none') disk.powerCut(cut === 'plain' ? {} : { keep: new SeededRandom(told) });
      await goOn(disk, life, told);
      expect(disk.openFiles, told).toBeLessThan(5);
    }
    expect(diesAt).toBeGreaterThan(60);
  }
});

// Without the cut the next process reads what the kernel took for clean after the failed sync, and must not believe it.
test.each(['goes on at once', 'loses its power'])(
  'after any failed read, write, sync or full disk a machine that %s has what was promised',
  async (then) => {
    for (const fault of ['EIO', 'ENOSPC'] as const) {
      let happened = true;
      let k = 0;
      for (; happened; k++) {
        const told = `${fault} at call ${k}`;
        const disk = emptyDisk();
        const files = faultyFiles(disk, { random: new SeededRandom(told), scheduler: new VirtualClock() });
        files.only(fault, k);
        const life = newLife();
        await live(files, life).catch((error: unknown) => expect(String(error), told).toMatch(/EIO|HR_LOG|ENOSPC|disk/));
        happened = files.counts[fault] > 0;
        files.calm();
        if (then === 'loses its power') disk.powerCut({ keep: new SeededRandom(told) });
        await goOn(disk, life, told);
      }
      expect(k).toBeGreaterThan(fault === 'EIO' ? 60 : 30);
    }
  },
);

test.each(DYINGS)('killed %s any change of a commit of several batches, all of them are seen or none', async (dying) => {
  const values = ['p', 'q', 'r', 's'].map((letter) => letter.repeat(200_000));
  let isDead = true;
  for (let diesAt = 0; isDead; diesAt++) {
    const disk = emptyDisk();
    const first = await PartitionWriter.open(worldOf(disk), FOLDER);
    const staged = first.stage('p', 1);
    await staged.write(values.map((value) => record(value)));
    const token = await staged.seal();
    expect(token.batches).toBe(4);
    await first.close();
    const files = dyingFiles(disk, diesAt, dying);
    const life = async (): Promise<void> => {
      const writer = await PartitionWriter.open(worldOf(files), FOLDER);
      await writer.commit(token);
      await writer.close();
    };
    await life().catch(() => {});
    isDead = files.isDead;
    if (diesAt % 2 === 1) disk.powerCut({ keep: new SeededRandom(`${dying} ${diesAt}`) });
    const seen = await readAll(disk);
    expect([0, 4], `${dying} ${diesAt}`).toContain(seen.length);
    const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
    // Somebody else is quicker than the commit that is tried again.
    await writer.append([record('between')]);
    await writer.commit(token);
    await writer.close();
    const after = (await readAll(disk)).map((value) => value[0]).join('');
    expect(after, `${dying} ${diesAt}`).toBe(seen.length === 4 ? 'pqrsb' : 'bpqrs');
  }
});

test.each(DYINGS)(
  'killed %s any change while old segments are removed, what stays has no hole and ends with what was promised',
  async (dying) => {
    for (const seed of [1, 2, 3]) {
      let isDead = true;
      for (let diesAt = 0; isDead; diesAt++) {
        const disk = emptyDisk();
        const fill = await PartitionWriter.open(worldOf(disk), FOLDER, { segmentBytes: 150 });
        for (let i = 0; i < 10; i++) await fill.append([record(`${i}`)]);
        await fill.close();
        const files = dyingFiles(disk, diesAt, dying);
        let promised = 10;
        const life = async (): Promise<void> => {
          const writer = await PartitionWriter.open(worldOf(files), FOLDER, { segmentBytes: 150, keep: { bytes: 400 } });
          for (; promised < 14; promised++) await writer.append([record(`${promised}`)]);
          await writer.close();
        };
        await life().catch(() => {});
        isDead = files.isDead;
        disk.powerCut({ keep: new SeededRandom(`${dying} ${diesAt} ${seed}`) });
        const seen = (await readAll(disk)).map(Number);
        const told = `${dying} ${diesAt} ${seed}: ${seen.join()}`;
        expect(seen, told).toEqual(Array.from({ length: seen.length }, (_, i) => seen[0]! + i));
        expect(seen.at(-1), told).toBeGreaterThanOrEqual(promised - 1);
      }
    }
  },
);
