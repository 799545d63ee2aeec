import { assert } from '../core/error.ts';
import type { Token } from '../core/sink.ts';
import type { Resume } from '../core/source.ts';
import type { Capture, RestoredSections } from '../core/state.ts';
import type { Files } from '../core/world.ts';
import { damaged, foreign } from './checkpoint-errors.ts';
import { STORE_NOTE } from './checkpoint-format.ts';
import { checkpointFolder, checkpointName, readCheckpointName } from './checkpoint-names.ts';
import { readCheckpoint, type Unreadable } from './checkpoint-reader.ts';
import { type KnownReferences, letGo } from './checkpoint-references.ts';
import { writeCheckpoint, type WrittenIndex } from './checkpoint-writer.ts';

/** Everything in a checkpoint but the captured state. */
export interface CheckpointContent {
  readonly pipeline: string;
  /** Of the plan it was taken of, and that plan as JSON. */
  readonly fingerprint: string;
  readonly plan: unknown;
  /** Milliseconds since 1970. */
  readonly takenAt: number;
  readonly maxParallelism: number;
  readonly positions: readonly StoredPosition[];
  readonly tokens: readonly StoredToken[];
  /** Taken by a graceful stop: nothing is pending. */
  readonly isStop: boolean;
  /** The data had come to its end. */
  readonly isCompleted: boolean;
}

/** Where a partition of a source is read on. */
export interface StoredPosition {
  readonly source: string;
  readonly partition: string;
  readonly resume: Resume;
  readonly ended: boolean;
}

/** What the writer of a sink needs to commit what it prepared. */
export interface StoredToken {
  readonly sink: string;
  readonly index: number;
  readonly token: Token;
}

export interface StoredCheckpoint extends CheckpointContent {
  readonly n: number;
  readonly sections: RestoredSections;
  /** The number of a newer checkpoint that was found damaged and passed over; no sink can have committed it. */
  readonly damaged?: number;
}

/** The checkpoints of one pipeline. One run at a time may use them. */
export interface Checkpoints {
  /** The newest that can be used, of those below a number when one is given; undefined when there is none. */
  latest(below?: number): Promise<StoredCheckpoint | undefined>;
  /** No sink has committed checkpoint `n`, nor ever will: it is removed, and its number may be given again. */
  takeBack(n: number): Promise<void>;
  /** When this settles the checkpoint survives a power cut, and its tokens may be committed. */
  write(n: number, content: CheckpointContent, captures: readonly Capture[]): Promise<void>;
  /** The tokens of `n` are committed: the ones before may go. */
  committed(n: number): Promise<void>;
  /** What is written from now on does not count. */
  close(): Promise<void>;
  /** For starts that go on from another one than the newest; a place without it keeps the newest only. */
  readonly history?: CheckpointHistory;
}

/** The checkpoints of a pipeline by their numbers. A number that was given once is never given again, unless it was taken back. */
export interface CheckpointHistory {
  /** Those that may be gone on from, newest first, damaged ones too. */
  numbers(): Promise<readonly number[]>;
  /** The highest number there is, also among those set aside; 0 for none. */
  highest(): Promise<number>;
  /** Exactly this one; undefined when it is not there. A damaged one is an error. */
  at(n: number): Promise<StoredCheckpoint | undefined>;
  /** Whatever is newer than `n` is kept under another name, and never gone on from. */
  setAside(n: number): Promise<void>;
}

export interface CheckpointsOptions {
  /** How many are kept, counting the newest that is committed; 2 by default. */
  readonly keep?: number;
}

/**
 * Opens `dir/pipelines/<name>`, where each checkpoint is a file, and clears away what a killed process left half
 * written. A file is written beside its place and takes its name when it is whole, so a name stands for a whole file.
 *
 * What has not changed since the checkpoint before, as far as this process wrote it, is not written again: the file
 * refers to the older one, which is held as long as one refers to it.
 *
 * A damaged newest checkpoint is passed over only when it holds no tokens. With tokens nobody but the sinks knows
 * whether they have committed it, since they may from the moment it is on the disk; going on from the one before could
 * write everything twice, so `HR_CHECKPOINT_DAMAGED` leaves that to the user.
 */
