import { inspect } from 'node:util';
import { HeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { World } from '../core/world.ts';
import { type KeptLetter, keptLetters, letterTopic, redrivenUpTo } from './dlq-letters.ts';
import type { ShowWish } from './dlq-wish.ts';
import { ExitCode } from './exit-code.ts';
import { damageText } from './log-fsck.ts';
import { listed } from './log-folder.ts';
import { positionsIn } from './log-readers.ts';
import { bytesText, cutTo, printable, say, timeText } from './printable.ts';

/** `headrace dlq show`: the letters one by one, oldest first. */
export async function dlqShow(wish: ShowWish, world: World): Promise<number> {
  const { dir, pipeline, limit, from, operator, json } = wish;
  const log = await letterTopic(world, dir, pipeline);
  const { next } = redrivenUpTo(await positionsIn(world.files, dir), pipeline);
  const others = new Set<string>();
  let exit: number = ExitCode.ok;
  let shown = 0;
  const warn = (problem: string): void => {
    exit = ExitCode.failed;
    process.stderr.write(`${printable(problem)}\n`);
  };
  for await (const kept of keptLetters(log, from, (damage) => warn(damageText(damage)))) {
    if ('letter' in kept && operator !== undefined && kept.letter.operator !== operator) {
      others.add(kept.letter.operator);
      continue;
    }
    if (shown === limit) {
      process.stderr.write(`there are more: --from ${kept.position}\n`);
      break;
    }
    if ('problem' in kept) {
      warn(`letter ${kept.position} cannot be read: ${kept.problem}`);
      continue;
    }
    shown++;
    const isSent = kept.position < next;
    if (!(await say(json ? jsonOf(kept, isSent) : textOf(kept, isSent)))) break;
  }
  if (shown > 0) return exit;
  if (operator !== undefined && others.size > 0) throw noneOf(operator, [...others].sort(), dir);
  process.stderr.write(`there are no letters${from > 0 ? ` from position ${from} on` : ''}\n`);
  return exit;
}

type Readable = Extract<KeptLetter, { readonly letter: DeadLetter }>;

const MOST_LETTERS_OF_A_LINE = 2000;

function textOf({ position, letter }: Readable, isSent: boolean): string {
  const { id, operator, error, origin, time } = letter;
  const key = letter.key === undefined ? '' : `, key ${valueText(letter.key)}`;
  const lines = [
    `${position}  ${timeText(time)}  refused by ${operator}${isSent ? ', sent in again' : ''}`,
    `  record  ${id}, from ${origin.source}, partition ${origin.partition}, position ${origin.position}${key}`,
    `  error   ${error.code}: ${error.what}`,
    `  ${contentOf(letter)}`,
  ];
  return `${lines.map((line) => cutTo(printable(line), MOST_LETTERS_OF_A_LINE)).join('\n')}\n`;
}

function contentOf(letter: DeadLetter): string {
  if (letter.bytes !== undefined) return `bytes   ${bytesText(letter.bytes)}`;
  if (letter.lost !== undefined) return `value   was not kept: ${letter.lost}`;
  return 'value' in letter ? `value   ${valueText(letter.value)}` : 'value   was not kept';
}

/** Near to how one would write it, also for bigints, dates and maps. */
function valueText(value: unknown): string {
  return inspect(value, {
    depth: 8,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
    maxStringLength: MOST_LETTERS_OF_A_LINE,
    maxArrayLength: 200,
  });
}

function jsonOf({ position, letter }: Readable, isSent: boolean): string {
  const { value, bytes, ...rest } = letter;
  const content = bytes !== undefined ? { bytes } : 'value' in letter ? { value } : {};
  return `${printable(JSON.stringify({ position, sentInAgain: isSent, ...rest, ...content }, plain))}\n`;
}

/** For eyes and for `jq`, not to be read back: what JSON has no form for gets the nearest one. */
function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map || value instanceof Set) return [...value];
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as unknown as ArrayLike<unknown>) : value;
}

function noneOf(operator: string, others: readonly string[], dir: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_LETTERS_MISSING',
    what: `there are no letters that '${operator}' has refused`,
    where: dir,
    todo: `There are some of: ${listed(others)}.`,
  });
}
