import { HeadraceError } from '../core/error.ts';
import type { Token } from '../core/sink.ts';
import type { Files, World } from '../core/world.ts';
import type { Plan } from '../pipeline/plan.ts';
import { checkState } from '../pipeline/plan-diff.ts';
import { checkNames } from '../pipeline/plan-facts.ts';
import { fingerprintOf, type PlanJson, planJson } from '../pipeline/plan-json.ts';
import { deadLetterTopic, withoutGoneLetters } from '../pipeline/unread-letters.ts';
import { folderName } from '../base/folder-name.ts';
import { chosenCheckpoint, leaveBehind } from '../state/checkpoint-choice.ts';
import { type Checkpoints, openCheckpoints, type StoredCheckpoint } from '../state/checkpoints.ts';
import { arbiterOf, decidedCheckpoint } from './arbiter.ts';
import type { CheckpointerOptions } from './checkpointer.ts';
import type { RestoredPiece } from './flow-host.ts';
import { lockFolder } from './folder-lock.ts';
import { REDRIVE } from './redrive/names.ts';
import { readPieces } from './pieces.ts';
import type { PartitionPosition } from './source-feed.ts';
import { checkInMemory, openStored, type StoredOptions } from './stored/open-stored.ts';
import type { StoredTables } from './stored/stored-tables.ts';

/** What a run that keeps checkpoints begins with. */
export interface Recovery {
  readonly checkpointer: CheckpointerOptions;
  readonly store: Checkpoints;
  /** State by key, where it is kept on the disk. */
  readonly stored: StoredTables | undefined;
  /** The number of the checkpoint it goes on from, 0 for none. */
  readonly from: number;
  /** The run this goes on from had come to the end of its data. */
  readonly isCompleted: boolean;
  /** What the checkpoint committed to the topic of dead letters, where the plan has none any more. */
  readonly goneLetters: readonly Token[];
  pieces(operator: string): readonly RestoredPiece[];
  positions(source: string): readonly PartitionPosition[];
}

export interface RecoveryOptions {
  readonly dir: string;
  readonly everyMs: number;
  /** Begins anew although an earlier run had come to its end. */
  readonly again: boolean;
  /** How many checkpoints are kept, and how long one may take. */
  readonly keep?: number;
  readonly withinMs?: number | undefined;
  /** Goes on from this one, also where later ones are there: then only with `acceptDuplicates`. */
  readonly from?: number | undefined;
  readonly acceptDuplicates?: boolean;
  /** Keeps state by key on the disk; in memory when absent. */
  readonly state?: StoredOptions | undefined;
  /** Where checkpoints are kept, in place of the folder. */
  readonly store?: Checkpoints | undefined;
}

/** Opens the folder of a pipeline and reads the newest checkpoint, if its state fits the plan. */
export async function recover(plan: Plan, world: World, options: RecoveryOptions): Promise<Recovery> {
  checkNames(plan);
  const { everyMs, withinMs, again } = options;
  let store = options.store ?? (await openFolder(world.files, plan.pipeline, options));
  try {
    const newest = await begunFrom(store, plan, world, options);
    const json = planJson(plan);
    const newestNumber = newest?.n ?? 0;
    const stored = newest?.isCompleted === true && again ? undefined : newest;
    if (stored !== undefined) checkStored(stored, json);
    const { renamed } = plan;
    const forgotten = new Set(plan.forget);
    const nameOf = (name: string): string | undefined => (forgotten.has(name) ? undefined : (renamed[name] ?? name));
    const pieces = stored === undefined ? undefined : await readPieces(stored.sections, nameOf);
    const { pipeline } = plan;
    const opened = options.state && (await openStored({ ...options.state, world, dir: options.dir, pipeline, stored, nameOf }));
    if (opened === undefined && stored !== undefined) checkInMemory(pipeline, stored.sections);
    if (opened !== undefined) store = opened.tables.with(store, opened.committed);
    const committed = (newest?.tokens ?? []).flatMap((token) => {
      const sink = nameOf(token.sink);
      return sink === undefined ? [] : [{ ...token, sink }];
    });
    const carried = (newest?.positions ?? []).filter(({ source }) => source === REDRIVE);
    const highest = await leaveBehind(store.history, newestNumber);
    const content = { pipeline: plan.pipeline, fingerprint: fingerprintOf(plan, json), plan: json, maxParallelism: plan.maxParallelism };
    return {
      store,
      stored: opened?.tables,
      from: stored?.n ?? 0,
      isCompleted: stored?.isCompleted === true,
      goneLetters: newest === undefined || before(newest, json) === newest.plan ? [] : lettersOf(newest, plan),
      checkpointer: { store, carried, from: highest, committed, beginsAnew: stored === undefined, everyMs, withinMs, content },
      pieces: (operator) => pieces?.get(operator) ?? [],
      positions: (source) => (stored?.positions ?? []).filter((position) => nameOf(position.source) === source),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The checkpoint that counts: the one asked for, else what an arbiter has decided, else the newest. */
function begunFrom(store: Checkpoints, plan: Plan, world: World, options: RecoveryOptions): Promise<StoredCheckpoint | undefined> {
  const { from, acceptDuplicates = false } = options;
  if (from !== undefined) return chosenCheckpoint(store, { from, acceptDuplicates, pipeline: plan.pipeline });
  const arbiter = arbiterOf(plan);
  return arbiter === undefined ? store.latest() : decidedCheckpoint(plan, arbiter, store, world);
}

async function openFolder(files: Files, pipeline: string, { dir, keep }: RecoveryOptions): Promise<Checkpoints> {
  await files.makeFolder(`${dir}/pipelines/${folderName(pipeline)}`);
  const unlock = await lockFolder(files, dir, pipeline);
  const store = await openCheckpoints(files, dir, pipeline, keep === undefined ? {} : { keep }).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  return {
    latest: (below) => store.latest(below),
    takeBack: (n) => store.takeBack(n),
    ...(store.history === undefined ? {} : { history: store.history }),
    write: (n, content, captures) => store.write(n, content, captures),
    committed: (n) => store.committed(n),
    async close() {
      await store.close();
      await unlock();
    },
  };
}

/** The plan that the checkpoint was taken of, written by ourselves and checked by its checksum. */
function before({ plan }: StoredCheckpoint, after: PlanJson): PlanJson {
  return withoutGoneLetters(plan as PlanJson, after);
}

function lettersOf({ tokens }: StoredCheckpoint, { pipeline }: Plan): readonly Token[] {
  const { id } = deadLetterTopic(pipeline);
  return tokens.filter(({ sink }) => sink === id).map(({ token }) => token);
}

function checkStored(stored: StoredCheckpoint, plan: PlanJson): void {
  checkState(before(stored, plan), plan, new Set(stored.sections.list().map(({ operator }) => operator)));
  if (stored.maxParallelism === plan.maxParallelism) return;
  throw new HeadraceError({
    code: 'HR_STATE_CHANGED',
    what: `the state was divided into ${stored.maxParallelism} key groups and the plan says ${plan.maxParallelism}`,
    where: `pipeline '${stored.pipeline}'`,
    todo: `Key groups are fixed for the life of the state: set maxParallelism back to ${stored.maxParallelism}.`,
  });
}
