import { HeadraceError } from '../../core/error.ts';
import type { Stage } from '../../core/stage.ts';
import { isPipeline, planFor } from '../../pipeline/pipeline.ts';
import { fingerprintOf } from '../../pipeline/plan-json.ts';
import { giveSettings } from '../../pipeline/setting.ts';
import { stagesOf } from '../../pipeline/stage-cut.ts';
import { withoutKeptLetters } from '../../pipeline/unread-letters.ts';
import { type ChunkWire, chunkWire } from '../remote/chunk-wire.ts';
import type { Progress } from '../remote/progress.ts';
import type { Budget } from '../flow-host.ts';
import { insideOf } from './inside.ts';
import { PlanStage } from './plan-stage.ts';
import { edgesOf, tablesOf } from './stage-edges.ts';

/** What a worker must know besides the module; it travels as JSON. */
export interface StageSettings {
  /** What `setting(name)` answers. */
  readonly given: Readonly<Record<string, string>>;
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  /** The plan of the run reads dead letters, if only to keep them. */
  readonly keepsLetters: boolean;
}

export interface LoadedPlan {
  readonly fingerprint: string;
  makeStage(stage: string, progress: Progress): Stage;
  wireFor(stage: string): ChunkWire;
}

/** Imports the module of a pipeline in a worker and answers how to make its stages. */
export async function describe(module: string, settings: unknown): Promise<LoadedPlan> {
  // It comes from our own host over a private line.
  const { given, codegen, chunkLimit, keepsLetters } = settings as StageSettings;
  giveSettings(given);
  const { default: pipeline } = (await import(module)) as { readonly default?: unknown };
  if (!isPipeline(pipeline)) throw noPipeline(module);
  const plan = keepsLetters ? planFor(pipeline) : withoutKeptLetters(planFor(pipeline));
  const cut = stagesOf(plan);
  const tables = tablesOf(plan);
  return {
    fingerprint: fingerprintOf(plan),
    makeStage(id, progress) {
      const part = cut.stages.find((stage) => stage.id === id)!;
      return new PlanStage(plan, part, {
        codegen,
        chunkLimit,
        budget: ROOMY,
        tables,
        inside: insideOf(plan, cut, part),
        atRow: (row) => progress.row(row),
        tellsCounts: true,
      });
    },
    wireFor: () => chunkWire(edgesOf(plan, tables)),
  };
}

/** The host counts what its stages hold by what it has sent; a worker's own heap is bounded by its windows. */
const ROOMY: Budget = { add() {}, isTight: false, isOverShare: false, whenFree: (fn) => fn() };

function noPipeline(module: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_MODULE_INVALID',
    what: 'the module has no pipeline as its default export, so a worker cannot find its functions',
    where: module,
    todo: 'Write `export default` before the pipeline that runs; a worker imports the module and builds the same plan.',
  });
}
