import { HeadraceError } from '../core/error.ts';
import type { Files, World } from '../core/world.ts';
import { planFor } from '../pipeline/pipeline.ts';
import { checkState, diffPlans } from '../pipeline/plan-diff.ts';
import { planDot, planMermaid } from '../pipeline/plan-graph.ts';
import { type PlanJson, planJson, readPlanJson } from '../pipeline/plan-json.ts';
import { planText, stagesText, stateText } from '../pipeline/plan-text.ts';
import type { Plan } from '../pipeline/plan.ts';
import { giveSettings } from '../pipeline/setting.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { helpFor } from './help.ts';
import { findModule, loadPipeline } from './load-module.ts';
import { handedOver } from './own-copy.ts';
import { refuseUnasked } from './unasked.ts';
import { type PlanForm, planWish, wantsStack } from './usage.ts';

/** `headrace plan`: the exit code, or nothing when another copy of Headrace has taken over. It runs nothing. */
export async function planCommand(argv: readonly string[], world: World): Promise<number | undefined> {
  const wish = planWish(argv);
  if (wish === 'help') {
    process.stdout.write(helpFor('plan'));
    return ExitCode.ok;
  }
  try {
    const path = await findModule(wish.file, world.files);
    if (await handedOver(path)) return undefined;
    giveSettings(wish.settings);
    const plan = planFor(await loadPipeline(path));
    refuseUnasked();
    if (wish.against === undefined) {
      process.stdout.write(drawn(plan, wish.form));
      return ExitCode.ok;
    }
    const before = readPlanJson(await textOf(wish.against, world.files), wish.against);
    process.stdout.write(compared(before, planJson(plan), wish.form));
    checkState(before, planJson(plan));
    return ExitCode.ok;
  } catch (error) {
    const failure = failureOf(error);
    process.stderr.write(failureText(failure, wantsStack(argv, process.env)));
    return failure.code === 'HR_SETTING_UNKNOWN' ? ExitCode.usage : ExitCode.invalid;
  }
}

/** The plan in one of its forms. */
function drawn(plan: Plan, form: PlanForm): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(planJson(plan), undefined, 2)}\n`;
    case 'dot':
      return planDot(plan);
    case 'mermaid':
      return planMermaid(plan);
    case 'stages':
      return stagesText(plan);
    case 'text':
      return planText(plan);
  }
}

/** What becomes of the state when the second plan takes the place of the first. */
function compared(before: PlanJson, after: PlanJson, form: PlanForm): string {
  const pieces = diffPlans(before, after);
  return form === 'json' ? `${JSON.stringify(pieces, undefined, 2)}\n` : stateText(pieces);
}

async function textOf(path: string, files: Files): Promise<string> {
  try {
    const file = await files.open(path, 'read');
    try {
      const bytes = new Uint8Array(await file.size());
      const read = await file.read(bytes, 0);
      return new TextDecoder().decode(bytes.subarray(0, read));
    } finally {
      await file.close();
    }
  } catch (cause) {
    const todo = 'Write one with `headrace plan shop.ts --json > plan.json`.';
    throw new HeadraceError({ code: 'HR_PLAN_UNREADABLE', what: 'the plan to compare with cannot be read', where: path, todo, cause });
  }
}
