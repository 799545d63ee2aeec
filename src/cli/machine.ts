import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { mayGenerate } from '../base/may-generate.ts';
import type { World } from '../core/world.ts';
import type { Facts } from './doctor.ts';
import type { Manifest } from './headrace.ts';

/** What `doctor` judges, asked of this machine. */
export async function factsOf(manifest: Manifest, world: World): Promise<Facts> {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return {
    node: process.versions.node,
    engines: manifest.engines.node,
    memoryBytes: total,
    // Without a limit Linux answers a number beyond every machine, other systems 0.
    memoryLimitBytes: limit > 0 && limit < total ? limit : undefined,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    cores: availableParallelism(),
    mayGenerateCode: mayGenerate(),
    tempFolder: tmpdir(),
    tempProblem: await tempProblem(world),
    openFiles: openFiles(),
    clock: await clockFacts(world),
  };
}

/** What goes wrong when a file is written to the temporary folder; nothing when it is fine. */
async function tempProblem({ files, random }: World): Promise<string | undefined> {
  const path = join(tmpdir(), `headrace-doctor-${Math.floor(random.next() * 1e12)}`);
  try {
    const file = await files.open(path, 'create');
    try {
      await file.write(new Uint8Array(4096), 0);
      await file.sync();
    } finally {
      await file.close();
      await files.remove(path);
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function openFiles(): number | undefined {
  // Looking up the names of all addresses can take seconds. (The types of Node do not know this switch yet.)
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
  };
  const soft = userLimits?.open_files?.soft;
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY;
  return typeof soft === 'number' ? soft : undefined;
}

const WATCH_MS = 100;

/** Both clocks over a tenth of a second: on a sane machine they agree. */
async function clockFacts({ clock, scheduler }: World): Promise<Facts['clock']> {
  const wall = clock.now();
  const steady = clock.monotonic();
  await new Promise<void>((resolve) => {
    scheduler.after(WATCH_MS, resolve);
  });
  return { nowMs: clock.now(), wallMs: clock.now() - wall, steadyMs: clock.monotonic() - steady };
}
