import type { Sink, SinkContext, Token } from '../core/sink.ts';
import type { TopicStore } from '../core/topic.ts';
import type { World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import type { Recovery } from './recovery.ts';

/** Finishes what a checkpoint has committed and a process that died may not have, and writes nothing. */
export async function finishCommitted(sink: Sink<unknown>, context: SinkContext): Promise<void> {
  const writer = await sink.open(context);
  await writer.close();
}

/** The same for all sinks of a run that had come to its end. */
export async function commitAgain(plan: Plan, world: World, { checkpointer }: Recovery, topics: TopicStore | undefined): Promise<void> {
  const { signal } = new AbortController();
  for (const { id, body } of plan.nodes) {
    if (body.type !== 'sink') continue;
    const committed: readonly Token[] = checkpointer.committed.filter(({ sink }) => sink === id).map(({ token }) => token);
    if (committed.length > 0)
      await finishCommitted(body.sink, {
        world,
        signal,
        topics,
        pipeline: plan.pipeline,
        sink: id,
        index: 0,
        committed,
        checkpoints: true,
      });
  }
}
