import { HeadraceError } from '../core/error.ts';
import type { Sink } from '../core/sink.ts';
import type { World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import type { Checkpoints, StoredCheckpoint } from '../state/checkpoints.ts';

export interface Arbiter {
  readonly id: string;
  readonly sink: Sink<unknown>;
}

/** The sink whose transaction decides which checkpoint holds; a plan has at most one. */
export function arbiterOf({ nodes }: Plan): Arbiter | undefined {
  for (const { id, body } of nodes) if (body.type === 'sink' && body.sink.delivery === 'arbiter') return { id, sink: body.sink };
  return undefined;
}

/**
 * The checkpoint to go on from where an arbiter decides. A checkpoint is on the disk before the arbiter commits it, so
 * the newest may be undecided: what it says never happened, and it is taken back, with all that other sinks prepared
 * for it. By more than that one the two can differ only when a folder or a database was exchanged.
 */
export async function decidedCheckpoint(
  { pipeline }: Plan,
  { id, sink }: Arbiter,
  store: Checkpoints,
  world: World,
): Promise<StoredCheckpoint | undefined> {
  const decided = await sink.decided?.({ world, signal: new AbortController().signal, pipeline, sink: id });
  const newest = await store.latest();
  if (newest === undefined) {
    if (decided === undefined) return undefined;
    throw apart(id, decided, 'there is no checkpoint in the folder');
  }
  const knows = (stored: StoredCheckpoint | undefined): boolean => stored?.tokens.some((token) => token.sink === id) === true;
  // Taken before this sink was part of the plan: what it may have decided long ago says nothing about this one.
  if (newest.n === decided || !knows(newest)) return newest;
  const before = await store.latest(newest.n);
  const isUndecided = decided === undefined ? !knows(before) : before?.n === decided;
  if (!isUndecided) throw apart(id, decided, `the newest checkpoint is ${newest.n}`);
  await store.takeBack(newest.n);
  return before;
}

function apart(sink: string, decided: number | undefined, found: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_ARBITER_APART',
    what: `the sink has committed ${decided === undefined ? 'no checkpoint' : `checkpoint ${decided}`}, and ${found}`,
    where: sink,
    todo: 'The state folder and the database do not belong together: put back the one that was exchanged. To begin anew, remove the folder and the row of this pipeline in the database.',
  });
}
