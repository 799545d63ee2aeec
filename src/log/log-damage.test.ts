import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../base/dying-files.ts';
import { SeededRandom } from '../base/random.ts';
import type { VirtualFiles } from '../base/virtual-files.ts';
import type { Files } from '../core/world.ts';
import { checkPartition } from './check.ts';
import type { LogDamage } from './log-errors.ts';
import { emptyDisk, FOLDER, readAll, record, worldOf } from './log-rig.ts';
import { PartitionReader } from './partition-reader.ts';
import { PartitionWriter } from './partition-writer.ts';
import { repairPartition } from './repair.ts';

const COUNT = 12;
const clock = { now: () => 0, monotonic: () => 0 };
const expected = Array.from({ length: COUNT }, (_, i) => `record ${i}`);

/** Three segments of four records; the files of a partition that was closed in order. */
async function smallLog(): Promise<ReadonlyMap<string, Uint8Array>> {
  const disk = emptyDisk();
  const writer = await PartitionWriter.open(worldOf(disk), FOLDER, { segmentBytes: 200 });
  for (let i = 0; i < COUNT; i += 2) {
    const pair = [record(`record ${i}`, i), record(`record ${i + 1}`, i + 1)];
    await writer.append(pair.map((each) => ({ ...each, key: each.value.subarray(7), headers: { i: 'x' } })));
  }
  await writer.close();
  const found = new Map<string, Uint8Array>();
  for (const name of await disk.list(FOLDER)) found.set(name, await bytesOf(disk, `${FOLDER}/${name}`));
  return found;
}

async function bytesOf(files: Files, path: string): Promise<Uint8Array> {
  const file = await files.open(path, 'read');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  await file.close();
  return bytes;
}

async function diskOf(contents: ReadonlyMap<string, Uint8Array>): Promise<VirtualFiles> {
  const disk = emptyDisk();
  await disk.makeFolder(FOLDER);
  for (const [name, bytes] of contents) {
    const file = await disk.open(`${FOLDER}/${name}`, 'create');
    await file.write(bytes, 0);
    await file.sync();
    await file.close();
  }
  await disk.syncFolder(FOLDER);
  return disk;
}

/** What is read by position when damage is passed over, and the damage. */
async function readPast(files: Files): Promise<{ read: Map<number, string>; damage: LogDamage[] }> {
  const read = new Map<number, string>();
  const damage: LogDamage[] = [];
  const reader = await PartitionReader.open(worldOf(files), FOLDER, 'start', { skipDamage: true, onDamage: (each) => damage.push(each) });
  for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
    for (let i = 0; i < batch.count; i++) read.set(batch.first + i, new TextDecoder().decode(batch.valueAt(i)));
  }
  await reader.close();
  return { read, damage };
}

function expectTold({ read, damage }: Awaited<ReturnType<typeof readPast>>, told: string): void {
  for (const [position, value] of read) if (position < COUNT) expect(value, told).toBe(expected[position]);
  for (let position = 0; position < COUNT; position++) {
    const isLost = damage.some(({ first, next }) => first <= position && position < next);
    expect(read.has(position), `${told}: record ${position}, ${JSON.stringify(damage)}`).toBe(!isLost);
  }
}

test('a flipped byte, whichever it is, loses nothing or is told, and no record ever becomes another', async () => {
  const sound = await smallLog();
  expect([...sound.keys()].filter((name) => name.endsWith('.log')).length).toBe(3);
  let flips = 0;
  for (const [name, bytes] of sound) {
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of at % 3 === 0 ? [1, 0x80, 0xff] : [1 << (at % 8)]) {
        flips++;
        const told = `${name}, byte ${at}, mask ${mask}`;
        const broken = bytes.slice();
        broken[at]! ^= mask;
        const contents = new Map(sound).set(name, broken);
        const disk = await diskOf(contents);
        const check = await checkPartition(disk, FOLDER, 0);
        if (name.endsWith('.log')) expect(check.damage.length, told).toBeGreaterThan(0);
        else expect(check.damage, told).toEqual([]);
        const before = await readPast(disk);
        expectTold(before, told);
        expect(before.read.size, told).toBeGreaterThanOrEqual(COUNT - 2); // No more than the batch it hit.
        if (at % 7 !== 0) continue;
        // Writing goes on behind whatever was there.
        const writer = await PartitionWriter.open(worldOf(disk), FOLDER, { segmentBytes: 200 });
        expect(writer.recovered.cut, told).toEqual([]);
        expect(await writer.append([record('new')]), told).toBe(COUNT);
        await writer.close();
        expect((await readPast(disk)).read, told).toEqual(new Map(before.read).set(COUNT, 'new'));
        await repairPartition(disk, FOLDER, clock);
        expect((await checkPartition(disk, FOLDER, 0)).damage, told).toEqual([]);
        expect(await readAll(disk), told).toEqual([...before.read.values(), 'new']);
      }
    }
  }
  expect(flips).toBeGreaterThan(2000);
});

