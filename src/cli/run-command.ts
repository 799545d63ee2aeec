import type { World } from '../core/world.ts';
import { start } from '../runtime/run.ts';
import { carryOut } from './carry-out.ts';
import { ExitCode } from './exit-code.ts';
import { helpFor } from './help.ts';
import { runWish, wantsStack } from './usage.ts';

/** `headrace run`: the exit code, or nothing when another copy of Headrace has taken over. */
export async function runCommand(argv: readonly string[], world: World): Promise<number | undefined> {
  const wish = runWish(argv);
  if (wish === 'help') {
    process.stdout.write(helpFor('run'));
    return ExitCode.ok;
  }
  return carryOut({
    wish,
    world,
    withStack: wantsStack(argv, process.env),
    begin: (pipeline, options) => start(pipeline, options),
    refused: ({ code }) => (code === 'HR_SETTING_UNKNOWN' ? ExitCode.usage : ExitCode.invalid),
  });
}
