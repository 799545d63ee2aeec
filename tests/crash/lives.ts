import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SeededRandom } from '../../src/base/random.ts';
import type { Life } from './child.ts';
import { inputsOf } from './inputs.ts';
import { COMMIT_STEPS, OTHER_STEPS, type Step } from './steps.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
/** A child that hangs is a failure, not a test that never ends. */
const LIFE_MS = 30_000;
/** How long after its beginning a life may be killed from outside. */
const AT_RANDOM_MS = 400;

/** A kill as it was planned. */
export type Aim = { readonly step: Step; readonly times: number } | 'at random';

export interface Scenario {
  readonly seed: number;
  readonly plan: string;
  readonly records: number;
  readonly aims: readonly Aim[];
}

/** Where a life was killed, by its own log. */
export interface Death {
  readonly step: string;
  readonly isFromOutside: boolean;
}

export interface Outcome {
  readonly deaths: readonly Death[];
  /** The folder of the outputs. */
  readonly outputs: string;
  remove(): void;
}

/**
 * Kills run after run in one folder, as often as the scenario says, and lets the last one come to its end. A run that
 * reaches its end before its kill is one kill less.
 */
export async function livesOf(scenario: Scenario, random: SeededRandom): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-crash-'));
  const log = join(folder, 'log');
  for (const name of ['in', 'out']) mkdirSync(join(folder, name));
  const inputs = inputsOf(scenario.seed, scenario.records);
  writeFileSync(join(folder, 'in/orders.jsonl'), inputs.orders);
  writeFileSync(join(folder, 'in/notes.jsonl'), inputs.notes);
  const deaths: Death[] = [];
  for (const aim of [...scenario.aims, undefined]) {
    appendFileSync(log, 'begun\n');
    const diesAt = aim === 'at random' ? undefined : aim;
    const afterMs = aim === 'at random' ? random.next() * AT_RANDOM_MS : undefined;
    const wasKilled = await live<Life>({ plan: scenario.plan, folder, log, diesAt }, afterMs);
    if (!wasKilled) {
      // One life more shows that a completed run stays so.
      await live<Life>({ plan: scenario.plan, folder, log }, undefined);
      break;
    }
    deaths.push({ step: readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)!, isFromOutside: aim === 'at random' });
  }
  return { deaths, outputs: join(folder, 'out'), remove: () => rmSync(folder, { recursive: true }) };
}

/** One child from start to end. True: it was killed. */
export async function live<L extends { readonly log: string }>(
  life: L,
  killAfterMs: number | undefined,
  program: string = CHILD,
): Promise<boolean> {
  const child = spawn(process.execPath, ['--conditions=headrace-source', '--no-warnings', program, JSON.stringify(life)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled() },
  });
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.once('data', () => {
    if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  child.stderr.on('data', (text: Buffer) => {
    said += String(text);
  });
  let hasHung = false;
  const patience = setTimeout(() => {
    hasHung = true;
    child.kill('SIGKILL');
  }, LIFE_MS);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  clearTimeout(patience);
  if (hasHung) throw new Error(`a life hung: ${JSON.stringify(life)}\n${said}\nits last steps:\n${lastSteps(life.log)}`);
  if (signal === 'SIGKILL') return true;
  if (code !== 0)
    throw new Error(`a life failed with ${code ?? signal}: ${JSON.stringify(life)}\n${said}\nits last steps:\n${lastSteps(life.log)}`);
  return false;
}

/**
 * A start costs a third where the code lies compiled, by the content of each file; a child that is to be killed must
 * write that down itself.
 */
export function compiled(): string {
  return fileURLToPath(new URL('../../node_modules/.cache/headrace-compiled', import.meta.url));
}

function lastSteps(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n') : 'none';
}

/** Nothing is asynchronous in this plan: a barrier is through in the call that sends it. */
const NOT_IN_STRAIGHT: Step = 'barrier under way';

/** The scenario with what its plan cannot be aimed at put elsewhere. */
export function possible(scenario: Scenario): Scenario {
  if (scenario.plan !== 'straight') return scenario;
  return {
    ...scenario,
    aims: scenario.aims.map((aim) => (aim !== 'at random' && aim.step === NOT_IN_STRAIGHT ? { ...aim, step: 'written', times: 3 } : aim)),
  };
}

/** How far into a life a step may be aimed at, where not the first times only. */
const TIMES: Partial<Record<Step, number>> = { reading: 300, written: 12, 'barrier under way': 30, opening: 2 };
/** These come once in a life, or cannot be waited for. */
const ONCE: readonly Step[] = ['leftover removed', 'committed again', 'closing'];

/**
 * One round of aims: every step once, some moments at random, in an order that makes each step possible: a leftover is
 * removed after a kill that left one, which not every kill there does, so it is aimed at twice.
 */
export function roundOf(random: SeededRandom): Aim[] {
  const rest: Step[] = [...COMMIT_STEPS, ...OTHER_STEPS].filter((step) => !ONCE.includes(step) && step !== 'commit begun');
  const groups: Aim[][] = [
    ...rest.map((step) => [aimAt(step, random)]),
    [aimAt('barrier under way', random)],
    [aimAt('commit begun', random), aimAt('committed again', random)],
    [aimAt('prepared', random), aimAt('leftover removed', random)],
    [aimAt('prepared', random), aimAt('leftover removed', random)],
    ...Array.from({ length: 3 }, (): Aim[] => ['at random']),
  ];
  return [...shuffled(groups, random).flat(), aimAt('closing', random)];
}

function aimAt(step: Step, random: SeededRandom): Aim {
  return { step, times: ONCE.includes(step) ? 1 : 1 + Math.floor(random.next() * (TIMES[step] ?? 3)) };
}

export function shuffled<T>(values: readonly T[], random: SeededRandom): T[] {
  return values
    .map((value) => ({ value, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
