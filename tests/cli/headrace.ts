import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/command.ts';

export const main: string = join(root, 'src/cli/main.ts');

/** Node keeps what it has compiled here: a start then takes 0.1 s of CPU in place of 0.35. */
export const compileCache: string = join(root, '.cache/compile');

/** What a run of the program came to. */
export interface Ending {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HeadraceOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Called with all of stdout and stderr so far whenever something was printed. */
  readonly saw?: (child: ChildProcess, stdout: string, stderr: string) => void;
}

const LONGEST_MS = 15_000;

/** Runs the command line in a process of its own, which is ended when it takes longer than any test should. */
export async function headrace(args: readonly string[], { cwd, env, saw }: HeadraceOptions): Promise<Ending> {
  const child = spawn(process.execPath, ['--conditions=headrace-source', main, ...args], {
    cwd,
    env: {
      ...process.env,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      HEADRACE_STACK: undefined,
      NODE_OPTIONS: undefined,
      NODE_COMPILE_CACHE: compileCache,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
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
  return await new Promise((resolve) => {
    child.on('close', (exit, signal) => {
      clearTimeout(timer);
      resolve({ exit, signal, stdout, stderr });
    });
  });
}

/** The objects of a JSON-lines stream; anything else on it is an error. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A folder of modules inside the repository, where 'headrace' means its sources. */
export function modules(files: Readonly<Record<string, string>>): { readonly folder: string; remove(): void } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache/cli-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
