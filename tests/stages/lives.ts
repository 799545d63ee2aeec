import type { Pipeline } from '../../src/index.ts';
import { start } from '../../src/index.ts';
import type { Stage } from '../../src/core/stage.ts';
import { fingerprintOf } from '../../src/pipeline/plan-json.ts';
import type { Plan } from '../../src/pipeline/plan.ts';
import type { StagePart } from '../../src/pipeline/stage-cut.ts';
import { embedded, embeddedAs } from '../../src/runtime/embedded.ts';
import { chunkWire } from '../../src/runtime/remote/chunk-wire.ts';
import { RemoteStage } from '../../src/runtime/remote/remote-stage.ts';
import type { Transport } from '../../src/runtime/remote/transport.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { PlanStage } from '../../src/runtime/stages/plan-stage.ts';
import { edgesOf, tablesOf } from '../../src/runtime/stages/stage-edges.ts';
import { MemoryCheckpoints } from './memory-checkpoints.ts';
import { Outside } from './plans.ts';

export type Make = (outside: Outside) => Pipeline;
export type MakeStage = (plan: Plan, cut: StagePart) => Stage;

export const local: MakeStage = (plan, cut) =>
  new PlanStage(plan, cut, {
    codegen: 'auto',
    chunkLimit: 1024,
    budget: { add() {}, isTight: false, isOverShare: false, whenFree: (fn) => fn() },
  });

/** Stages elsewhere, which build the plan from its module. */
export function remote(module: URL, line: () => Transport): MakeStage {
  return (plan, cut) =>
    new RemoteStage({
      transport: line(),
      wire: chunkWire(edgesOf(plan, tablesOf(plan))),
      module: module.href,
      stage: cut.id,
      fingerprint: fingerprintOf(plan),
      settings: { given: {}, codegen: 'auto', chunkLimit: 1024 },
    });
}

/** In one piece, undisturbed. */
export async function undisturbed(make: Make): Promise<Outside> {
  const outside = new Outside();
  const running = await start(make(outside), { runtime: embeddedAs({}, () => undefined) });
  await running.done;
  return outside;
}

/** With what stands in `onWorkers` on threads, undisturbed or with crashes. */
export async function onThreads(make: Make, module: URL, isDisturbed: boolean): Promise<Outside> {
  const store = new MemoryCheckpoints();
  return await lives(make, isDisturbed ? [1, 2, 1] : [1], (parallelism) => embedded({ checkpoints: store, parallelism }), module);
}

/** In one piece, with a checkpoint whenever the one before is done, and a crash after every few. */
export async function crashing(make: Make): Promise<Outside> {
  const store = new MemoryCheckpoints();
  return await lives(make, [3, 2, 2], () => embedded({ checkpoints: store, chunk: 16 }));
}

/**
 * As stages: a life with each number of copies, of which all but the last crash after two checkpoints, with records in
 * flight. `watch` sees what each stage is told about time.
 */
export async function moving(make: Make, copies: readonly number[], makeStage: MakeStage, watch?: Watch): Promise<Outside> {
  const store = new MemoryCheckpoints();
  return await lives(make, copies, (parallelism) =>
    embeddedAs({ checkpoints: store }, (plan) => ({
      parallelism,
      makeStage: (cut) => (watch === undefined ? makeStage(plan, cut) : watched(makeStage(plan, cut), cut, watch)),
    })),
  );
}

async function lives(make: Make, each: readonly number[], runtime: (copies: number) => Runtime, module?: URL): Promise<Outside> {
  const outside = new Outside();
  for (const [life, copies] of each.entries()) {
    const crash = new AbortController();
    const running = await start(make(outside), {
      runtime: runtime(copies),
      signal: crash.signal,
      ...(module === undefined ? {} : { module }),
    });
    if (life === each.length - 1) {
      await running.done;
      break;
    }
    // What a life ends with by itself says more than that its checkpoint was given up.
    await running.checkpoint().catch(() => running.done);
    await new Promise<void>((go) => setImmediate(go));
    await running.checkpoint().catch(() => running.done);
    // So much is in flight here that is in no checkpoint.
    await new Promise<void>((go) => setImmediate(go));
    crash.abort(new Error('crash'));
    await running.done.catch((error: unknown) => {
      if (!(error instanceof Error && error.message === 'crash')) throw error;
    });
  }
  return outside;
}

/** Watermarks by stage and input, as they came. */
export type Watch = Map<string, number[]>;

let stages = 0;

function watched(stage: Stage, cut: StagePart, watch: Watch): Stage {
  const name = `stage ${++stages}, ${cut.id}`;
  const seen = (input: string): number[] => {
    const known = watch.get(`${name}, ${input}`);
    if (known !== undefined) return known;
    const list: number[] = [];
    watch.set(`${name}, ${input}`, list);
    return list;
  };
  return new Proxy(stage, {
    get(target, method) {
      const value: unknown = Reflect.get(target, method);
      if (typeof value !== 'function') return value;
      if (method !== 'watermark') return value.bind(target) as unknown;
      return (input: string, ms: number): void | Promise<void> => {
        seen(input).push(ms);
        return target.watermark(input, ms);
      };
    },
  });
}
