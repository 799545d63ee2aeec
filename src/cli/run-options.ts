import { pathToFileURL } from 'node:url';
import { HeadraceError } from '../core/error.ts';
import type { World } from '../core/world.ts';
import { embedded } from '../runtime/embedded.ts';
import type { Run, RunOptions } from '../runtime/runtime.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import type { RunWish } from './usage.ts';
import type { Voice } from './voice.ts';

export function optionsOf(wish: RunWish, path: string, world: World): RunOptions {
  const { until, deadlineMs, memoryBytes, dir, checkpointEveryMs, parallelism, state, again, from, acceptDuplicates } = wish;
  return {
    runtime: embedded({
      world,
      ...(memoryBytes === undefined ? {} : { memory: memoryBytes }),
      ...(dir === undefined ? {} : { dir }),
      ...(checkpointEveryMs === undefined ? {} : { checkpointEvery: checkpointEveryMs }),
      ...(parallelism === undefined ? {} : { parallelism }),
      ...(state === undefined ? {} : { state }),
    }),
    module: pathToFileURL(path),
    until,
    again,
    ...(from === undefined ? {} : { from, acceptDuplicates }),
    ...(deadlineMs === undefined ? {} : { deadline: deadlineMs }),
  };
}

/** Two ways in which a process ends behind our back: an error that nobody catches, and nothing left to wait for. */
export function watchProcess(voice: Voice, running: () => Run | undefined): () => void {
  const uncaught = (error: unknown): void => {
    const failure = failureOf(error);
    voice.failed({ ...failure, code: 'HR_UNCAUGHT', message: `an error outside of the pipeline was caught by nobody: ${failure.message}` });
    process.exit(ExitCode.failed);
  };
  const drained = (): void => {
    const holding =
      running()
        ?.metrics()
        .operators.filter(({ heldRecords }) => heldRecords > 0) ?? [];
    const who = holding.length === 0 ? '' : ` (${holding.map(({ id, heldRecords }) => `${id} holds ${heldRecords} records`).join(', ')})`;
    const stuck = new HeadraceError({
      code: 'HR_NOTHING_PENDING',
      what: `${running() === undefined ? 'the module is still loading' : 'the run is not over'}${who}, and nothing is left that could wake it up`,
      todo: 'Look for a promise that never settles, as one whose resolve is never called.',
    });
    voice.failed(failureOf(stuck));
    process.exit(running() === undefined ? ExitCode.invalid : ExitCode.failed);
  };
  process.on('uncaughtException', uncaught);
  process.on('beforeExit', drained);
  return () => {
    process.off('uncaughtException', uncaught);
    process.off('beforeExit', drained);
  };
}
