import { folderName } from '../base/folder-name.ts';
import { letters } from '../codecs/letters.ts';
import { HeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { World } from '../core/world.ts';
import type { LogDamage } from '../log/log-errors.ts';
import { findTopicLog, type TopicLog } from '../log/topic-log.ts';
import { REDRIVE } from '../runtime/redrive/names.ts';
import { type FoundTopic, listed, topicsIn } from './log-folder.ts';
import type { PipelinePositions } from './log-readers.ts';
import { nearest } from './nearest.ts';

/** What a pipeline calls the topic of its letters. */
export const DEAD: string = '.dead';

/** A letter in its place, or why there is none. */
export type KeptLetter =
  | { readonly position: number; readonly letter: DeadLetter }
  | { readonly position: number; readonly problem: string };

/** The topics of dead letters in a folder. */
export async function letterTopics(world: World, dir: string): Promise<readonly FoundTopic[]> {
  return (await topicsIn(world, dir)).filter(({ name }) => name.endsWith(DEAD));
}

/** The letters of one pipeline. */
export async function letterTopic(world: World, dir: string, pipeline: string): Promise<TopicLog> {
  const known = (await letterTopics(world, dir)).map(({ name }) => name.slice(0, -DEAD.length));
  const found = await findTopicLog(world, dir, `${pipeline}${DEAD}`);
  if (found !== undefined) return found;
  const close = nearest(pipeline, known);
  const there = known.length === 0 ? 'No pipeline has any in this folder.' : `There are some of: ${listed(known)}.`;
  throw new HeadraceError({
    code: 'HR_LETTERS_MISSING',
    what: `there are no dead letters of a pipeline '${pipeline}'`,
    where: dir,
    todo: `${close === undefined ? '' : `Did you mean '${close}'? `}${there}`,
  });
}

/** The letters from a position on that can be read; what cannot be read of the log is told to `onDamage`. */
export async function* keptLetters(log: TopicLog, from: number, onDamage: (damage: LogDamage) => void): AsyncGenerator<KeptLetter> {
  const codec = letters();
  const reader = await log.reader(0, 'start', { skipDamage: true, onDamage });
  try {
    // Letters are few, and those before may be gone already: passing over them is simpler than asking where they begin.
    for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
      for (let i = 0; i < batch.count; i++) {
        const position = batch.first + i;
        if (position < from) continue;
        let kept: KeptLetter;
        try {
          kept = { position, letter: codec.decode(batch.valueAt(i)) };
        } catch (error) {
          kept = { position, problem: error instanceof Error ? error.message : String(error) };
        }
        yield kept;
      }
    }
  } finally {
    await reader.close();
  }
}

/** The position of the first letter that was not sent in again; what stands in its way to be known. */
export function redrivenUpTo(
  pipelines: readonly PipelinePositions[],
  pipeline: string,
): { readonly next: number; readonly problem: string | undefined } {
  const mine = pipelines.find(({ folder }) => folder === folderName(pipeline));
  const resume = mine?.positions.find(({ source }) => source === REDRIVE)?.resume;
  return { next: typeof resume === 'number' ? resume : 0, problem: mine?.problem };
}
