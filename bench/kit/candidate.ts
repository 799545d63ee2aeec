// One candidate in a process of its own: `node bench/kit/candidate.ts fused-chain 0 'RxJS'`. The last line it prints is a Measured as JSON.
// Give node --cpu-prof to see where its time goes.
import { questions } from '../questions.ts';
import { type Answer, type Candidate, candidatesOf, type Contest } from './question.ts';

export interface Measured {
  /** CPU time, user and system, of all threads of the process. */
  readonly cpuNs: number;
  readonly wallNs: number;
  readonly figures: Readonly<Record<string, number>>;
  /** What it answered, where that was wrong. */
  readonly wrong: string | undefined;
}

const WARM_UPS = 3;
const SECTIONS = 3;

/** Three sections, once the code is warm; the middle one counts. */
export async function measure(contest: Contest, candidate: Candidate): Promise<Measured> {
  const { records, isCold = false } = candidate;
  const time = contest.by === 'wall' ? 'wallNs' : 'cpuNs';
  const expected = contest.expected(records);
  if (!isCold) for (let i = 0; i < WARM_UPS; i++) await candidate.run(Math.ceil(records / 2));
  const sections: Measured[] = [];
  for (let i = 0; i < (isCold ? 1 : SECTIONS); i++) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const { answer, figures = {}, ...own } = await candidate.run(records);
    const wallMs = own.wallMs ?? performance.now() - started;
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = own.cpuMs ?? (user + system) / 1e3;
    const wrong = isSame(answer, expected) ? undefined : `answered ${JSON.stringify(answer)}, right is ${JSON.stringify(expected)}`;
    sections.push({ cpuNs: (cpuMs * 1e6) / records, wallNs: (wallMs * 1e6) / records, figures, wrong });
  }
  return sections.find((section) => section.wrong !== undefined) ?? sections.sort((a, b) => a[time] - b[time])[sections.length >> 1]!;
}

/** Counts must be equal; sums that were added in another order differ in their last digits. */
export function isSame(answer: Answer, expected: Answer): boolean {
  const names = Object.keys(expected);
  if (names.length !== Object.keys(answer).length) return false;
  return names.every((name) => {
    const [a, b] = [answer[name] ?? Number.NaN, expected[name]!];
    return Number.isInteger(a) && Number.isInteger(b) ? a === b : Math.abs(a - b) <= 1e-9 * Math.abs(b);
  });
}

if (import.meta.main) {
  const [name, at, who] = process.argv.slice(2);
  const contest = (await questions[name ?? '']?.())?.contests[Number(at)];
  const candidate = contest && candidatesOf(contest).find((each) => each.name === who);
  if (contest === undefined || candidate === undefined) throw new Error(`there is no candidate '${who}' in ${name} ${at}`);
  console.log(JSON.stringify(await measure(contest, candidate)));
}
