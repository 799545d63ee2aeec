import { HeadraceError, isHeadraceError } from '../core/error.ts';
import type { Sink } from '../core/sink.ts';
import type { TopicStore } from '../core/topic.ts';
import type { World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import { deadLetterTopic } from '../pipeline/unread-letters.ts';
import { commitAgain, finishCommitted } from './commit-again.ts';
import { type Recovery, type RecoveryOptions, recover } from './recovery.ts';

/** How a run with a folder begins. */
export interface Beginning {
  readonly recovery: Recovery;
  /** The plan to run: of a redrive another than the pipeline's own. */
  readonly plan: Plan;
  /** An earlier run had come to the end of the data: there is nothing to do, and the folder is free again. */
  readonly isOver: boolean;
}

export interface BeginningOptions extends RecoveryOptions {
  readonly world: World;
  readonly topics: TopicStore | undefined;
  readonly redrive: boolean;
}

/** Opens the folder, finishes what was committed, and says how to go on. Whatever the disk says on the way is told with what to do. */
export async function begin(plan: Plan, options: BeginningOptions): Promise<Beginning> {
  const { world, dir, topics, redrive } = options;
  try {
    const recovery = await recover(plan, world, options);
    try {
      if (recovery.goneLetters.length > 0) await finishLetters(plan, recovery, options);
      if (redrive) {
        // Loaded by those who ask for it: the log and the topics hang on it.
        const { redriving } = await import('./redrive/redrive.ts');
        return { recovery, plan: await redriving(plan, world, dir, recovery), isOver: false };
      }
      if (!recovery.isCompleted) return { recovery, plan, isOver: false };
      await commitAgain(plan, world, recovery, topics);
    } catch (error) {
      await recovery.store.close().catch(() => {}); // What went wrong first is what counts.
      throw error;
    }
    await recovery.store.close();
    return { recovery, plan, isOver: true };
  } catch (error) {
    throw isHeadraceError(error) ? error : unavailable(dir, error);
  }
}

/** The plan has nowhere to put dead letters any more, and those that the checkpoint has committed are kept all the same. */
async function finishLetters({ pipeline }: Plan, { goneLetters }: Recovery, { world, dir }: BeginningOptions): Promise<void> {
  const { KeptTopics } = await import('../connectors/topics/kept-topics.ts');
  const letters = deadLetterTopic(pipeline) as Sink<unknown>;
  const { signal } = new AbortController();
  const topics = new KeptTopics(world, dir);
  await finishCommitted(letters, {
    world,
    signal,
    topics,
    pipeline,
    sink: letters.id,
    index: 0,
    committed: goneLetters,
    checkpoints: true,
  });
}

function unavailable(dir: string, cause: unknown): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_UNAVAILABLE',
    what: `the state folder cannot be read or written: ${cause instanceof Error ? cause.message : String(cause)}`,
    where: dir,
    todo: 'Look after the disk and the rights to the folder, then start again: it goes on from the last checkpoint.',
    cause,
  });
}
