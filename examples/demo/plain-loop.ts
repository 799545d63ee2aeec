// What the pipeline computes, once more: one loop over the same bytes that shares nothing with it but the bytes, the
// table of stores and the weights. The test compares the two, and their times tell what the pipeline costs.
import { PurchaseBytes } from './bytes.ts';
import { WEIGHTS } from './model.ts';
import { type Store, stores } from './stores.ts';

export interface PlainLine {
  segment: string;
  from: number;
  to: number;
  records: number;
  meanAmount: number;
  minAmount: number;
  maxAmount: number;
  meanScore: number;
  risky: number;
}

export interface PlainAnswer {
  filtered: number;
  scored: number;
  dropped: Map<string, number>;
  /** Windows in the order in which they were full, then those that never were. */
  lines: PlainLine[];
}

export interface PlainOptions {
  readonly records: number;
  readonly seed: number;
  readonly window: number;
}

/** The bodies of so many purchases, as many at a time as the pipeline takes. */
function* generated({ records, seed }: PlainOptions): Generator<readonly Uint8Array[], void, undefined> {
  const bytes = new PurchaseBytes(seed);
  for (let first = 0; first < records; first += READ) yield bytes.read(first, Math.min(READ, records - first));
}

interface Sums {
  from: number;
  records: number;
  amount: number;
  min: number;
  max: number;
  score: number;
  risky: number;
}

const READ = 1024;

export function plainLoop(options: PlainOptions): PlainAnswer {
  return loopOver(generated(options), options.window);
}

export function loopOver(reads: Iterable<readonly Uint8Array[]>, window: number): PlainAnswer {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const answer: PlainAnswer = { filtered: 0, scored: 0, dropped: new Map(), lines: [] };
  const open = new Map<string, Sums>();
  const x = new Float64Array(WEIGHTS.length);
  let seen = 0;
  let [amountMean, amountSquares, secondsMean, secondsSquares] = [0, 0, 0, 0];

  for (const bodies of reads) {
    for (const body of bodies) {
      let p: any;
      let reason: string | undefined;
      try {
        p = JSON.parse(decoder.decode(body));
        reason = wrongIn(p);
      } catch {
        reason = 'not JSON';
      }
      if (reason !== undefined) {
        answer.dropped.set(reason, (answer.dropped.get(reason) ?? 0) + 1);
        continue;
      }
      if (p.device === 'probe') {
        answer.filtered += 1;
        continue;
      }

      seen += 1;
      const log = Math.log(p.amount);
      const fromAmount = log - amountMean;
      amountMean += fromAmount / seen;
      amountSquares += fromAmount * (log - amountMean);
      const fromSeconds = p.seconds - secondsMean;
      secondsMean += fromSeconds / seen;
      secondsSquares += fromSeconds * (p.seconds - secondsMean);

      const store = stores.get(p.store) as Store;
      const hour = (((p.at / 3_600_000) % 24) / 24) * 2 * Math.PI;
      const day = new Date(p.at).getUTCDay();
      x[0] = 1;
      x[1] = amountSquares === 0 ? 0 : (log - amountMean) / Math.sqrt(amountSquares / seen);
      x[2] = secondsSquares === 0 ? 0 : (p.seconds - secondsMean) / Math.sqrt(secondsSquares / seen);
      x[3] = Math.log1p(p.quantity);
      x[4] = p.pages / 10;
      x[5] = p.discount;
      x[6] = p.returning ? 1 : 0;
      x[7] = p.device === 'phone' ? 1 : 0;
      x[8] = p.device === 'tablet' ? 1 : 0;
      x[9] = Math.min(4, p.amount / store.usual);
      x[10] = Math.sin(hour);
      x[11] = Math.cos(hour);
      x[12] = day === 6 || day === 0 ? 1 : 0;
      let dot = 0;
      for (let i = 0; i < x.length; i++) dot += x[i]! * WEIGHTS[i]!;
      const score = 1 / (1 + Math.exp(-dot));
      answer.scored += 1;

      let sums = open.get(store.segment);
      if (sums === undefined) open.set(store.segment, (sums = empty(0)));
      sums.records += 1;
      sums.amount += p.amount;
      sums.min = Math.min(sums.min, p.amount);
      sums.max = Math.max(sums.max, p.amount);
      sums.score += score;
      if (score > 0.5) sums.risky += 1;
      if (sums.records < window) continue;
      answer.lines.push(lineOf(store.segment, sums));
      open.set(store.segment, empty(sums.from + window));
    }
  }
  for (const [segment, sums] of open) if (sums.records > 0) answer.lines.push(lineOf(segment, sums));
  return answer;
}

function wrongIn(p: any): string | undefined {
  for (const [field, type, least, most] of FIELDS) {
    const value = p[field];
    if (value === undefined) return `${field} is missing`;
    if (typeof value !== type) return `${field} is not ${TYPES[type]}`;
    if (type === 'number' && !(value >= least && value <= most)) return `${field} is out of range`;
    if (field === 'device' && !DEVICES.includes(value)) return 'device is out of range';
  }
  return undefined;
}

const FIELDS = [
  ['id', 'string', 0, 0],
  ['at', 'number', 0, 4e12],
  ['store', 'string', 0, 0],
  ['device', 'string', 0, 0],
  ['amount', 'number', 0.01, 10_000],
  ['quantity', 'number', 1, 100],
  ['pages', 'number', 0, 1000],
  ['seconds', 'number', 0, 86_400],
  ['discount', 'number', 0, 0.9],
  ['returning', 'boolean', 0, 0],
] as const;
const TYPES = { string: 'text', number: 'a number', boolean: 'true or false' };
const DEVICES = ['desktop', 'phone', 'tablet', 'probe'];

function empty(from: number): Sums {
  return { from, records: 0, amount: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, score: 0, risky: 0 };
}

function lineOf(segment: string, { from, records, amount, min, max, score, risky }: Sums): PlainLine {
  const [meanAmount, meanScore] = [amount / records, score / records];
  return { segment, from, to: from + records, records, meanAmount, minAmount: min, maxAmount: max, meanScore, risky };
}

if (import.meta.main) {
  const records = Number(process.argv[2] ?? 2_000_000);
  const started = performance.now();
  const { scored, filtered, dropped } = plainLoop({ records, seed: 1, window: 1000 });
  const ms = performance.now() - started;
  const cpu = process.cpuUsage();
  const lost = [...dropped.values()].reduce((all, n) => all + n, 0);
  console.log(`${records} read, ${scored} scored, ${filtered} filtered, ${lost} dropped`);
  console.log(`${Math.round(records / (ms / 1000))}/s, ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s of CPU`);
}
