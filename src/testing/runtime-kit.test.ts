import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { embedded, embeddedAs } from '../runtime/embedded.ts';
import { PlanStage } from '../runtime/stages/plan-stage.ts';
import { testRuntime } from './runtime-kit.ts';
import type { MakeRuntime } from './runtime-running.ts';

const budget = { add() {}, isTight: false, isOverShare: false, whenFree() {} };

function staged(parallelism: number): MakeRuntime {
  return (settings) =>
    embeddedAs(settings, (plan) => ({
      parallelism,
      makeStage: (part, _index, counters) => new PlanStage(plan, part, { codegen: 'auto', chunkLimit: 1024, budget, counters }),
    }));
}

testRuntime({ test, name: 'in one piece', makeRuntime: (settings) => embedded(settings) });
testRuntime({ test, name: 'in one piece, chunks of three', makeRuntime: (settings) => embedded({ ...settings, chunk: 3 }) });
for (const parallelism of [1, 2, 3]) testRuntime({ test, name: `as stages, ${parallelism}`, makeRuntime: staged(parallelism) });

/** Not in here: what a test runner makes of the sources is not what a thread reads, so their fingerprints differ. */
const onThreads = `
  import { embedded } from './src/runtime/embedded.ts';
  import { runtimePromises } from './src/testing/runtime-promises.ts';
  const make = (settings) => embedded({ ...settings, parallelism: 2 });
  for (const { id, check } of runtimePromises()) if (['R3', 'R4', 'R10'].includes(id)) await check(() => make, 20_000);
`;

test('two threads find the functions by the module of the case', { timeout: 60_000 }, async () => {
  const flags = ['--conditions=headrace-source', '--eval', onThreads];
  const { stderr } = await promisify(execFile)(process.execPath, flags, { cwd: new URL('../..', import.meta.url) });
  expect(stderr).toBe('');
});
