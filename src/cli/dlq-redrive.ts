import { folderName } from '../base/folder-name.ts';
import { HeadraceError, isHeadraceError } from '../core/error.ts';
import type { World } from '../core/world.ts';
import { findTopicLog } from '../log/topic-log.ts';
import type { RunReport } from '../runtime/report.ts';
import { start } from '../runtime/run.ts';
import { carryOut } from './carry-out.ts';
import { DEAD, letterTopic } from './dlq-letters.ts';
import type { RedriveWish } from './dlq-wish.ts';
import { ExitCode } from './exit-code.ts';
import { checkFolder } from './log-folder.ts';
import { counted } from './log-ls.ts';
import { printable } from './printable.ts';

/** `headrace dlq redrive`: a run like others, over letters. The exit code, or nothing when another copy has taken over. */
export function dlqRedrive({ dir, run: wish }: RedriveWish, world: World, withStack: boolean): Promise<number | undefined> {
  return carryOut({
    wish,
    world,
    withStack,
    check: () => checkFolder(world.files, dir),
    async begin(pipeline, options) {
      if (await hasNone(world, dir, pipeline.name)) {
        process.stderr.write(
          `pipeline '${printable(pipeline.name)}' has no dead letters in ${printable(dir)}: there is nothing to send in\n`,
        );
        return undefined;
      }
      return await start(pipeline, { ...options, redrive: true }).catch((error: unknown) => {
        throw explained(error, dir, pipeline.name);
      });
    },
    refused({ code }) {
      if (code === 'HR_SETTING_UNKNOWN') return ExitCode.usage;
      return NOT_THE_MODULE.has(code) ? ExitCode.failed : ExitCode.invalid;
    },
    ended(report) {
      if (process.stderr.isTTY && !wish.json && !wish.quiet) process.stderr.write(summaryOf(report, dir));
    },
  });
}

const NOT_THE_MODULE: ReadonlySet<string> = new Set([
  'HR_STATE_MISSING',
  'HR_LETTERS_MISSING',
  'HR_FOLDER_IN_USE',
  'HR_LOG_DAMAGED',
  'HR_TOPIC_DAMAGED',
]);

/** A pipeline of this folder that was never refused anything has no topic. One that the folder does not know is another matter. */
async function hasNone(world: World, dir: string, pipeline: string): Promise<boolean> {
  if ((await findTopicLog(world, dir, `${pipeline}${DEAD}`)) !== undefined) return false;
  if ((await world.files.stat(`${dir}/pipelines/${folderName(pipeline)}`)) !== undefined) return true;
  await letterTopic(world, dir, pipeline);
  return false;
}

/** The same in words for somebody who asked for a redrive. */
function explained(error: unknown, dir: string, pipeline: string): unknown {
  if (!isHeadraceError(error)) return error;
  const todo = TODO[error.code];
  if (todo === undefined) return error;
  return new HeadraceError({ code: error.code, what: error.what, where: error.where, todo: todo(dir, pipeline), cause: error.cause });
}

const TODO: Readonly<Record<string, (dir: string, pipeline: string) => string>> = {
  HR_FOLDER_IN_USE: () =>
    'Letters meet the state that the run has, so the two cannot go on side by side: stop that run, then redrive, then start it again. The letters wait.',
  HR_LOG_DAMAGED: (dir, pipeline) =>
    `Put the file back from a copy, or put the damage aside with \`headrace log repair ${dir} ${pipeline}${DEAD}\`; the other letters can then be sent in.`,
};

function summaryOf({ pipeline, in: sent, deadLetters }: RunReport, dir: string): string {
  if (sent === 0) return 'no dead letters were waiting\n';
  const again =
    deadLetters === 0 ? 'none was refused again' : `${counted(deadLetters, 'letter')} refused again: headrace dlq show ${dir} ${pipeline}`;
  return printable(`${counted(sent, 'dead letter')} sent in again, ${again}`) + '\n';
}
