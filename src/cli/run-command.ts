import { pathToFileURL } from 'node:url';
import { HeadraceError } from '../core/error.ts';
import type { World } from '../core/world.ts';
import { giveSettings } from '../pipeline/setting.ts';
import { embedded } from '../runtime/embedded.ts';
import { start } from '../runtime/run.ts';
import type { Run, RunOptions } from '../runtime/runtime.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { helpFor } from './help.ts';
import { findModule, loadPipeline } from './load-module.ts';
import { handedOver } from './own-copy.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { refuseUnasked } from './unasked.ts';
import { type RunWish, runWish, wantsStack } from './usage.ts';
import { voiceFor } from './voices.ts';
import type { Voice } from './voice.ts';

/** `headrace run`: the exit code, or nothing when another copy of Headrace has taken over. */
export async function runCommand(argv: readonly string[], world: World): Promise<number | undefined> {
  const wish = runWish(argv);
  if (wish === 'help') {
    process.stdout.write(helpFor('run'));
    return ExitCode.ok;
  }
  const withStack = wantsStack(argv, process.env);
  const voice = voiceFor(wish, world, withStack);
  let running: Run | undefined;
  const unwatch = watchProcess(voice, () => running);
  try {
    const path = await findModule(wish.file, world.files);
    if (await handedOver(path)) return undefined;
    giveSettings(wish.settings);
    const pipeline = await voice.whileLoading(wish.file, () => loadPipeline(path));
    refuseUnasked();
    running = await start(pipeline, optionsOf(wish, path, world));
  } catch (error) {
    const failure = failureOf(error);
    if (wish.json) voice.failed(failure);
    else process.stderr.write(failureText(failure, withStack));
    return failure.code === 'HR_SETTING_UNKNOWN' ? ExitCode.usage : ExitCode.invalid;
  } finally {
    if (running === undefined) unwatch();
  }
  const unlisten = stopOnSignals(running, voice);
  voice.began(running);
  try {
    const report = await running.done;
    voice.ended(report, running.metrics());
    return ExitCode.ok;
  } catch (error) {
    voice.failed(failureOf(error));
    return ExitCode.failed;
  } finally {
    unlisten();
    unwatch();
  }
}

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
