// One life of a run with a topic, a database, threads or dead letters, in a process of its own that is killed or kills itself.
import { appendFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { realWorld } from '../../src/base/real-world.ts';
import { run } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { keptPlans } from './kept-plans.ts';
import { type KeptStep, KeptSteps } from './kept-steps.ts';

export interface KeptLife {
  readonly plan: string;
  readonly folder: string;
  readonly log: string;
  /** Sends dead letters in again. */
  readonly redrive: boolean;
  /** Dies the n-th time it is at this step. */
  readonly diesAt?: { readonly step: KeptStep; readonly times: number } | undefined;
}

const EVERY_MS = 3;
const { plan, folder, log, redrive, diesAt } = JSON.parse(process.argv[2]!) as KeptLife;
let left = diesAt?.times ?? 0;

function at(step: KeptStep): void {
  appendFileSync(log, `${step}\n`);
  if (step === diesAt?.step && --left === 0) process.kill(process.pid, 'SIGKILL');
}

const steps = new KeptSteps(at, `${folder}/in`);
const real = realWorld();
const world = { ...real, files: steps.files(real.files), scheduler: steps.others.scheduler(real.scheduler, EVERY_MS) };

async function wait(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise<void>((go) => real.scheduler.soon(go));
    steps.others.looked();
  }
}

const { make, parallelism = 1, isStored = false } = keptPlans[plan]!;
const state = isStored ? ({ kind: 'disk', overlay: '16KiB', cache: '4KiB' } as const) : 'memory';
const described = make({
  folder,
  blockBytes: 256,
  isMended: redrive,
  wait,
  look: () => (redrive ? at('letter sent in') : steps.others.looked()),
  watch: (sink) => steps.others.sink(sink),
  watchDatabase: (sink) => steps.database(sink),
});
flushCompileCache();
process.stdout.write('begun\n');
await run(described, {
  // A redrive reads as much at once as a chunk holds: small ones give it many checkpoints.
  runtime: embedded({ dir: `${folder}/state`, checkpointEvery: EVERY_MS, world, parallelism, state, ...(redrive ? { chunk: 8 } : {}) }),
  signals: false,
  redrive,
  module: `${new URL('threads-plan.ts', import.meta.url).href}?${new URLSearchParams({ folder }).toString()}`,
});
