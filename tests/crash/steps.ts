import type { Scheduler, Files, OpenFile } from '../../src/core/world.ts';
import type { Sink } from '../../src/index.ts';

/**
 * The steps of a run at which a kill is aimed, in the order of one checkpoint. The first group lies between the
 * beginning of `prepare` and the end of `commit`, where a mistake loses output or repeats it.
 */
export const COMMIT_STEPS = [
  'prepare begun',
  'prepare: written, not synced',
  'prepared',
  'checkpoint .part begun',
  'checkpoint .part half written',
  'checkpoint .part synced',
  'checkpoint named',
  'commit begun',
  'commit: file named',
  'commit: mark written',
  'commit: mark named',
  'committed',
] as const;

export const OTHER_STEPS = [
  'opening',
  'leftover removed',
  'committed again',
  'reading',
  'written',
  'barrier under way',
  'old checkpoint removed',
  'closing',
] as const;

export type Step = (typeof COMMIT_STEPS)[number] | (typeof OTHER_STEPS)[number];
/** Called when a run is at a step; it may not come back. */
export type AtStep = (step: Step) => void;

/** Says which steps a run takes, as far as its files, its timers and its sinks show them. */
export class Steps {
  readonly #at: AtStep;
  readonly #inputs: string;
  #opening = 0;
  #committing = 0;
  #isBarrierUnderWay = false;

  constructor(at: AtStep, inputs: string) {
    this.#at = at;
    this.#inputs = inputs;
  }

  /** User functions call it: records pass while a barrier is on its way. */
  looked(): void {
    if (this.#isBarrierUnderWay) this.#at('barrier under way');
  }

  /** Checkpoints are begun by the one timer that waits so long. */
  scheduler(scheduler: Scheduler, checkpointEveryMs: number): Scheduler {
    return {
      soon: (fn) => scheduler.soon(fn),
      after: (ms, fn) =>
        scheduler.after(ms, () => {
          fn();
          if (ms === checkpointEveryMs) this.#isBarrierUnderWay = true;
        }),
    };
  }

  sink(sink: Sink<unknown>): Sink<unknown> {
    const at = this.#at;
    return {
      ...sink,
      open: async (context) => {
        this.#opening++;
        at('opening');
        const writer = await sink.open(context);
        this.#opening--;
        return {
          write: (chunk) => writer.write(chunk),
          flush: () => writer.flush?.(),
          prepare: async (n) => {
            this.#isBarrierUnderWay = false;
            const preparing = writer.prepare!(n);
            at('prepare begun');
            const token = await preparing;
            at('prepared');
            return token;
          },
          commit: async (tokens, to) => {
            at('commit begun');
            this.#committing++;
            await writer.commit!(tokens, to);
            this.#committing--;
            at('committed');
          },
          close: async (error) => {
            at('closing');
            await writer.close(error);
          },
        };
      },
    };
  }

  files(files: Files): Files {
    const at = this.#at;
    return {
      stat: (path) => files.stat(path),
      list: (folder) => files.list(folder),
      makeFolder: (path) => files.makeFolder(path),
      syncFolder: (path) => files.syncFolder(path),
      lock: (path) => files.lock(path),
      watch: (path, changed) => files.watch(path, changed),
      open: async (path, mode) => {
        const file = await files.open(path, mode);
        if (mode !== 'read' && isCheckpoint(path)) at('checkpoint .part begun');
        return this.#file(path, file);
      },
      rename: async (from, to) => {
        await files.rename(from, to);
        if (isCheckpoint(from)) at('checkpoint named');
        else if (this.#opening > 0) at('committed again');
        else if (this.#committing > 0) at(to.endsWith('.committed') ? 'commit: mark named' : 'commit: file named');
      },
      remove: async (path) => {
        await files.remove(path);
        if (path.endsWith('.ckpt')) at('old checkpoint removed');
        else if (this.#opening > 0) at('leftover removed');
      },
    };
  }

  #file(path: string, file: OpenFile): OpenFile {
    const at = this.#at;
    const isInput = path.startsWith(this.#inputs);
    return {
      size: () => file.size(),
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
      read: async (into, position) => {
        const got = await file.read(into, position);
        if (isInput) at('reading');
        return got;
      },
      write: async (bytes, position) => {
        if (!isCheckpoint(path)) {
          await file.write(bytes, position);
          at(path.endsWith('.committed.part') ? 'commit: mark written' : 'written');
          return;
        }
        const half = bytes.length >> 1;
        await file.write(bytes.subarray(0, half), position);
        at('checkpoint .part half written');
        await file.write(bytes.subarray(half), position + half);
      },
      sync: async () => {
        if (!isCheckpoint(path) && !path.endsWith('.committed.part')) at('prepare: written, not synced');
        await file.sync();
        if (isCheckpoint(path)) at('checkpoint .part synced');
      },
    };
  }
}

/** The output of a sink has temporary files too; those begin with a dot. */
function isCheckpoint(path: string): boolean {
  return /\/\d+\.part$/.test(path);
}
