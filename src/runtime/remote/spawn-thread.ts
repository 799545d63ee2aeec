import { MessageChannel, Worker } from 'node:worker_threads';
import { realScheduler } from '../../base/scheduler.ts';
import { LastLines } from './last-lines.ts';
import { flagsForThread } from './node-flags.ts';
import { portTransport } from './port-transport.ts';
import { Progress } from './progress.ts';
import { type SpawnOptions, workerMain } from './spawn-process.ts';
import type { Transport } from './transport.ts';
import { WorkerTransport } from './worker-ending.ts';

/** Starts a thread that will run one stage, and answers the line to it. What it is doing can be read while it hangs. */
export function spawnThread(options: SpawnOptions = {}): Transport {
  const { scheduler = realScheduler(), main = workerMain() } = options;
  const { port1, port2 } = new MessageChannel();
  const progress = new Progress();
  const worker = new Worker(main, {
    workerData: { headrace: { port: port2, progress: progress.memory } },
    transferList: [port2],
    stderr: true,
    ...flags(options.execArgv, main),
  });
  const stderr = new LastLines(worker.stderr, process.stderr);
  const transport = new WorkerTransport({ scheduler, line: portTransport(port1), progress, kill: () => void worker.terminate() });
  let cause: unknown;
  worker.once('error', (error) => {
    cause = error;
  });
  worker.once('exit', (code) => {
    const how = cause === undefined ? `ended with exit code ${code}` : `ended by an error: ${firstLine(cause)}`;
    transport.ended({ how, stderr: stderr.lines, cause });
  });
  return transport;
}

function flags(execArgv: readonly string[] | undefined, main: URL): { readonly execArgv?: string[] } {
  const named = execArgv ?? flagsForThread(process.execArgv, main.pathname.endsWith('.ts'));
  return named === undefined ? {} : { execArgv: [...named] };
}

const firstLine = (error: unknown): string => String(error instanceof Error ? error.message : error).split('\n', 1)[0]!;
