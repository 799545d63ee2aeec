import { realWorld } from '../../base/real-world.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Plan } from '../../pipeline/plan.ts';
import { fingerprintOf } from '../../pipeline/plan-json.ts';
import { givenSettings } from '../../pipeline/setting.ts';
import type { StagePart } from '../../pipeline/stage-cut.ts';
import { readsLetters } from '../../pipeline/unread-letters.ts';
import type { Budget } from '../flow-host.ts';
import { refuseBundled } from '../remote/bundled.ts';
import { chunkWire } from '../remote/chunk-wire.ts';
import { RemoteStage } from '../remote/remote-stage.ts';
import { spawnThread } from '../remote/spawn-thread.ts';
import type { StagesOptions } from './assemble-stages.ts';
import type { StageSettings } from './load-stage.ts';
import { PlanStage } from './plan-stage.ts';
import { edgesOf, tablesOf } from './stage-edges.ts';

export interface ThreadOptions {
  /** URL of the module whose default export is the pipeline: a thread imports it to find the functions. */
  readonly module: string | undefined;
  readonly parallelism: number;
  readonly codegen: 'auto' | 'always' | 'never';
  readonly chunkLimit: number;
  readonly budget: Budget;
}

/** Runs on threads what is worth it: the copies of stages that are divided by key, and what stands in `onWorkers`. */
export async function threadStages(plan: Plan, options: ThreadOptions): Promise<StagesOptions> {
  const { module, parallelism, codegen, chunkLimit, budget } = options;
  if (module === undefined) throw noModule(plan);
  await refuseBundled(realWorld().files);
  const fingerprint = fingerprintOf(plan);
  const settings: StageSettings = { given: givenSettings(), codegen, chunkLimit, keepsLetters: readsLetters(plan) };
  return {
    parallelism,
    makeStage(cut, _index, counters) {
      if (!isOnThread(cut, parallelism)) return new PlanStage(plan, cut, { codegen, chunkLimit, budget, counters });
      const wire = chunkWire(edgesOf(plan, tablesOf(plan)));
      return new RemoteStage({ transport: spawnThread(), wire, module, stage: cut.id, fingerprint, settings });
    },
  };
}

function isOnThread({ spread, threads }: StagePart, parallelism: number): boolean {
  return threads !== undefined || ((spread === 'key' || spread === 'any') && parallelism > 1);
}

function noModule(plan: Plan): HeadraceError {
  return new HeadraceError({
    code: 'HR_MODULE_MISSING',
    what: 'threads cannot find the functions of this pipeline: they are looked up in its module',
    where: `pipeline '${plan.pipeline}'`,
    todo: 'Run it by `headrace run shop.ts`, or `export default` the pipeline and write `if (import.meta.main) await run(shop, { module: import.meta.url })`.',
  });
}
