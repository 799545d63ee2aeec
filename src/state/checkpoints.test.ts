import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../base/dying-files.ts';
import { VirtualFiles } from '../base/virtual-files.ts';
import type { Capture, Section } from '../core/state.ts';
import type { Files } from '../core/world.ts';
import { type CheckpointContent, openCheckpoints, type StoredCheckpoint } from './checkpoints.ts';

const CLOCK = { now: () => 0, monotonic: () => 0 };
const FOLDER = '/state/pipelines/orders';
const DYINGS: readonly Dying[] = ['before', 'half', 'after'];

const content = (takenAt: number, tokens: readonly string[] = []): CheckpointContent => ({
  pipeline: 'orders',
  fingerprint: 'f',
  plan: { version: 1, nodes: [] },
  takenAt,
  maxParallelism: 128,
  positions: [{ source: 'file:in', partition: '0', resume: takenAt * 10, ended: false }],
  tokens: tokens.map((token, index) => ({ sink: 'file:out', index, token })),
  isStop: false,
  isCompleted: false,
});

const section = (group: number, operator: string = 'total'): Section => ({
  operator,
  cell: 'state',
  scope: { kind: 'group', group },
  codec: 'cells/1',
});

/** Captures that hold sections, and count what became of them. */
function captureOf(sections: readonly (readonly [Section, Uint8Array])[]): Capture & { written: number; dropped: number } {
  return {
    written: 0,
    dropped: 0,
    async write(to) {
      this.written++;
      for (const [name, bytes] of sections) await to.section(name, bytes);
    },
    drop() {
      this.dropped++;
    },
  };
}

const bytesOf = (n: number, length: number = 3): Uint8Array => new Uint8Array(length).fill(n);
const captureOfNumber = (n: number): Capture =>
  captureOf([
    [section(3), bytesOf(n)],
    [section(4), bytesOf(n + 1, 0)],
    [section(5), bytesOf(n, 9)],
  ]);

async function stateOf(stored: StoredCheckpoint | undefined): Promise<unknown> {
  if (stored === undefined) return undefined;
  const { sections, ...rest } = stored;
  return { ...rest, sections: await Promise.all(sections.list().map(async (one) => [one, [...(await sections.read(one))]])) };
}

async function latestOf(files: Files): Promise<unknown> {
  return stateOf(await (await openCheckpoints(files, '/state', 'orders')).latest());
}

async function change(files: Files, path: string, fn: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  const file = await files.open(path, 'extend');
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  const changed = fn(bytes);
  await file.truncate(0);
  await file.write(changed, 0);
  await file.close();
}

test('what was written comes back, with its sections in order', async () => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders');
  expect(await checkpoints.latest()).toBeUndefined();
  const letters: Section = { operator: 'ask', cell: 'pending', scope: { kind: 'one' }, codec: 'chunks/1' };
  await checkpoints.write(7, content(7, ['t']), [captureOfNumber(1), captureOf([[letters, bytesOf(9)]])]);
  expect(await latestOf(files)).toEqual({
    ...content(7, ['t']),
    n: 7,
    sections: [
      [section(3), [1, 1, 1]],
      [section(4), []],
      [section(5), Array(9).fill(1)],
      [letters, [9, 9, 9]],
    ],
  });
  expect(files.openFiles).toBe(0);
});

test('a section is found again by what it says, and two that say the same are both kept', async () => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders');
  await checkpoints.write(1, content(1), [
    captureOf([
      [section(1), bytesOf(1)],
      [section(1), bytesOf(2)],
      [section(2), bytesOf(3)],
    ]),
  ]);
  const { sections } = (await checkpoints.latest())!;
  expect(await Promise.all(sections.list().map(async (one) => (await sections.read(one))[0]))).toEqual([1, 2, 3]);
  expect([...(await sections.read(structuredClone(section(2))))]).toEqual([3, 3, 3]);
});

test('the newest two that are committed are kept, and one that is not committed beside them', async () => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders');
  for (let n = 1; n <= 5; n++) {
    await checkpoints.write(n, content(n), [captureOfNumber(n)]);
    if (n < 5) await checkpoints.committed(n);
  }
  expect(await files.list(FOLDER)).toEqual(['0000000003.ckpt', '0000000004.ckpt', '0000000005.ckpt']);
});

