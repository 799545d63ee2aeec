import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileCache } from '../cli/headrace.ts';

/** What a process came to, and what it took. */
export interface Outside {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The most memory the process ever had; NaN where it was killed. */
  readonly peakMiB: number;
}

export interface OutsideOptions {
  readonly cwd: string;
  /** A command of the shell whose output is piped into the program. */
  readonly before?: string;
  readonly longestMs?: number;
  /** Called with what was said so far whenever something is said. */
  readonly saw?: (child: ChildProcess, stdout: string, stderr: string) => void;
}

const preload = pathToFileURL(join(import.meta.dirname, 'peak.ts')).href;

/** As a shell takes it. */
export const quoted = (words: readonly string[]): string => words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');

/** This Node with the sources of Headrace, as words of a command. */
export const node: readonly string[] = [process.execPath, '--conditions=headrace-source', '--no-warnings'];

/** Runs Node with `args` in a process of its own, which is ended when it takes longer than any test should. */
export async function outside(args: readonly string[], { cwd, before, longestMs = 60_000, saw }: OutsideOptions): Promise<Outside> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-peak-'));
  const peak = join(folder, 'peak');
  const [program, ...words] = [...node, '--import', preload, ...args];
  const began = performance.now();
  const env = {
    ...process.env,
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    NODE_OPTIONS: '',
    NODE_COMPILE_CACHE: compileCache,
    HEADRACE_PEAK: peak,
  };
  const child =
    before === undefined
      ? spawn(program!, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('bash', ['-c', `${before} | exec ${quoted([program!, ...words])}`], {
          cwd,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
        });
  const end = (): boolean => (before === undefined ? child.kill('SIGKILL') : process.kill(-child.pid!, 'SIGKILL'));
  const timer = setTimeout(end, longestMs);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    saw?.(child, stdout, stderr);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    saw?.(child, stdout, stderr);
  });
  const [exit, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (code, by) => resolve([code, by]));
  });
  clearTimeout(timer);
  const seconds = (performance.now() - began) / 1000;
  const peakMiB = exit === null ? Number.NaN : Number(readFileSync(peak, 'utf8')) / 1024;
  rmSync(folder, { recursive: true });
  return { exit, signal, stdout, stderr, seconds, peakMiB };
}
