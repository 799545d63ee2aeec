// `npm run bench`: all questions; `npm run bench -- fused-chain demo`: some. `--check` exits 1 below a floor; with `--ci` floors are
// lowered to 0.7 of themselves, rounds are few, and a question that fails is asked once more. Results go to bench/results, one file a question.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CI_SHARE, judge, type Row } from './kit/judge.ts';
import { machine } from './kit/machine.ts';
import { type Contest, type Question, shortened } from './kit/question.ts';
import { runRounds } from './kit/rounds.ts';
import { table } from './kit/table.ts';
import { installPeers } from './peers/install.ts';
import { questions } from './questions.ts';

const results = join(import.meta.dirname, 'results');

interface Asked {
  readonly title: string;
  readonly rows: readonly Row[];
  /** What was missed, in words. */
  readonly missed: readonly string[];
}

async function ask(question: Question, at: number, contest: Contest, share: number): Promise<Asked> {
  const rows = judge(contest, await runRounds(question.name, at, contest), share);
  console.log(`\n ${contest.title}\n${table(rows, question.unit, contest.by)}`);
  const missed = rows.flatMap(({ verdicts }) => verdicts.filter(({ isMet }) => !isMet).map(({ why }) => why));
  return { title: contest.title, rows, missed };
}

function keep(question: Question, contests: readonly Asked[]): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(
    join(results, `${question.name}.json`),
    `${JSON.stringify({ question: question.name, machine: machine(), contests }, null, 2)}\n`,
  );
}

const { values: flags, positionals: names } = parseArgs({
  options: { check: { type: 'boolean', default: false }, ci: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const known = Object.keys(questions);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`there is no question ${unknown.join(', ')}; there are ${known.join(', ')}`);

installPeers();
// Files of this many rows: CI has less time, and a ratio needs no more.
if (flags.ci) process.env['HEADRACE_BENCH_ROWS'] ??= '300000';
if (flags.ci) process.env['HEADRACE_BENCH_EVENTS'] ??= '1000000';
// Start-up is part of what is asked: with fewer words it would be most of it.
if (flags.ci) process.env['HEADRACE_BENCH_WORDS'] ??= '3000000';
const facts = machine();
console.log(`${facts.cpu}, ${facts.cores} cores, ${facts.memoryGB} GB; Node ${facts.node}`);
if (flags.ci) console.log(`floors are lowered to ${CI_SHARE} of what is shown`);
let failed = 0;
const asked = names.length === 0 ? known : names;
for (const name of asked) {
  const question = await questions[name]!();
  const contests: Asked[] = [];
  console.log(`\n${name}: ${question.asks}`);
  for (const [at, whole] of question.contests.entries()) {
    const contest = flags.ci ? shortened(whole) : whole;
    if (contest === undefined) continue;
    let answer = await ask(question, at, contest, flags.ci ? CI_SHARE : 1);
    if (answer.missed.length > 0 && flags.ci) {
      console.log(`\n missed (${answer.missed.join('; ')}): once more`);
      answer = await ask(question, at, contest, CI_SHARE);
    }
    contests.push(answer);
  }
  keep(question, contests);
  const missed = contests.flatMap((contest) => contest.missed);
  if (missed.length > 0) failed++;
  for (const why of missed) console.log(`MISSED ${name}: ${why}`);
}
console.log(`\n${asked.length - failed} passed, ${failed} failed`);
if (flags.check && failed > 0) process.exitCode = 1;
