import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../kit/question.ts';
import { versionOf } from './version.ts';

const folder = join(import.meta.dirname, '../../.cache/bench-files');
/** As many different words as a long book has. */
const WORDS = 20_000;
const PIECE = 10_000;

interface Answers {
  /** Of a count for every word that comes. */
  readonly running: Answer;
  /** Of one count a word. */
  readonly atTheEnd: Answer;
}

/** A file of so many lines as `{"word":"tamoru"}`, words as frequent as in a text, and what counting them must answer. */
export function wordFile(lines: number): Answers & { readonly path: string } {
  const path = join(folder, `words-${versionOf(import.meta.filename)}-${lines}.jsonl`);
  const told = `${path}.json`;
  if (!existsSync(told)) write(lines, path, told);
  return { path, ...(JSON.parse(readFileSync(told, 'utf8')) as Answers) };
}

/** What is looked at of counts by word: enough that no count can be another's. */
export function totalOf(counts: Iterable<readonly [word: string, count: number]>): Answer {
  let words = 0;
  let lines = 0;
  let sum = 0;
  for (const [word, count] of counts) {
    words++;
    lines += count;
    sum += weightOf(word) * count;
  }
  return { words, lines, sum };
}

/** The same of counts that go up by one: of a word that came n times the sum is its weight, times 1 + 2 + … + n. */
export class RunningCounts {
  #lines = 0;
  #sum = 0;

  readonly add = ({ word, n }: { readonly word: string; readonly n: number }): void => {
    this.#lines++;
    this.#sum += weightOf(word) * n;
  };

  get answer(): Answer {
    return { lines: this.#lines, sum: this.#sum };
  }
}

function weightOf(word: string): number {
  return word.charCodeAt(0) * 7 + word.charCodeAt(word.length - 1) * 3 + word.length;
}

function write(lines: number, path: string, told: string): void {
  mkdirSync(folder, { recursive: true });
  let state = 7;
  const unit = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  const vocabulary = Array.from({ length: WORDS }, (_, i) => wordOf(i));
  const counts = new Uint32Array(WORDS);
  const file = openSync(`${path}.part`, 'w');
  let piece: string[] = [];
  for (let i = 0; i < lines; i++) {
    // Zipf's law: the word of rank r comes 1/r times as often as the first.
    const rank = Math.min(WORDS, Math.floor((WORDS + 1) ** unit())) - 1;
    counts[rank]!++;
    piece.push(`{"word":"${vocabulary[rank]!}"}\n`);
    if (piece.length < PIECE) continue;
    writeSync(file, piece.join(''));
    piece = [];
  }
  writeSync(file, piece.join(''));
  closeSync(file);
  renameSync(`${path}.part`, path);
  const met = vocabulary.map((word, i) => [word, counts[i]!] as const).filter(([, count]) => count > 0);
  const sum = met.reduce((all, [word, n]) => all + (weightOf(word) * n * (n + 1)) / 2, 0);
  writeFileSync(told, JSON.stringify({ running: { lines, sum }, atTheEnd: totalOf(met) } satisfies Answers));
}

/** Syllables by number, so that no two are alike and frequent words are short. */
function wordOf(i: number): string {
  const consonants = 'tnsrlmkpbdgv';
  const vowels = 'aeiou';
  let word = '';
  for (let rest = i + 1; rest > 0; rest = Math.floor(rest / 60)) {
    const syllable = rest % 60;
    word += consonants[syllable % 12]! + vowels[Math.floor(syllable / 12)]!;
  }
  return word;
}
