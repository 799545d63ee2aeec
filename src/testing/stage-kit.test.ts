import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { realScheduler } from '../base/scheduler.ts';
import { realWorld } from '../base/real-world.ts';
import { type ChunkWire, chunkWire } from '../runtime/remote/chunk-wire.ts';
import { memoryTransports } from '../runtime/remote/memory-transport.ts';
import { RemoteStage } from '../runtime/remote/remote-stage.ts';
import { serveStage } from '../runtime/remote/serve-stage.ts';
import { PlanStage } from '../runtime/stages/plan-stage.ts';
import { edgesOf, tablesOf } from '../runtime/stages/stage-edges.ts';
import type { MakeStage, StageOfPlan } from './stage-fleet.ts';
import { testStage } from './stage-kit.ts';
import { stagePromises } from './stage-promises.ts';

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };
const settings = { codegen: 'auto', chunkLimit: 1024 } as const;

function wireOf({ plan }: StageOfPlan): ChunkWire {
  return chunkWire(edgesOf(plan, tablesOf(plan)));
}

/** On the other side of a line, in this thread: each side has key tables of its own, and nothing is shared. */
const overALine: MakeStage = (of) => {
  const [near, far] = memoryTransports(realScheduler());
  const makeStage = (): PlanStage => new PlanStage(of.plan, of.part, { ...settings, budget });
  serveStage(far, { world: realWorld(), load: () => ({ fingerprint: 'f', makeStage, wireFor: () => wireOf(of) }) });
  const stage = new RemoteStage({ transport: near, wire: wireOf(of), module: of.module.href, stage: of.part.id, fingerprint: 'f' });
  return { stage, dispose: () => stage.close() };
};

testStage({
  test,
  name: 'a stage in this process',
  makeStage: ({ plan, part }) => ({ stage: new PlanStage(plan, part, { ...settings, budget }) }),
});
testStage({
  test,
  name: 'a stage of closures and small chunks',
  makeStage: ({ plan, part }) => ({ stage: new PlanStage(plan, part, { codegen: 'never', chunkLimit: 5, budget }) }),
});
testStage({ test, name: 'a stage over a line', makeStage: overALine });

/** Not in here: what a test runner makes of the sources is not what a thread reads, so their fingerprints differ. */
const onThreads = `
  import { fingerprintOf } from './src/pipeline/plan-json.ts';
  import { chunkWire } from './src/runtime/remote/chunk-wire.ts';
  import { RemoteStage } from './src/runtime/remote/remote-stage.ts';
  import { spawnThread } from './src/runtime/remote/spawn-thread.ts';
  import { edgesOf, tablesOf } from './src/runtime/stages/stage-edges.ts';
  import { stageCases } from './src/testing/stage-cases.ts';
  import { stagePromises } from './src/testing/stage-promises.ts';
  const settings = { given: {}, codegen: 'auto', chunkLimit: 1024, keepsLetters: true };
  const make = ({ plan, part, module }) => {
    const wire = chunkWire(edgesOf(plan, tablesOf(plan)));
    const named = { module: module.href, stage: part.id, fingerprint: fingerprintOf(plan), settings };
    const stage = new RemoteStage({ transport: spawnThread(), wire, ...named });
    return { stage, dispose: () => stage.close() };
  };
  const cases = stageCases.filter(({ name }) => ['scan', 'tumbling windows'].includes(name));
  for (const { id, check } of stagePromises(cases)) if (['T9', 'T14'].includes(id)) await check(() => make, 20_000);
`;

test('a stage on a thread finds the functions by the module of the case', { timeout: 60_000 }, async () => {
  const flags = ['--conditions=headrace-source', '--eval', onThreads];
  const { stderr } = await promisify(execFile)(process.execPath, flags, { cwd: new URL('../..', import.meta.url) });
  expect(stderr).toBe('');
});

test('a case that does not end in time says what did not settle', async () => {
  const [first] = stagePromises();
  const make: MakeStage = ({ plan, part }) => {
    const stage = new PlanStage(plan, part, { ...settings, budget });
    stage.end = () => new Promise(() => {});
    return { stage };
  };
  await expect(first!.check(() => make, 30)).rejects.toThrow("case 'chain': end settles within 30 ms");
});
