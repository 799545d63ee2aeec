import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measured } from './candidate.ts';
import { type Candidate, candidatesOf, type Contest } from './question.ts';

const program = join(import.meta.dirname, 'candidate.ts');
/** Node strips types once and for all in here; doing it anew takes each process 0.3 s and leaves its heap full. */
const compiled = join(import.meta.dirname, '../../.cache/bench');
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
    for (const candidate of candidatesOf(contest)) rounds.get(candidate.name)!.push(await runOnce(question, at, candidate));
  }
  return rounds;
}

async function runOnce(question: string, at: number, { name, isCold = false, nodeOptions = [] }: Candidate): Promise<Measured> {
  const args = [...nodeOptions, program, question, String(at), name];
  const options = {
    timeout: LONGEST_MS,
    maxBuffer: 2 ** 26,
    env: isCold ? process.env : { ...process.env, NODE_COMPILE_CACHE: compiled },
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Measured;
  } catch (error) {
    const { killed, stderr } = error as { readonly killed?: boolean; readonly stderr?: string };
    const why =
      killed === true ? `did not end in ${LONGEST_MS / 1000} s` : `broke: ${/^\w*Error\b.*$/m.exec(stderr ?? '')?.[0] ?? String(error)}`;
    return { cpuNs: Number.NaN, wallNs: Number.NaN, figures: {}, wrong: why };
  }
}
