/** What a runtime is built on: `headrace/runtimes/seams`. docs/runtimes.md says what to call. */
export { InternedKeys } from '../base/key-table.ts';
export { realWorld } from '../base/real-world.ts';
export { Chunk, type Control, type KeyTable, type Origin } from '../core/chunk.ts';
export type { Cell, Operator } from '../core/operator.ts';
export type { KeyGroup } from '../core/keys.ts';
export { splitByGroup } from '../core/split-by-group.ts';
export type { Stage, StageContext } from '../core/stage.ts';
export type { Capture, RestoredSections, Scope, Section, SectionWriter } from '../core/state.ts';
export type { Station, StationHost, StationOperator } from '../core/station.ts';
export type { Clock, Files, Random, Scheduler, World } from '../core/world.ts';
export { planFor } from '../pipeline/pipeline.ts';
export type { Plan, PlanNode } from '../pipeline/plan.ts';
export { fingerprintOf, planJson } from '../pipeline/plan-json.ts';
export { type ExchangeKind, type StageCut, type StageEdge, type StagePart, stagesOf } from '../pipeline/stage-cut.ts';
export { ReadOrigin } from './read-origin.ts';
export type { Run, RunOptions, Runtime } from './runtime.ts';
export { PlanStage, type PlanStageOptions } from './stages/plan-stage.ts';
