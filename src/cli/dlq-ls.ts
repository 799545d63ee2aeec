import type { World } from '../core/world.ts';
import type { TopicLog } from '../log/topic-log.ts';
import { DEAD, keptLetters, letterTopics, redrivenUpTo } from './dlq-letters.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { explainedWrite } from './log-folder.ts';
import { damageText } from './log-fsck.ts';
import { counted } from './log-ls.ts';
import { type PipelinePositions, positionsIn } from './log-readers.ts';
import { columns, printable, say, timeText } from './printable.ts';

interface Refusals {
  readonly operator: string;
  readonly code: string;
  count: number;
  /** Of these, not sent in again. */
  waiting: number;
}

interface LettersOfPipeline {
  readonly pipeline: string;
  letters: number;
  waiting: number;
  /** When the first and the last were refused; null where there is none. */
  since: number | null;
  until: number | null;
  readonly refusals: Refusals[];
  readonly problems: string[];
}

/** `headrace dlq ls`: what was refused, by whom and why. */
export async function dlqLs({ dir, json }: { readonly dir: string; readonly json: boolean }, world: World): Promise<number> {
  const topics = await letterTopics(world, dir);
  const pipelines = await positionsIn(world.files, dir);
  const all: LettersOfPipeline[] = [];
  for (const { name, log, problem } of topics) {
    const found: LettersOfPipeline = {
      pipeline: name.slice(0, -DEAD.length),
      letters: 0,
      waiting: 0,
      since: null,
      until: null,
      refusals: [],
      problems: [],
    };
    all.push(found);
    try {
      if (log === undefined) throw problem;
      await count(found, log, pipelines);
    } catch (error) {
      const { code, message } = failureOf(explainedWrite(error, dir, 'read'));
      found.problems.push(`${code}: ${message}`);
    }
  }
  if (json) await say(`${printable(JSON.stringify({ pipelines: all }))}\n`);
  else await say(all.length === 0 ? `there are no dead letters in ${printable(dir)}\n` : all.map(textOf).join('\n'));
  return all.some(({ problems }) => problems.length > 0) ? ExitCode.failed : ExitCode.ok;
}

async function count(found: LettersOfPipeline, log: TopicLog, pipelines: readonly PipelinePositions[]): Promise<void> {
  const { next, problem } = redrivenUpTo(pipelines, found.pipeline);
  if (problem !== undefined) found.problems.push(`how many were sent in again is not sure: ${problem}`);
  const byKind = new Map<string, Refusals>();
  for await (const kept of keptLetters(log, 0, (damage) => found.problems.push(damageText(damage)))) {
    if ('problem' in kept) {
      found.problems.push(`letter ${kept.position} cannot be read: ${kept.problem}`);
      continue;
    }
    const { operator, error, time } = kept.letter;
    const kind = JSON.stringify([operator, error.code]);
    const refusals = byKind.get(kind) ?? { operator, code: error.code, count: 0, waiting: 0 };
    byKind.set(kind, refusals);
    const waiting = kept.position >= next ? 1 : 0;
    refusals.count++;
    refusals.waiting += waiting;
    found.letters++;
    found.waiting += waiting;
    found.since = Math.min(found.since ?? time, time);
    found.until = Math.max(found.until ?? time, time);
  }
  found.refusals.push(...[...byKind.values()].sort((a, b) => b.count - a.count));
}

function textOf({ pipeline, letters, waiting, since, until, refusals, problems }: LettersOfPipeline): string {
  const times = since === null ? '' : `, ${timeText(since)} to ${timeText(until ?? since)}`;
  const rest = letters === 0 ? '' : waiting === 0 ? ', all sent in again' : `, ${waitingText(waiting, letters)}`;
  const rows = refusals.map(({ operator, code, count: of, waiting: left }) => [
    printable(operator),
    printable(code),
    counted(of, 'letter'),
    left === 0 ? 'sent in again' : waitingText(left, of),
  ]);
  const told = problems.map((problem) => `  ${printable(problem)}\n`).join('');
  return `${printable(pipeline)}  ${counted(letters, 'dead letter')}${rest}${times}\n${columns(rows)}${told}`;
}

function waitingText(waiting: number, of: number): string {
  return waiting === of ? 'none sent in again yet' : `${counted(waiting, 'letter')} not sent in again yet`;
}
