import type { World } from '../core/world.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { logAppend } from './log-append.ts';
import { logCat } from './log-cat.ts';
import { explainedWrite } from './log-folder.ts';
import { logFsck } from './log-fsck.ts';
import { LOG_HELP } from './log-help.ts';
import { logLs } from './log-ls.ts';
import { logRepair } from './log-repair.ts';
import { type LogWish, logWish } from './log-wish.ts';
import { wantsStack } from './usage.ts';

/** `headrace log`: the exit code. Nothing but append and repair changes what a topic holds. */
export async function logCommand(argv: readonly string[], world: World): Promise<number> {
  const wish = logWish(argv);
  if (wish === 'help') {
    process.stdout.write(LOG_HELP);
    return ExitCode.ok;
  }
  try {
    return await done(wish, world);
  } catch (error) {
    const reads = wish.action === 'cat' || wish.action === 'ls' || wish.action === 'fsck';
    const failure = failureOf(explainedWrite(error, wish.dir, reads ? 'read' : 'write'));
    process.stderr.write(failureText(failure, wantsStack(argv, process.env)));
    return failure.code === 'HR_USAGE' ? ExitCode.usage : ExitCode.failed;
  }
}

function done(wish: LogWish, world: World): Promise<number> {
  switch (wish.action) {
    case 'ls':
      return logLs(wish, world);
    case 'cat':
      return logCat(wish, world);
    case 'append':
      return logAppend(wish, world);
    case 'fsck':
      return logFsck(wish, world);
    case 'repair':
      return logRepair(wish, world);
  }
}
