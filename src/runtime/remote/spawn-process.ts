import { type ChildProcess, spawn } from 'node:child_process';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { realScheduler } from '../../base/scheduler.ts';
import type { Scheduler } from '../../core/world.ts';
import { LastLines } from './last-lines.ts';
import { flagsForWorker } from './node-flags.ts';
import { streamTransport } from './stream-transport.ts';
import type { Ending, Transport } from './transport.ts';
import { WorkerTransport } from './worker-ending.ts';

export interface SpawnOptions {
  readonly scheduler?: Scheduler;
  /** The worker's entry; a bundled program must name the file that it has put it into. */
  readonly main?: URL;
  /** Flags of node; those of this process unless told. */
  readonly execArgv?: readonly string[];
}

/** The file beside this one that a worker begins with, with the ending that this one has: .ts, or .js in dist. */
export function workerMain(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js', import.meta.url);
}

/**
 * Starts a process that will run one stage, and answers the line to it. Messages go over a pipe of their own, so
 * functions may print: stdout is shared with this process, stderr is passed on, and its last lines are kept.
 */
export function spawnProcess(
  options: SpawnOptions & { readonly env?: NodeJS.ProcessEnv } = {},
): Transport & { readonly pid: number | undefined } {
  const { scheduler = realScheduler(), main = workerMain(), env } = options;
  const flags = options.execArgv ?? flagsForWorker(process.execArgv, main.pathname.endsWith('.ts'));
  const child = spawn(process.execPath, [...flags, fileURLToPath(main)], {
    stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
    ...(env === undefined ? {} : { env }),
  });
  // Where no more files can be opened there is a child without pipes, which reports its error in a moment.
  const stdio: readonly unknown[] = child.stdio ?? [];
  const stderr = new LastLines((stdio[2] ?? new PassThrough()) as Readable, process.stderr);
  const line = streamTransport((stdio[3] ?? new PassThrough()) as Duplex);
  const transport = new WorkerTransport({ scheduler, line, kill: () => void child.kill('SIGKILL') });
  watch(child, scheduler, stderr, (ending) => transport.ended(ending));
  return Object.assign(transport, { pid: child.pid });
}

// 'exit' comes before its last words have been read; 'close' after, unless a process it started keeps its stderr open.
function watch(child: ChildProcess, scheduler: Scheduler, stderr: LastLines, ended: (ending: Ending) => void): void {
  let how = 'ended';
  const report = (): void => ended({ how, stderr: stderr.lines });
  child.once('error', (cause) => ended({ how: 'could not be started', cause }));
  child.once('exit', (code, signal) => {
    how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
    const timer = scheduler.after(200, report);
    child.once('close', () => {
      timer.cancel();
      report();
    });
  });
}
