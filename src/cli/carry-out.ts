import type { World } from '../core/world.ts';
import { giveSettings } from '../pipeline/setting.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { RunReport } from '../runtime/report.ts';
import type { Run, RunOptions } from '../runtime/runtime.ts';
import { ExitCode } from './exit-code.ts';
import { type Failure, failureOf, failureText } from './failure.ts';
import { findModule, loadPipeline } from './load-module.ts';
import { handedOver } from './own-copy.ts';
import { optionsOf, watchProcess } from './run-options.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { refuseUnasked } from './unasked.ts';
import type { RunWish } from './usage.ts';
import { voiceFor } from './voices.ts';

export interface Undertaking {
  readonly wish: RunWish;
  readonly world: World;
  readonly withStack: boolean;
  /** Before the module is loaded, once it is found. */
  check?(): Promise<void>;
  /** Starts the run, or answers nothing where there is nothing to do. */
  begin(pipeline: Pipeline, options: RunOptions): Promise<Run | undefined>;
  /** The exit code of what failed before the run had begun. */
  refused(failure: Failure): number;
  ended?(report: RunReport): void;
}

/** Loads the module and follows its run to the end. The exit code, or nothing when another copy of Headrace has taken over. */
export async function carryOut(undertaking: Undertaking): Promise<number | undefined> {
  const { wish, world, withStack, refused } = undertaking;
  const voice = voiceFor(wish, world, withStack);
  let running: Run | undefined;
  const unwatch = watchProcess(voice, () => running);
  try {
    const path = await findModule(wish.file, world.files);
    if (await handedOver(path)) return undefined;
    await undertaking.check?.();
    giveSettings(wish.settings);
    const pipeline = await voice.whileLoading(wish.file, () => loadPipeline(path));
    refuseUnasked();
    running = await undertaking.begin(pipeline, optionsOf(wish, path, world));
    if (running === undefined) return ExitCode.ok;
  } catch (error) {
    const failure = failureOf(error);
    if (wish.json) voice.failed(failure);
    else process.stderr.write(failureText(failure, withStack));
    return refused(failure);
  } finally {
    if (running === undefined) unwatch();
  }
  const unlisten = stopOnSignals(running, voice);
  voice.began(running);
  try {
    const report = await running.done;
    voice.ended(report, running.metrics());
    undertaking.ended?.(report);
    return ExitCode.ok;
  } catch (error) {
    voice.failed(failureOf(error));
    return ExitCode.failed;
  } finally {
    unlisten();
    unwatch();
  }
}
