import type { World } from '../core/world.ts';
import { DLQ_HELP } from './dlq-help.ts';
import { dlqLs } from './dlq-ls.ts';
import { dlqRedrive } from './dlq-redrive.ts';
import { dlqShow } from './dlq-show.ts';
import { dlqWish } from './dlq-wish.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { explainedWrite } from './log-folder.ts';
import { wantsStack } from './usage.ts';

/** `headrace dlq`: the exit code, or nothing when another copy of Headrace has taken over. */
export async function dlqCommand(argv: readonly string[], world: World): Promise<number | undefined> {
  const wish = dlqWish(argv);
  if (wish === 'help') {
    process.stdout.write(DLQ_HELP);
    return ExitCode.ok;
  }
  const withStack = wantsStack(argv, process.env);
  if (wish.action === 'redrive') return await dlqRedrive(wish, world, withStack);
  try {
    return await (wish.action === 'ls' ? dlqLs(wish, world) : dlqShow(wish, world));
  } catch (error) {
    const failure = failureOf(explainedWrite(error, wish.dir, 'read'));
    process.stderr.write(failureText(failure, withStack));
    return failure.code === 'HR_USAGE' ? ExitCode.usage : ExitCode.failed;
  }
}