test('cut at any length, a segment gives what is whole, and what was promised and is gone is told', async () => {
  const sound = await smallLog();
  for (const [name, bytes] of sound) {
    if (!name.endsWith('.log')) continue;
    for (let length = 0; length < bytes.length; length++) {
      const disk = await diskOf(new Map(sound).set(name, bytes.slice(0, length)));
      const told = `${name} cut to ${length}`;
      expectTold(await readPast(disk), told);
      const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
      expect(await writer.append([record('new')]), told).toBe(COUNT);
      await writer.close();
    }
  }
});

test('without the end file a torn end is cut, said, and written over', async () => {
  const sound = await smallLog();
  const last = [...sound.keys()].findLast((name) => name.endsWith('.log'))!;
  const bytes = sound.get(last)!;
  for (let length = 0; length < bytes.length; length++) {
    const contents = new Map(sound).set(last, bytes.slice(0, length));
    contents.delete('end');
    const disk = await diskOf(contents);
    const writer = await PartitionWriter.open(worldOf(disk), FOLDER);
    expect(writer.recovered.damage).toEqual([]);
    const kept = expected.slice(0, writer.end);
    expect(await writer.append([record('new')])).toBe(kept.length);
    const [cut] = writer.recovered.cut;
    if (cut !== undefined) expect([cut.at + cut.bytes, cut.position, cut.file]).toEqual([length, kept.length, `${FOLDER}/${last}`]);
    else expect(length < 32 || kept.length % 2 === 0).toBe(true);
    await writer.close();
    expect(await readAll(disk)).toEqual([...kept, 'new']);
  }
});

test('damage in the middle is thrown with file, byte and positions, and reading can go on behind it', async () => {
  const sound = new Map(await smallLog());
  const name = [...sound.keys()].filter((each) => each.endsWith('.log'))[1]!;
  const broken = sound.get(name)!.slice();
  broken[32 + 80]! ^= 1;
  const disk = await diskOf(sound.set(name, broken));
  const reader = await PartitionReader.open(worldOf(disk), FOLDER, 'start');
  await reader.read();
  await reader.read();
  for (let turn = 0; turn < 2; turn++) {
    await expect(reader.read()).rejects.toMatchObject({
      code: 'HR_LOG_DAMAGED',
      where: `${FOLDER}/${name}, byte 32`,
      what: expect.stringMatching(/the records 4 to 5 are lost/),
    });
  }
  await reader.close();
  expect(await readAll(disk, 6)).toEqual(expected.slice(6));
});

test('a missing segment is told, and repaired it is passed over', async () => {
  const sound = new Map(await smallLog());
  const names = [...sound.keys()].filter((each) => each.endsWith('.log'));
  for (const name of names.slice(1)) {
    const contents = new Map(sound);
    contents.delete(name);
    const disk = await diskOf(contents);
    const found = await readPast(disk);
    expectTold(found, name);
    expect(found.read.size).toBe(8);
    await repairPartition(disk, FOLDER, clock);
    expect(await readAll(disk)).toEqual([...found.read.values()]);
  }
});

test('what is damaged is put aside, byte for byte', async () => {
  const sound = new Map(await smallLog());
  const name = [...sound.keys()].filter((each) => each.endsWith('.log'))[0]!;
  const broken = sound.get(name)!.slice();
  broken[40]! ^= 1;
  const disk = await diskOf(sound.set(name, broken));
  const { moved } = await repairPartition(disk, FOLDER, clock);
  expect(moved).toMatchObject([{ to: `${FOLDER}/${name}.damaged-32`, first: 0, next: 2 }]);
  expect(await bytesOf(disk, moved[0]!.to!)).toEqual(broken.slice(32, 32 + moved[0]!.bytes));
});

test.each(['before', 'half', 'after'] satisfies Dying[])(
  'a repair that is killed %s any change loses no sound record, and the next one ends it',
  async (dying) => {
    const sound = new Map(await smallLog());
    // Damage in the middle of a sealed segment, and in the first batch of the last one.
    for (const name of [...sound.keys()].filter((each) => each.endsWith('.log')).slice(1)) {
      const broken = sound.get(name)!.slice();
      broken[32 + 80]! ^= 1;
      sound.set(name, broken);
    }
    const good = [...(await readPast(await diskOf(sound))).read.values()];
    expect(good).toEqual(expected.filter((_, i) => ![4, 5, 8, 9].includes(i)));
    for (const cut of [false, true]) {
      let isDead = true;
      for (let diesAt = 0; isDead; diesAt++) {
        const disk = await diskOf(sound);
        const files = dyingFiles(disk, diesAt, dying);
        await repairPartition(files, FOLDER, clock).catch(() => {});
        isDead = files.isDead;
        if (cut) disk.powerCut({ keep: new SeededRandom(`${dying} ${diesAt}`) });
        expect([...(await readPast(disk)).read.values()], `${dying} ${diesAt}`).toEqual(good);
        await repairPartition(disk, FOLDER, clock);
        expect(await readAll(disk), `${dying} ${diesAt}`).toEqual(good);
      }
    }
  },
);
