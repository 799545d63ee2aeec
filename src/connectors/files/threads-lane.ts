import { Worker } from 'node:worker_threads';
import { HeadraceError } from '../../core/error.ts';
import type { Grid, ThreadSetup, UnitAnswer } from './threads-unit.ts';

/** A thread that takes units from the board and reads them. */
export interface Lane {
  /** Once. */
  begin(grid: Grid): void;
  /** There may be more on the board. */
  look(): void;
  /** Settles when nothing of it is left. */
  close(): Promise<void>;
}

export interface LaneEvents {
  told(answer: UnitAnswer): void;
  failed(error: unknown): void;
}

/** `number` names it in errors. */
export type NewLane = (setup: ThreadSetup, number: number, events: LaneEvents) => Lane;

export const spawnLane: NewLane = (setup, number, { told, failed }) => {
  // It imports nothing by a name, so it needs none of the flags of the process, some of which no thread can start with.
  const worker = new Worker(threadModule()!, { workerData: setup, execArgv: [], name: `file ${number}` });
  let cause: unknown;
  let isClosed = false;
  worker.on('message', told);
  worker.on('messageerror', (error) => {
    cause ??= error;
    void worker.terminate();
  });
  worker.on('error', (error) => {
    cause ??= error;
  });
  worker.on('exit', (code) => {
    if (!isClosed) failed(lost(setup.where, number, code, cause));
  });
  return {
    begin: (grid) => worker.postMessage(grid),
    look() {}, // It waits at the board itself.
    async close() {
      isClosed = true;
      await worker.terminate();
    },
  };
};

/** Where a thread begins; undefined where a bundle has no address. */
export function threadModule(from: string | undefined = import.meta.url): URL | undefined {
  if (from === undefined || !from.startsWith('file:')) return undefined;
  return new URL(from.endsWith('.ts') ? './threads-main.ts' : './threads-main.js', from);
}

function lost(where: string, number: number, code: number, cause: unknown): HeadraceError {
  const how = cause instanceof Error ? `by an error: ${cause.message.split('\n', 1)[0]!}` : `with exit code ${code}`;
  return new HeadraceError({
    code: 'HR_FILE_THREAD_ENDED',
    where,
    what: `thread ${number} of those that read the file ended ${how}`,
    todo: 'Look at the cause; if it is memory, read with fewer threads. Without the option threads the file is read by the main thread.',
    cause,
  });
}
