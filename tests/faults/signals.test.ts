import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('programs/stoppable.ts', import.meta.url));
let child: ChildProcess | undefined;

/** Starts the program; answers when it says that records flow. */
async function ready(
  ...args: string[]
): Promise<{ readonly process: ChildProcess; readonly out: () => string; readonly over: Promise<unknown[]> }> {
  let text = '';
  child = spawn(process.execPath, ['--conditions=headrace-source', program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const over = once(child, 'exit');
  const { stdout } = child;
  await new Promise<void>((resolve) => {
    stdout!.on('data', (part) => {
      text += String(part);
      if (text.includes('ready')) resolve();
    });
  });
  return { process: child, out: () => text, over };
}

afterEach(() => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s stops gracefully: everything read is delivered, and the listeners are gone',
  async (signal) => {
    const { process: running, out, over } = await ready();
    running.kill(signal);
    const [code, killedBy] = await over;
    expect([code, killedBy]).toEqual([0, null]);
    const { given, delivered, ended, listeners } = JSON.parse(out().trim().split('\n').at(-1)!);
    expect(given).toBeGreaterThan(0);
    expect(delivered).toBe(given);
    expect(ended).toBe('stop');
    expect(listeners).toBe(0);
  },
);

test.each([
  ['SIGINT', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGTERM'],
] as const)('a second signal (%s, %s) ends the process at once', async (first, second) => {
  const { process: running, over } = await ready('--hang');
  running.kill(first);
  // The first has been handled when a stop that hangs has not ended the process by now.
  await expect(Promise.race([over, new Promise((resolve) => setTimeout(() => resolve('still there'), 200))])).resolves.toBe('still there');
  running.kill(second);
  const [code, killedBy] = await over;
  expect([code, killedBy]).toEqual([null, second]);
});