export async function openCheckpoints(
  files: Files,
  dir: string,
  pipeline: string,
  { keep = 2 }: CheckpointsOptions = {},
): Promise<Checkpoints> {
  assert(keep >= 1, 'the newest checkpoint is kept');
  const folder = checkpointFolder(dir, pipeline);
  const pathOf = (n: number): string => `${folder}/${checkpointName(n)}`;
  let isWriting = false;
  let isClosed = false;
  /** What this process wrote last: what has not changed since is referred to. */
  let before: WrittenIndex | undefined;
  const references: KnownReferences = new Map();

  const names = async () => (await files.list(folder)).flatMap((name) => readCheckpointName(name) ?? []);

  async function numbers(): Promise<number[]> {
    const whole = (await names()).filter(({ kind }) => kind === 'whole');
    return whole.map(({ n }) => n).sort((a, b) => b - a);
  }

  /** Throws what nobody can go on past: one of a newer format, or of somebody else. */
  async function read(n: number, keeps = false): Promise<StoredCheckpoint | Unreadable> {
    const found = await readCheckpoint(files, pathOf(n), { keeps });
    if ('why' in found) return found;
    if (found.n !== n) return { why: `it is checkpoint ${found.n} under another name`, mayBeCommitted: true };
    if (found.content.pipeline !== pipeline) throw foreign(pathOf(n), pipeline, found.content.pipeline);
    return { ...found.content, n, sections: found.sections };
  }

  async function soundBefore(n: number): Promise<{ readonly before: number; readonly isStored?: boolean }> {
    for (const older of await numbers()) {
      const found = older < n ? await read(older) : undefined;
      if (found !== undefined && !('why' in found))
        return { before: older, isStored: found.sections.list().some(({ codec }) => codec === STORE_NOTE) };
    }
    return { before: 0 };
  }

  await files.makeFolder(folder);
  // A process killed between rename and sync leaves a name that a power cut would take back. What is read from here on
  // is committed by sinks, so it must stay.
  await files.syncFolder(folder);
  for (const { n, kind } of await names()) if (kind === 'part') await files.remove(`${folder}/${checkpointName(n, kind)}`);

  return {
    async latest(below = Number.POSITIVE_INFINITY) {
      let newestDamaged: { readonly n: number; readonly why: string } | undefined;
      for (const n of await numbers()) {
        if (n >= below) continue;
        const found = await read(n, true);
        if (!('why' in found)) return newestDamaged === undefined ? found : { ...found, damaged: newestDamaged.n };
        if (found.mayBeCommitted) throw damaged(pathOf(n), found.why, await soundBefore(n));
        newestDamaged ??= { n, why: found.why };
      }
      if (newestDamaged !== undefined) throw damaged(pathOf(newestDamaged.n), newestDamaged.why, { before: 0 });
      return undefined;
    },

    async takeBack(n) {
      before = undefined;
      await files.remove(pathOf(n));
      await files.syncFolder(folder);
    },

    async write(n, content, captures) {
      assert(Number.isSafeInteger(n) && n > 0, 'checkpoints are numbered from 1');
      assert(!isWriting, 'one checkpoint is written at a time');
      isWriting = true;
      const part = `${folder}/${n}.part`;
      let written: WrittenIndex;
      try {
        const file = await files.open(part, 'create').catch((error: unknown) => {
          for (const capture of captures) capture.drop();
          throw error;
        });
        try {
          written = await writeCheckpoint(file, { n, content, captures, before });
        } finally {
          await file.close();
        }
        // A run that was ended while a slow disk was writing must not bring this one up behind the back of the next run.
        if (isClosed) throw new DOMException(`checkpoint ${n} was given up because the run is over`, 'AbortError');
        await files.rename(part, pathOf(n));
        await files.syncFolder(folder);
        before = written;
      } catch (error) {
        // A full disk must not stay full of what nobody will read; the next start tries again if this fails too. That
        // start may be under way already when this run is over, and the file its own.
        if (!isClosed) await files.remove(part).catch(() => {});
        throw error;
      } finally {
        isWriting = false;
      }
    },

    async committed(n) {
      const upTo = (await numbers()).filter((known) => known <= n);
      const old = upTo.slice(keep).reverse();
      // Oldest first: killed in between, it leaves no hole.
      if (old.length > 0)
        await letGo(
          files,
          folder,
          old.map((one) => ({ n: one, kind: 'whole' })),
          references,
        );
    },

    async close() {
      isClosed = true;
    },

    history: {
      numbers,

      async highest() {
        return (await names()).reduce((highest, { n }) => Math.max(highest, n), 0);
      },

      async at(n) {
        if (!(await numbers()).includes(n)) return undefined;
        const found = await read(n);
        if ('why' in found) throw damaged(pathOf(n), found.why, await soundBefore(n));
        return found;
      },

      async setAside(n) {
        const newer = (await numbers()).filter((known) => known > n).reverse();
        // Oldest first: killed in between, the newest is still the one that counts.
        for (const one of newer) await files.rename(pathOf(one), `${folder}/${checkpointName(one, 'aside')}`);
        if (newer.length > 0) await files.syncFolder(folder);
        before = undefined;
      },
    },
  };
}
