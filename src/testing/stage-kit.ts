import { PATIENCE_MS, register, type Test } from './kit.ts';
import type { MakeStage } from './stage-fleet.ts';
import { stagePromises } from './stage-promises.ts';

export interface StageKit {
  /** The `test` of your runner. */
  readonly test: Test;
  /** Begins the name of every test. */
  readonly name: string;
  /** A fresh stage for a part of a plan. It is called for every copy in every check. */
  readonly makeStage: MakeStage;
  /** How long the kit waits for what must happen soon; 2000 ms by default. */
  readonly patienceMs?: number;
}

/**
 * Checks what runs the stages of a plan against every promise of docs/specs/stage.md, one test each. The kit brings the
 * pipelines; their module has an address too, for stages in another process.
 *
 * @example
 * ```ts no-run
 * import { test } from 'node:test';
 * import { PlanStage } from 'headrace/runtimes/stages/plan-stage';
 * import { testStage } from 'headrace/testing';
 *
 * const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };
 * const options = { codegen: 'auto', chunkLimit: 1024, budget } as const;
 * testStage({ test, name: 'in this process', makeStage: ({ plan, part }) => ({ stage: new PlanStage(plan, part, options) }) });
 * ```
 */
export function testStage({ test, name, makeStage, patienceMs }: StageKit): void {
  register(test, name, stagePromises(), { make: () => makeStage }, patienceMs ?? PATIENCE_MS);
}
