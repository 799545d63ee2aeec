import { assert } from '../core/error.ts';
import type { Token } from '../core/sink.ts';
import type { Resume } from '../core/source.ts';
import type { Capture, RestoredSections } from '../core/state.ts';
import type { Files } from '../core/world.ts';
import { damaged, foreign } from './checkpoint-errors.ts';
import { readCheckpoint } from './checkpoint-reader.ts';
import { writeCheckpoint } from './checkpoint-writer.ts';
import { folderName } from './folder-name.ts';

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
  /** The newest that can be used; undefined when there is none. */
  latest(): Promise<StoredCheckpoint | undefined>;
  /** When this settles the checkpoint survives a power cut, and its tokens may be committed. */
  write(n: number, content: CheckpointContent, captures: readonly Capture[]): Promise<void>;
  /** The tokens of `n` are committed: the ones before may go. */
  committed(n: number): Promise<void>;
  close(): Promise<void>;
}

export interface CheckpointsOptions {
  /** How many are kept, counting the newest that is committed; 2 by default. */
  readonly keep?: number;
}

/**
 * Opens `dir/pipelines/<name>`, where each checkpoint is a file, and clears away what a killed process left half
 * written. A file is written beside its place and takes its name when it is whole, so a name stands for a whole file.
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
  const folder = `${dir}/pipelines/${folderName(pipeline)}`;
  const pathOf = (n: number): string => `${folder}/${String(n).padStart(10, '0')}.ckpt`;
  let isWriting = false;

  async function numbers(): Promise<number[]> {
    const found = (await files.list(folder)).flatMap((name) => /^(\d+)\.ckpt$/.exec(name)?.[1] ?? []);
    return found.map(Number).sort((a, b) => b - a);
  }

  await files.makeFolder(folder);
  // A process killed between rename and sync leaves a name that a power cut would take back. What is read from here on
  // is committed by sinks, so it must stay.
  await files.syncFolder(folder);
  for (const name of await files.list(folder)) if (/^\d+\.part$/.test(name)) await files.remove(`${folder}/${name}`);

  return {
    async latest() {
      let firstDamaged: { readonly n: number; readonly why: string } | undefined;
      for (const n of await numbers()) {
        const read = await readCheckpoint(files, pathOf(n));
        if ('why' in read) {
          if (read.mayBeCommitted) throw damaged(pathOf(n), read.why);
          firstDamaged ??= { n, why: read.why };
          continue;
        }
        if (read.n !== n) throw damaged(pathOf(n), `it is checkpoint ${read.n} under another name`);
        if (read.content.pipeline !== pipeline) throw foreign(pathOf(n), pipeline, read.content.pipeline);
        return { ...read.content, n, sections: read.sections, ...(firstDamaged === undefined ? {} : { damaged: firstDamaged.n }) };
      }
      if (firstDamaged !== undefined) throw damaged(pathOf(firstDamaged.n), firstDamaged.why);
      return undefined;
    },

    async write(n, content, captures) {
      assert(Number.isSafeInteger(n) && n > 0, 'checkpoints are numbered from 1');
      assert(!isWriting, 'one checkpoint is written at a time');
      isWriting = true;
      const part = `${folder}/${n}.part`;
      try {
        const file = await files.open(part, 'create').catch((error: unknown) => {
          for (const capture of captures) capture.drop();
          throw error;
        });
        try {
          await writeCheckpoint(file, n, content, captures);
        } finally {
          await file.close();
        }
        await files.rename(part, pathOf(n));
        await files.syncFolder(folder);
      } catch (error) {
        // A full disk must not stay full of what nobody will read; the next start tries again if this fails too.
        await files.remove(part).catch(() => {});
        throw error;
      } finally {
        isWriting = false;
      }
    },

    async committed(n) {
      const upTo = (await numbers()).filter((known) => known <= n);
      // Oldest first: killed in between, it leaves no hole.
      for (const old of upTo.slice(keep).reverse()) await files.remove(pathOf(old));
    },

    close: async () => {},
  };
}
