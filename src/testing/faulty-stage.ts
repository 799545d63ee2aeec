import type { Chunk } from '../core/chunk.ts';
import type { Stage, StageContext } from '../core/stage.ts';
import type { Capture, RestoredSections, Section } from '../core/state.ts';
import { PlanStage } from '../runtime/stages/plan-stage.ts';
import type { StageOfPlan } from './stage-fleet.ts';

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };

/** A good stage whose calls can be replaced one by one, for tests that want to see a fault found. */
export class FaultyStage implements Stage {
  readonly good: PlanStage;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  context!: StageContext;

  constructor({ plan, part }: StageOfPlan) {
    this.good = new PlanStage(plan, part, { codegen: 'auto', chunkLimit: 1024, budget });
    this.inputs = part.inputs;
    this.outputs = part.outputs;
  }

  emit(output: string, chunk: Chunk): void {
    this.context.emit(output, chunk);
  }
  restored(sections: RestoredSections | undefined): RestoredSections | undefined {
    return sections;
  }
  section(section: Section): Section | undefined {
    return section;
  }
  captured(capture: Capture): Capture {
    return {
      write: (to) =>
        capture.write({
          section: (section, bytes) => {
            const kept = this.section(section);
            return kept === undefined ? undefined : to.section(kept, bytes);
          },
        }),
      drop: () => capture.drop(),
    };
  }

  open(context: StageContext): Promise<void> {
    this.context = context;
    return this.good.open({
      index: context.index,
      parallelism: context.parallelism,
      groups: context.groups,
      world: context.world,
      restored: this.restored(context.restored),
      emit: (output, chunk) => this.emit(output, chunk),
      wake: () => context.wake(),
    });
  }
  process(input: string, chunk: Chunk): void | Promise<void> {
    return this.good.process(input, chunk);
  }
  watermark(input: string, ms: number): void | Promise<void> {
    return this.good.watermark(input, ms);
  }
  idle(input: string): void | Promise<void> {
    return this.good.idle(input);
  }
  advance(nowMs: number): number | undefined {
    return this.good.advance(nowMs);
  }
  prepareBarrier(n: number): void | Promise<void> {
    return this.good.prepareBarrier(n);
  }
  barrier(n: number): Capture {
    return this.captured(this.good.barrier(n));
  }
  committed(n: number): void | Promise<void> {
    return this.good.committed(n);
  }
  aborted(n: number): void | Promise<void> {
    return this.good.aborted(n);
  }
  end(input: string): void | Promise<void> {
    return this.good.end(input);
  }
  stop(): void | Promise<void> {
    return this.good.stop();
  }
  closing(): Capture {
    return this.captured(this.good.closing());
  }
  abort(reason: unknown): void {
    this.good.abort(reason);
  }
}
