import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { each, pipeline, type RowOf, run, type Source } from 'headrace';
import type { Answer, Outcome } from '../kit/question.ts';

/** So many rows, unless HEADRACE_BENCH_ROWS says otherwise; CI has fewer. */
export const ROWS: number = Number(process.env['HEADRACE_BENCH_ROWS'] ?? 2_000_000);
/** Written once a machine: 18 columns of 2 M rows are 360 MB. */
const folder = join(import.meta.dirname, '../../.cache/bench-files');

/** All 18 columns. */
export const ALL = {
  id: 'integer',
  at: { as: 'time', unit: 'ms' },
  user: 'string',
  country: 'string',
  amount: 'number',
  f0: 'number',
  f1: 'number',
  f2: 'number',
  f3: 'number',
  f4: 'number',
  f5: 'number',
  f6: 'number',
  f7: 'number',
  f8: 'number',
  f9: 'number',
  category: 'string',
  active: 'boolean',
  note: 'string',
} as const;
type Some<Names extends keyof typeof ALL> = Pick<typeof ALL, Names>;

export const FOUR: Some<'at' | 'country' | 'amount' | 'f0'> = { at: ALL.at, country: ALL.country, amount: ALL.amount, f0: ALL.f0 };

export const THREE: Some<'country' | 'amount' | 'f0'> = { country: ALL.country, amount: ALL.amount, f0: ALL.f0 };

export type Row = RowOf<typeof ALL>;
export type Four = Pick<Row, keyof typeof FOUR>;
export type Three = Pick<Row, keyof typeof THREE>;

/** What is summed up of three columns: enough of each that none can be left out. */
export class ThreeTotals {
  #rows = 0;
  #amount = 0;
  #many = 0;
  #swiss = 0;

  readonly add = ({ country, amount, f0 }: Three): void => {
    this.#rows++;
    if (f0 > 0.5) this.#many++;
    if (country === 'CH') this.#swiss++;
    this.#amount += amount;
  };

  get answer(): Answer {
    return { rows: this.#rows, amount: this.#amount, many: this.#many, swiss: this.#swiss };
  }
}

/** Likewise of four. */
export class FourTotals {
  #hours = 0;
  readonly #three = new ThreeTotals();

  readonly add = (row: Four): void => {
    this.#hours += Math.floor(row.at / 3_600_000) % 24;
    this.#three.add(row);
  };

  get answer(): Answer {
    return { ...this.#three.answer, hours: this.#hours };
  }
}

/** What is summed up of all columns. */
export class AllTotals {
  #numbers = 0;
  #letters = 0;
  #active = 0;
  readonly #four = new FourTotals();

  readonly add = (row: Row): void => {
    this.#four.add(row);
    this.#numbers += row.id + row.f1 + row.f2 + row.f3 + row.f4 + row.f5 + row.f6 + row.f7 + row.f8 + row.f9;
    this.#letters += row.user.length + row.category.length + row.note.length;
    if (row.active) this.#active++;
  };

  get answer(): Answer {
    return { ...this.#four.answer, numbers: this.#numbers, letters: this.#letters, active: this.#active };
  }
}

/** A pipeline that does nothing but read, and add up what every row says. */
export async function totalled<T>(
  source: Source<T>,
  totals: { readonly add: (row: T) => void; readonly answer: Answer },
): Promise<Outcome> {
  await run(pipeline('totals').from(source).to(each(totals.add)));
  return { answer: totals.answer };
}

const COUNTRIES = ['CH', 'DE', 'FR', 'IT', 'AT', 'ES', 'NL', 'PL', 'SE', 'JP', 'BR', 'IN', 'CN', 'CA', 'AU', 'ZA'];
const CATEGORIES = ['books', 'garden', 'electronics', 'toys', 'sports', 'home', 'music'];
const PLAIN = ['', 'ok', 'plain note', 'returned by customer', 'naïve café', 'paid late'];
const START_MS = 1_700_000_000_000;

/** The same rows for everybody: a tenth with quoted separators or quotes, a hundredth with a line end, a million users. */
export function* rows(count: number): Generator<Row, void, undefined> {
  let state = 42;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * n);
  };
  const unit = (): number => below(100_000) / 100_000;
  const wide = (): number => (below(100_000) - 50_000) / 1000;
  for (let id = 0; id < count; id++) {
    const odd = below(100);
    yield {
      id,
      at: START_MS + id * 37 - below(500),
      user: `user-${String(below(1_000_000)).padStart(7, '0')}`,
      country: COUNTRIES[below(16)]!,
      amount: below(100_000) / 100,
      f0: unit(),
      f1: unit(),
      f2: unit(),
      f3: unit(),
      f4: unit(),
      f5: wide(),
      f6: wide(),
      f7: wide(),
      f8: wide(),
      f9: wide(),
      category: CATEGORIES[below(7)]!,
      active: below(2) === 1,
      note: odd === 0 ? 'two\nlines' : odd < 6 ? 'a, b and c' : odd < 11 ? 'she said "now"' : PLAIN[below(6)]!,
    };
  }
}

const ENCODINGS = {
  csv: { head: `${Object.keys(ALL).join(',')}\n`, line: (row: Row) => `${Object.values(row).map(field).join(',')}\n` },
  jsonl: { head: '', line: (row: Row) => `${JSON.stringify(row)}\n` },
};

function field(value: unknown): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export type Format = keyof typeof ENCODINGS;

export interface TableFile extends Answers {
  readonly path: string;
}

interface Answers {
  readonly three: Answer;
  readonly four: Answer;
  readonly all: Answer;
}

/** A file of the first `count` rows, and what is in it. Made at the first call; another change of this file makes others. */
export function tableFile(format: Format, count: number): TableFile {
  const version = createHash('sha256')
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 8);
  const path = join(folder, `${version}-${count}.${format}`);
  const told = `${path}.json`;
  if (!existsSync(told)) write(format, count, path, told);
  return { path, ...(JSON.parse(readFileSync(told, 'utf8')) as Answers) };
}

const PIECE = 5000;

function write(format: Format, count: number, path: string, told: string): void {
  mkdirSync(folder, { recursive: true });
  const { head, line } = ENCODINGS[format];
  const three = new ThreeTotals();
  const four = new FourTotals();
  const all = new AllTotals();
  const file = openSync(`${path}.part`, 'w');
  let lines = [head];
  for (const row of rows(count)) {
    three.add(row);
    four.add(row);
    all.add(row);
    lines.push(line(row));
    if (lines.length < PIECE) continue;
    writeSync(file, lines.join(''));
    lines = [];
  }
  writeSync(file, lines.join(''));
  closeSync(file);
  renameSync(`${path}.part`, path);
  writeFileSync(told, JSON.stringify({ three: three.answer, four: four.answer, all: all.answer }));
}
