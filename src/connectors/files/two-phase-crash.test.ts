import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Dying, dyingFiles } from '../../base/dying-files.ts';
import type { VirtualFiles } from '../../base/virtual-files.ts';
import type { Files } from '../../core/world.ts';
import { type CheckpointContent, openCheckpoints } from '../../state/checkpoints.ts';
import { chunkOf } from '../../testing/sink-writing.ts';
import { disk, openOut, seen } from './two-phase-rig.ts';

const DYINGS: readonly Dying[] = ['before', 'half', 'after'];
const records = Array.from({ length: 11 }, (_, i) => `record ${i}`);

interface Life {
  /** Of how many records the checkpoint was safe, and of how many the last commit was done, when it died. */
  safe: number;
  committed: number;
  /** The records in the checkpoint that was being written. */
  begun: number;
}

/** One process: goes on from the newest checkpoint, and writes on beside every prepare. */
async function live(files: Files, life: Life): Promise<void> {
  const checkpoints = await openCheckpoints(files, '/state', 'p');
  const newest = await checkpoints.latest();
  let at = (newest?.positions[0]?.resume as number | undefined) ?? 0;
  let n = newest?.n ?? 0;
  life.safe = at;
  life.begun = at;
  const writer = await openOut(files, { committed: newest?.tokens.map(({ token }) => token) ?? [] });
  life.committed = at;
  for (;;) {
    const position = at;
    const token = Promise.resolve(writer.prepare(++n));
    token.catch(() => {}); // A write beside it may be the first to die.
    // Two checkpoints in three have output.
    const isQuiet = n % 3 === 0 && at < records.length;
    if (!isQuiet) await writer.write(chunkOf(records.slice(at, at + 3)));
    if (!isQuiet) at = Math.min(records.length, at + 3);
    const tokens = [{ sink: 'out', index: 0, token: await token }];
    life.begun = position;
    await checkpoints.write(n, { ...content, positions: [{ ...start, resume: position }], tokens }, []);
    life.safe = position;
    await writer.commit([tokens[0]!.token]);
    life.committed = position;
    await checkpoints.committed(n);
    if (position === records.length) break;
  }
  await writer.close();
}

const start = { source: 'in', partition: '0', resume: 0, ended: false };
const content: CheckpointContent = {
  pipeline: 'p',
  fingerprint: 'f',
  plan: null,
  takenAt: 0,
  maxParallelism: 128,
  positions: [],
  tokens: [],
  isStop: false,
  isCompleted: false,
};

async function liveUntil(files: Files, diesAt: number, dying: Dying): Promise<Life & { isDead: boolean }> {
  const dyings = dyingFiles(files, diesAt, dying);
  const life: Life = { safe: 0, committed: 0, begun: 0 };
  await live(dyings, life).catch((error: unknown) => {
    expect(String(error)).toMatch('the process is dead');
  });
  return { ...life, isDead: dyings.isDead };
}

async function expectWhole(files: VirtualFiles): Promise<void> {
  await live(files, { safe: 0, committed: 0, begun: 0 });
  expect(await seen(files)).toEqual(records);
  expect((await files.list('/out')).filter((name) => name.endsWith('.part'))).toEqual([]);
}

// This is also the power cut between the commit of the sink and `committed`: the tokens are committed again.
test.each(DYINGS)('killed %s any call, only committed records are seen, and the next run brings each exactly once', async (dying) => {
  for (const cut of [false, true]) {
    let diesAt = 0;
    for (; ; diesAt++) {
      const files = await disk();
      await files.syncFolder('/');
      const life = await liveUntil(files, diesAt, dying);
      if (cut) files.powerCut();
      const lines = await seen(files);
      const told = `${lines.length} seen, died at ${diesAt}: ${JSON.stringify(life)}`;
      expect(lines, told).toEqual(records.slice(0, lines.length));
      // What a commit promised is there; what no checkpoint holds is not.
      expect(lines.length, told).toBeGreaterThanOrEqual(life.committed);
      expect(lines.length, told).toBeLessThanOrEqual(life.safe);
      await expectWhole(files);
      if (!life.isDead) break;
    }
    expect(diesAt).toBeGreaterThan(70);
  }
});

// A name that was not synced is there for the process that comes next, and gone after a power cut: whoever acts on it
// has to make it stay first.
test('a process killed behind a rename, and a power cut at the next one, lose and repeat nothing', async () => {
  let isDead = true;
  for (let diesAt = 0; isDead; diesAt++) {
    for (let next = 1; next < 22; next += 2) {
      const files = await disk();
      await files.syncFolder('/');
      ({ isDead } = await liveUntil(files, diesAt, 'after'));
      await liveUntil(files, next, 'after');
      files.powerCut();
      await expectWhole(files);
    }
  }
});

test('killed again and again, anywhere, with power cuts between, every record is there exactly once in the end', async () => {
  const kills = fc.array(fc.record({ at: fc.nat(45), dying: fc.constantFrom(...DYINGS), cut: fc.boolean() }), {
    minLength: 2,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(kills, async (deaths) => {
      const files = await disk();
      for (const { at, dying, cut } of deaths) {
        await liveUntil(files, at, dying);
        if (cut) files.powerCut();
        const lines = await seen(files);
        expect(lines).toEqual(records.slice(0, lines.length));
      }
      await expectWhole(files);
    }),
    { numRuns: 200 },
  );
});
