import { expect, test } from 'vitest';
import { dyingFiles } from '../../base/dying-files.ts';
import { faultyFiles } from '../../base/faulty-files.ts';
import { ignoringSyncs } from '../../base/ignoring-syncs.ts';
import { SeededRandom } from '../../base/random.ts';
import type { VirtualFiles } from '../../base/virtual-files.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import { isHeadraceError } from '../../core/error.ts';
import type { Token, Writer } from '../../core/sink.ts';
import type { Files } from '../../core/world.ts';
import { chunkOf } from '../../testing/sink-writing.ts';
import { fileSink } from './file-sink.ts';
import { isGrown, type Mode, modes, recordsIn } from './modes-rig.ts';
import { disk } from './two-phase-rig.ts';

const PATH = '/out/lines.txt';
const records = Array.from({ length: 13 }, (_, i) => `record ${i}`);
/** Each checkpoint but every third has so many new records. */
const STEP = 4;

/** The checkpoint of a test: it survives whatever happens to the disk of the output. */
interface Kept {
  at: number;
  tokens: readonly Token[];
  /** Of how many records a commit was done. */
  committed: number;
}

const fresh = (): Kept => ({ at: 0, tokens: [], committed: 0 });

/** One process: goes on from the checkpoint, and writes on beside every prepare. Answers with the writer still open when it fails. */
async function live(files: Files, { options, format }: Mode, kept: Kept): Promise<void> {
  const context = { world: { ...virtualWorld(), files }, signal: new AbortController().signal, pipeline: 'p', sink: 'out', index: 0 };
  const sink = fileSink<string>(PATH, format, { bufferBytes: 20, ...options });
  const writer = (await sink.open({ ...context, committed: kept.tokens, checkpoints: true })) as Required<Writer<string>>;
  try {
    kept.committed = kept.at;
    let at = kept.at;
    for (let n = 1; ; n++) {
      const position = at;
      const token = Promise.resolve(writer.prepare(n));
      token.catch(() => {}); // A write beside it may be the first to fail.
      const isQuiet = n % 3 === 0 && at < records.length;
      if (!isQuiet) {
        await writer.write(chunkOf(records.slice(at, at + STEP)));
        if (n % 2 === 0) await writer.flush();
        at = Math.min(records.length, at + STEP);
      }
      const tokens = [await token];
      Object.assign(kept, { at: position, tokens });
      await writer.commit(tokens);
      kept.committed = position;
      if (position === records.length) break;
    }
  } catch (error) {
    await writer.close(error);
    throw error;
  }
  await writer.close();
}

async function dead(error: unknown): Promise<void> {
  expect(String(error)).toMatch('the process is dead');
}

/** What is committed is there, and nothing else, and the next run brings the rest. */
async function expectExact(files: VirtualFiles, mode: Mode, kept: Kept, told: string): Promise<void> {
  const seen = await recordsIn(files, PATH, mode);
  // Of a commit that was cut short any of its files may have their names.
  expect(seen.slice(0, kept.committed), told).toEqual(records.slice(0, kept.committed));
  expect(
    records.slice(0, kept.at).filter((record) => seen.includes(record)),
    told,
  ).toEqual(seen);
  await live(files, mode, kept);
  expect(await recordsIn(files, PATH, mode), told).toEqual(records);
  expect(
    (await files.list('/out')).filter((name) => /\.(part|files)$/.test(name)),
    told,
  ).toEqual([]);
  // The content behind the committed length is gone too.
  if (isGrown(mode)) expect(await recordsIn(files, PATH, mode, false), told).toEqual(records);
}

async function newDisk(): Promise<VirtualFiles> {
  const files = await disk();
  await files.syncFolder('/');
  return files;
}

/** How a process ends: in the middle of a change or behind it, and with it the power, of which any part of the changes may be left. */
const ENDS = [
  ['after', 'none'],
  ['half', 'plain'],
  ['after', 'torn'],
] as const;

/** The quick form kills at every third change and call only. */
const EVERY_NTH = process.env['HEADRACE_TEST'] === 'full' ? 1 : 3;

/** Kills at every change of the disk, with and without a power cut. Answers how many there are. */
async function killedEverywhere(mode: Mode, over: (files: VirtualFiles) => Files = (files) => files): Promise<number> {
  for (let diesAt = 0; ; diesAt += EVERY_NTH) {
    let isDead = false;
    for (const [dying, cut] of ENDS) {
      const files = await newDisk();
      const kept = fresh();
      const dyings = dyingFiles(over(files), diesAt, dying);
      await live(dyings, mode, kept).catch(dead);
      isDead = dyings.isDead;
      if (cut === 'plain') files.powerCut();
      if (cut === 'torn') files.powerCut({ keep: new SeededRandom(diesAt) });
      await expectExact(files, mode, kept, `died ${dying} change ${diesAt}, cut ${cut}, ${JSON.stringify(kept)}`);
    }
    if (!isDead) return diesAt;
  }
}

test.each(Object.keys(modes))('%s: killed at any change of the disk, with a power cut or without, it is exact', async (name) => {
  expect(await killedEverywhere(modes[name]!)).toBeGreaterThan(40);
});

test.each(['file', 'folder'] as const)('a disk that forgets the sync of each %s is seen', async (which) => {
  for (const name of ['two records a file', 'folders, two files open', 'one file that grows']) {
    await expect(
      killedEverywhere(modes[name]!, (files) => ignoringSyncs(files, which)),
      name,
    ).rejects.toThrow();
  }
});

test.each(Object.keys(modes))('%s: a second kill at any change of the restart leaves it exact', async (name) => {
  const mode = modes[name]!;
  for (let first = 12; first < 60; first += 12 * EVERY_NTH) {
    for (let second = 0; second < 24; second += 2) {
      const files = await newDisk();
      const kept = fresh();
      await live(dyingFiles(files, first, 'after'), mode, kept).catch(dead);
      await live(dyingFiles(files, second, 'after'), mode, kept).catch(dead);
      files.powerCut();
      await expectExact(files, mode, kept, `died at ${first}, then at ${second}`);
    }
  }
});

test.each(Object.keys(modes))('%s: a disk that is full, or fails, at any call costs nothing that was committed', async (name) => {
  const mode = modes[name]!;
  let failures = 0;
  for (const fault of ['ENOSPC', 'EIO'] as const) {
    for (let at = 0; ; at += EVERY_NTH) {
      const files = await newDisk();
      const kept = fresh();
      const world = virtualWorld({ seed: at });
      const faulty = faultyFiles(files, { random: world.random, scheduler: world.scheduler });
      faulty.only(fault, at);
      const error: unknown = await live(faulty, mode, kept).catch((failure: unknown) => failure);
      if (error !== undefined) {
        failures++;
        expect(isHeadraceError(error)).toBe(true);
        expect(error).toMatchObject({ code: fault === 'ENOSPC' ? 'HR_DISK_FULL' : 'HR_FILE_FAILED', action: 'stop' });
      }
      const happened = faulty.counts[fault];
      faulty.calm();
      await expectExact(files, mode, kept, `${fault} at ${at}`);
      expect(files.openFiles).toBe(0);
      if (happened === 0) break;
    }
  }
  expect(failures).toBeGreaterThan(20 / EVERY_NTH);
});
