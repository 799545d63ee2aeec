import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

export const root: string = dirname(import.meta.dirname);

export interface Outcome {
  /** The exit code, or 'timeout' when the command was stopped because it took too long. */
  readonly exit: number | 'timeout';
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly timeoutSeconds?: number;
}

/**
 * Runs a program to its end and answers what it printed; it never throws because of what the program did.
 * The tools of this repository come first on PATH, this very Node among them.
 */
export async function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const started = performance.now();
  const PATH = [dirname(process.execPath), join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...options.env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // A group of its own, so that a time-out ends its children too.
  });
  let timedOut = false;
  const timer = setTimeout(
    () => {
      timedOut = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
    (options.timeoutSeconds ?? 600) * 1000,
  );
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  const code = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      stderr.push(Buffer.from(String(error)));
      resolve(127);
    });
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
  clearTimeout(timer);
  return {
    exit: timedOut ? 'timeout' : code,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
    seconds: (performance.now() - started) / 1000,
  };
}
