// The beginning of every worker, process or thread: it has a line to its host, and becomes the stage it is told to.
import { Socket } from 'node:net';
import { isMainThread, type MessagePort, workerData } from 'node:worker_threads';
import { realWorld } from '../../base/real-world.ts';
import { becomeWorker } from './is-worker.ts';
import type { Start } from './messages.ts';
import { portTransport } from './port-transport.ts';
import { Progress } from './progress.ts';
import { type DescribedPlan, serveStage } from './serve-stage.ts';
import { streamTransport } from './stream-transport.ts';

interface ThreadLink {
  readonly headrace: { readonly port: MessagePort; readonly progress: SharedArrayBuffer };
}

/** What a loader exports: it imports the module, whose default export is the pipeline, and builds its plan. */
interface Loader {
  describe(module: string, settings: unknown): Promise<DescribedPlan>;
}

async function load(start: Start): Promise<DescribedPlan> {
  const own = new URL(import.meta.url.endsWith('.ts') ? '../stages/load-stage.ts' : '../stages/load-stage.js', import.meta.url);
  const { describe } = (await import(start.loader ?? own.href)) as Loader;
  return await describe(start.module, start.settings);
}

becomeWorker();
const link = isMainThread ? undefined : (workerData as ThreadLink).headrace;
const transport = link === undefined ? streamTransport(new Socket({ fd: 3 })) : portTransport(link.port);
// Served first: it hears of the end of the line before the line ends this.
serveStage(transport, { world: realWorld(), load, progress: new Progress(link?.progress) });
// The line ends when the host closes it and when the host dies: either way nobody is left to work for.
transport.onClose(() => process.exit(0));
// A terminal and a service supervisor signal the whole group. What a signal means is decided by the host, which may
// want a checkpoint of this stage first.
if (isMainThread) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
