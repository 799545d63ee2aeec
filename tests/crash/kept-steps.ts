import { DatabaseSync } from 'node:sqlite';
import { passingFile } from '../../src/base/files-passing.ts';
import type { Files, OpenFile } from '../../src/core/world.ts';
import type { Sink } from '../../src/index.ts';
import { COMMIT_STEPS, OTHER_STEPS, type Step, Steps } from './steps.ts';

/** The steps by which a checkpoint comes into a topic, from the first byte that is staged to the last trace of it. */
export const TOPIC_STEPS = [
  'staged: begun',
  'staged: half written',
  'staged: written, not synced',
  'staged: sealed',
  'log: half appended',
  'log: appended, not synced',
  'log: synced, end not published',
  'end published',
  'staged removed',
] as const;

/** And into a database. Between the last one and the commits of other sinks nothing but the database knows of it. */
export const DATABASE_STEPS = ['database: begun', 'database: before COMMIT', 'database: after COMMIT'] as const;

/** Dead letters that are sent in again. */
export const REDRIVE_STEPS = ['letter read', 'letter sent in'] as const;

/** Into numbered files, of which a checkpoint has several, and into one that grows. */
export const FILE_STEPS = ['list written', 'list removed', 'length written', 'length named'] as const;
/** What a killed run has left in a file that grows. */
const CUT = 'cut back';

export type KeptStep =
  | Step
  | (typeof FILE_STEPS)[number]
  | typeof CUT
  | (typeof TOPIC_STEPS)[number]
  | (typeof DATABASE_STEPS)[number]
  | (typeof REDRIVE_STEPS)[number];

/** Whether a kill at this step lies between the beginning of `prepare` and the end of `commit`. */
export function isInCommit(step: string): boolean {
  return ([...COMMIT_STEPS, ...TOPIC_STEPS, ...DATABASE_STEPS, ...FILE_STEPS] as readonly string[]).includes(step);
}

export const ALL_STEPS: readonly KeptStep[] = [
  ...COMMIT_STEPS,
  ...TOPIC_STEPS,
  ...DATABASE_STEPS,
  ...FILE_STEPS,
  ...REDRIVE_STEPS,
  ...OTHER_STEPS,
  CUT,
];

/** Says which steps a run takes with topics and databases too; of everything else as `Steps` does. */
export class KeptSteps {
  readonly #at: (step: KeptStep) => void;
  readonly #others: Steps;
  #isDeciding = false;
  #committing = 0;

  constructor(at: (step: KeptStep) => void, inputs: string) {
    this.#at = at;
    this.#others = new Steps((step) => {
      if (step === 'commit begun') this.#committing++;
      if (step === 'committed') this.#committing--;
      at(step);
    }, inputs);
    this.#watchDatabases();
  }

  get others(): Steps {
    return this.#others;
  }

  /** A database with the rows of a run, committed by its arbiter. */
  database(sink: Sink<unknown>): Sink<unknown> {
    return this.#others.sink({
      ...sink,
      open: async (context) => {
        const writer = await sink.open(context);
        return {
          write: (chunk) => writer.write(chunk),
          prepare: (n) => writer.prepare!(n),
          commit: async (tokens, to) => {
            this.#isDeciding = true;
            await writer.commit!(tokens, to);
            this.#isDeciding = false;
          },
          close: (error) => writer.close(error),
        };
      },
    });
  }

  files(files: Files): Files {
    const at = this.#at;
    const others = this.#others.files(files);
    return {
      ...others,
      open: async (path, mode) => {
        if (!isOfTopic(path)) return this.#output(path, await others.open(path, mode));
        const file = await files.open(path, mode);
        if (mode === 'create' && isStaged(path)) at('staged: begun');
        return this.#file(path, file);
      },
      rename: async (from, to) => {
        await (isOfTopic(from) ? files : others).rename(from, to);
        if (to.endsWith('.length') && this.#committing > 0) at('length named');
      },
      remove: async (path) => {
        if (!isOfTopic(path)) {
          await others.remove(path);
          if (path.endsWith('.files') && this.#committing > 0) at('list removed');
          return;
        }
        await files.remove(path);
        if (isStaged(path)) at('staged removed');
      },
    };
  }

  /** What a sink of files writes beside the files themselves, and a file that is cut back. */
  #output(path: string, file: OpenFile): OpenFile {
    return {
      ...passingFile(file),
      write: async (bytes, position) => {
        await file.write(bytes, position);
        if (path.endsWith('.files')) this.#at('list written');
        if (path.endsWith('.length.part') && this.#committing > 0) this.#at('length written');
      },
      truncate: async (bytes) => {
        await file.truncate(bytes);
        this.#at(CUT);
      },
    };
  }

  #file(path: string, file: OpenFile): OpenFile {
    const at = this.#at;
    const kind = isStaged(path) ? 'staged' : path.endsWith('.log') ? 'log' : path.endsWith('/end') ? 'end' : 'other';
    return {
      size: () => file.size(),
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
      read: async (into, position) => {
        const got = await file.read(into, position);
        if (kind === 'log' && path.includes('.dead/')) at('letter read');
        return got;
      },
      write: async (bytes, position) => {
        if (kind !== 'staged' && kind !== 'log') {
          await file.write(bytes, position);
          if (kind === 'end') at('end published');
          return;
        }
        const half = bytes.length >> 1;
        await file.write(bytes.subarray(0, half), position);
        at(kind === 'staged' ? 'staged: half written' : 'log: half appended');
        await file.write(bytes.subarray(half), position + half);
        at(kind === 'staged' ? 'staged: written, not synced' : 'log: appended, not synced');
      },
      sync: async () => {
        await file.sync();
        if (kind === 'staged') at('staged: sealed');
        if (kind === 'log') at('log: synced, end not published');
      },
    };
  }

  /** SQLite goes to the disk by itself, so its calls are what there is to see of it. They do what they always do. */
  #watchDatabases(): void {
    const at = this.#at;
    const isDeciding = (): boolean => this.#isDeciding;
    // oxlint-disable-next-line typescript/unbound-method -- it is called with the database it belongs to
    const { exec } = DatabaseSync.prototype;
    DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
      const isCommit = sql === 'commit' && isDeciding();
      if (isCommit) at('database: before COMMIT');
      exec.call(this, sql);
      if (isCommit) at('database: after COMMIT');
      if (sql === 'begin immediate' && isDeciding()) at('database: begun');
    };
  }
}

function isOfTopic(path: string): boolean {
  return path.includes('/topics/');
}

function isStaged(path: string): boolean {
  return path.endsWith('.staged');
}
