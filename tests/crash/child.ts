// One life of a run, in a process of its own that may be killed at any moment, or kills itself at the step it is told.
import { appendFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { realWorld } from '../../src/base/real-world.ts';
import { run } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { plans } from './pipelines.ts';
import { type Step, Steps } from './steps.ts';

export interface Life {
  readonly plan: string;
  readonly folder: string;
  readonly log: string;
  /** Dies the n-th time it is at this step. */
  readonly diesAt?: { readonly step: Step; readonly times: number } | undefined;
}

const EVERY_MS = 3;
const { plan, folder, log, diesAt } = JSON.parse(process.argv[2]!) as Life;
let left = diesAt?.times ?? 0;

function at(step: Step): void {
  appendFileSync(log, `${step}\n`);
  if (step === diesAt?.step && --left === 0) process.kill(process.pid, 'SIGKILL');
}

const inputs = `${folder}/in`;
const steps = new Steps(at, inputs);
const real = realWorld();
const world = { ...real, files: steps.files(real.files), scheduler: steps.scheduler(real.scheduler, EVERY_MS) };

async function wait(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise<void>((go) => real.scheduler.soon(go));
    steps.looked();
  }
}

const described = plans[plan]!.make({
  inputs,
  outputs: `${folder}/out`,
  blockBytes: 256,
  wait,
  look: () => steps.looked(),
  watch: (sink) => steps.sink(sink),
});
flushCompileCache();
process.stdout.write('begun\n');
await run(described, { runtime: embedded({ dir: `${folder}/state`, checkpointEvery: EVERY_MS, world }), signals: false });
