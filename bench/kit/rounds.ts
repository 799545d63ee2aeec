import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measured } from './candidate.ts';
import { candidatesOf, type Contest } from './question.ts';

const program = join(import.meta.dirname, 'candidate.ts');
const LONGEST_MS = 180_000;
const ROUNDS = 7;

/** What one candidate did in each round. */
export type Rounds = ReadonlyMap<string, readonly Measured[]>;

/**
 * All candidates of a contest, each in a process of its own, one after the other and round after round (A B C A B C …),
 * so that whatever else the machine does at that moment hits all of them alike.
 */
export async function runRounds(question: string, at: number, contest: Contest): Promise<Rounds> {
  const rounds = new Map(candidatesOf(contest).map(({ name }) => [name, [] as Measured[]]));
  for (let round = 0; round < (contest.rounds ?? ROUNDS); round++) {
    for (const [name, measured] of rounds) measured.push(await runOnce(question, at, name));
  }
  return rounds;
}

async function runOnce(question: string, at: number, name: string): Promise<Measured> {
  const args = [program, question, String(at), name];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LONGEST_MS, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Measured;
}