test('sections are written as they come: of a large state little is held', async () => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders');
  const shared = new Uint8Array(100_000);
  // The capture fills one array again and again, as a writer of many key groups does.
  const capture: Capture = {
    async write(to) {
      for (let group = 0; group < 100; group++) await to.section(section(group), shared.fill(group));
    },
    drop() {},
  };
  await checkpoints.write(1, content(1), [capture]);
  const { sections } = (await checkpoints.latest())!;
  for (const [group, one] of sections.list().entries()) {
    const bytes = await sections.read(one);
    expect(bytes.length).toBe(100_000);
    expect(bytes.every((byte) => byte === group)).toBe(true);
  }
});

test('sections of any size in any order come back, also where nobody waited between them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(0, 1, 100, 200_000, 262_144, 300_000), fc.boolean()), { maxLength: 8 }),
      async (sizes) => {
        const files = new VirtualFiles(CLOCK);
        const checkpoints = await openCheckpoints(files, '/state', 'orders');
        const capture: Capture = {
          async write(to) {
            for (const [group, [size, waits]] of sizes.entries()) {
              const under = to.section(section(group), bytesOf(group + 1, size));
              if (waits) await under;
            }
          },
          drop() {},
        };
        await checkpoints.write(1, content(1), [capture]);
        const { sections } = (await checkpoints.latest())!;
        const read = await Promise.all(sections.list().map(async (one) => sections.read(one)));
        expect(read.map((bytes, group) => bytes.length === sizes[group]![0] && bytes.every((byte) => byte === group + 1))).toEqual(
          sizes.map(() => true),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('a capture that fails leaves nothing behind, and those after it are dropped', async () => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders');
  const [first, last] = [captureOf([[section(1), bytesOf(1)]]), captureOf([])];
  const broken: Capture = { write: () => Promise.reject(new Error('no bytes')), drop() {} };
  await expect(checkpoints.write(1, content(1), [first, broken, last])).rejects.toThrow('no bytes');
  expect([first.written, first.dropped, last.written, last.dropped]).toEqual([1, 0, 0, 1]);
  expect(await files.list(FOLDER)).toEqual([]);
  expect(files.openFiles).toBe(0);
});

// The whole life: write 1, commit it, write 2, commit it, 3. Killed at any call, with and without a power cut,
// what is found is whole, and never older than what was promised to be safe.
test.each(DYINGS)('killed %s any call, also with a power cut, the newest is the old or the new one, whole', async (dying) => {
  const whole = new VirtualFiles(CLOCK);
  const known: unknown[] = [undefined];
  for (const cut of [false, true]) {
    let steps = 0;
    for (let diesAt = 0; ; diesAt++) {
      const disk = new VirtualFiles(CLOCK);
      const files = dyingFiles(disk, diesAt, dying);
      let safe = 0;
      let begun = 0;
      try {
        const checkpoints = await openCheckpoints(files, '/state', 'orders');
        for (let n = 1; n <= 4; n++) {
          begun = n;
          await checkpoints.write(n, content(n, [`token ${n}`]), [captureOfNumber(n)]);
          safe = n;
          if (n < 4) await checkpoints.committed(n);
        }
      } catch (error) {
        expect((error as Error).message).toBe('the process is dead');
      }
      if (cut) disk.powerCut();
      const found = (await latestOf(disk)) as { n: number } | undefined;
      const n = found?.n ?? 0;
      expect(n === safe || n === begun, `${n} found, ${safe} safe, ${begun} begun, dead at call ${diesAt}`).toBe(true);
      if (n > 0 && known[n] === undefined) {
        const checkpoints = await openCheckpoints(whole, '/state', 'orders');
        await checkpoints.write(n, content(n, [`token ${n}`]), [captureOfNumber(n)]);
        known[n] = await latestOf(whole);
      }
      expect(found).toEqual(known[n]);
      // Half-written files are cleared away by the next start, and it can write on.
      const next = await openCheckpoints(disk, '/state', 'orders');
      expect((await disk.list(FOLDER)).filter((name) => name.endsWith('.part'))).toEqual([]);
      await next.write(n + 1, content(n + 1), []);
      expect((await next.latest())!.n).toBe(n + 1);
      if (!files.isDead) break;
      steps++;
    }
    expect(steps).toBeGreaterThan(20);
  }
});

test('a damaged byte anywhere, and an end cut off anywhere, is found', async () => {
  const good = new VirtualFiles(CLOCK);
  await (await openCheckpoints(good, '/state', 'orders')).write(1, content(1, ['t']), [captureOfNumber(1)]);
  const path = `${FOLDER}/0000000001.ckpt`;
  const { bytes } = (await good.stat(path))!;
  for (let at = 0; at < bytes; at++) {
    await change(good, path, (all) => all.with(at, all[at]! ^ (1 << (at % 8))));
    await expect(latestOf(good), `byte ${at}`).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED', where: path });
    await change(good, path, (all) => all.with(at, all[at]! ^ (1 << (at % 8))));
  }
  expect(await latestOf(good)).toMatchObject({ n: 1 });
  for (let length = 0; length < bytes; length++) {
    const cut = new VirtualFiles(CLOCK);
    await (await openCheckpoints(cut, '/state', 'orders')).write(1, content(1, ['t']), [captureOfNumber(1)]);
    await change(cut, path, (all) => all.subarray(0, length));
    await expect(latestOf(cut), `${length} bytes`).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED' });
  }
  await change(good, path, (all) => Uint8Array.from([...all, 0]));
  await expect(latestOf(good)).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED' });
});

test('a damaged one without tokens is passed over and named; with tokens sinks may have committed it, so it is an error', async () => {
  for (const [tokens, at, passed] of [
    [[], 30, true],
    [['t'], 30, false],
    // The header says whether there are tokens; when it is damaged nobody knows.
    [[], 13, false],
  ] as const) {
    const files = new VirtualFiles(CLOCK);
    const checkpoints = await openCheckpoints(files, '/state', 'orders');
    await checkpoints.write(1, content(1, tokens), [captureOfNumber(1)]);
    await checkpoints.write(2, content(2, tokens), [captureOfNumber(2)]);
    await change(files, `${FOLDER}/0000000002.ckpt`, (all) => all.with(at, all[at]! ^ 1));
    if (!passed) {
      await expect(checkpoints.latest()).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED', action: 'stop' });
      continue;
    }
    expect(await checkpoints.latest()).toMatchObject({ n: 1, damaged: 2, takenAt: 1 });
    await checkpoints.write(2, content(20, tokens), []);
    expect(await checkpoints.latest()).toMatchObject({ n: 2, takenAt: 20 });
    expect(await checkpoints.latest()).not.toHaveProperty('damaged');
  }
});

test('when all are damaged that is an error, also without tokens', async () => {
  const files = new VirtualFiles(CLOCK);
  await (await openCheckpoints(files, '/state', 'orders')).write(1, content(1), [captureOfNumber(1)]);
  await change(files, `${FOLDER}/0000000001.ckpt`, (all) => all.with(30, all[30]! ^ 1));
  await expect(latestOf(files)).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED' });
});

test('what was checked at the start is what is read first; a section that has rotted since is found when it is read again', async () => {
  const files = new VirtualFiles(CLOCK);
  const checkpoints = await openCheckpoints(files, '/state', 'orders');
  await checkpoints.write(1, content(1), [captureOfNumber(1)]);
  const { sections } = (await checkpoints.latest())!;
  await change(files, `${FOLDER}/0000000001.ckpt`, (all) => all.with(20, 99));
  const [first] = sections.list();
  expect([...(await sections.read(first!))]).toEqual([1, 1, 1]);
  await expect(Promise.resolve(sections.read(first!))).rejects.toMatchObject({ code: 'HR_CHECKPOINT_DAMAGED' });
});

test('a checkpoint of another pipeline in the folder is refused', async () => {
  const files = new VirtualFiles(CLOCK);
  await (await openCheckpoints(files, '/state', 'orders')).write(1, { ...content(1), pipeline: 'Orders' }, []);
  await expect(latestOf(files)).rejects.toMatchObject({ code: 'HR_CHECKPOINT_FOREIGN' });
});
