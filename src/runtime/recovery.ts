import { HeadraceError } from '../core/error.ts';
import type { Files, World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import { checkState } from '../pipeline/plan-diff.ts';
import { checkNames } from '../pipeline/plan-facts.ts';
import { fingerprintOf, type PlanJson, planJson } from '../pipeline/plan-json.ts';
import { folderName } from '../state/folder-name.ts';
import { type Checkpoints, openCheckpoints, type StoredCheckpoint } from '../state/checkpoints.ts';
import type { CheckpointerOptions } from './checkpointer.ts';
import type { RestoredPiece } from './flow-host.ts';
import { lockFolder } from './folder-lock.ts';
import { readPieces } from './pieces.ts';
import type { PartitionPosition } from './source-feed.ts';

/** What a run that keeps checkpoints begins with. */
export interface Recovery {
  readonly checkpointer: CheckpointerOptions;
  readonly store: Checkpoints;
  /** The number of the checkpoint it goes on from, 0 for none. */
  readonly from: number;
  /** The run this goes on from had come to the end of its data. */
  readonly isCompleted: boolean;
  pieces(operator: string): readonly RestoredPiece[];
  positions(source: string): readonly PartitionPosition[];
}

export interface RecoveryOptions {
  readonly dir: string;
  readonly everyMs: number;
  /** Begins anew although an earlier run had come to its end. */
  readonly again: boolean;
  /** Where checkpoints are kept, in place of the folder. */
  readonly store?: Checkpoints | undefined;
}

/** Opens the folder of a pipeline and reads the newest checkpoint, if its state fits the plan. */
export async function recover(plan: Plan, world: World, { dir, everyMs, again, store: given }: RecoveryOptions): Promise<Recovery> {
  checkNames(plan);
  const store = given ?? (await openFolder(world.files, dir, plan.pipeline));
  try {
    const newest = await store.latest();
    const json = planJson(plan);
    const newestNumber = newest?.n ?? 0;
    const stored = newest?.isCompleted === true && again ? undefined : newest;
    if (stored !== undefined) checkStored(stored, json);
    const { renamed } = plan;
    const forgotten = new Set(plan.forget);
    const nameOf = (name: string): string | undefined => (forgotten.has(name) ? undefined : (renamed[name] ?? name));
    const pieces = stored === undefined ? undefined : await readPieces(stored.sections, nameOf);
    const committed = (newest?.tokens ?? []).flatMap((token) => {
      const sink = nameOf(token.sink);
      return sink === undefined ? [] : [{ ...token, sink }];
    });
    const content = { pipeline: plan.pipeline, fingerprint: fingerprintOf(plan), plan: json, maxParallelism: plan.maxParallelism };
    return {
      store,
      from: stored?.n ?? 0,
      isCompleted: stored?.isCompleted === true,
      checkpointer: { store, from: newestNumber, committed, beginsAnew: stored === undefined, everyMs, content },
      pieces: (operator) => pieces?.get(operator) ?? [],
      positions: (source) => (stored?.positions ?? []).filter((position) => nameOf(position.source) === source),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openFolder(files: Files, dir: string, pipeline: string): Promise<Checkpoints> {
  await files.makeFolder(`${dir}/pipelines/${folderName(pipeline)}`);
  const unlock = await lockFolder(files, dir, pipeline);
  const store = await openCheckpoints(files, dir, pipeline).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  return {
    latest: () => store.latest(),
    write: (n, content, captures) => store.write(n, content, captures),
    committed: (n) => store.committed(n),
    async close() {
      await store.close();
      await unlock();
    },
  };
}

function checkStored(stored: StoredCheckpoint, plan: PlanJson): void {
  // The checkpoint keeps the plan it was taken of, written by ourselves and checked by its checksum.
  checkState(stored.plan as PlanJson, plan, new Set(stored.sections.list().map(({ operator }) => operator)));
  if (stored.maxParallelism === plan.maxParallelism) return;
  throw new HeadraceError({
    code: 'HR_STATE_CHANGED',
    what: `the state was divided into ${stored.maxParallelism} key groups and the plan says ${plan.maxParallelism}`,
    where: `pipeline '${stored.pipeline}'`,
    todo: `Key groups are fixed for the life of the state: set maxParallelism back to ${stored.maxParallelism}.`,
  });
}
