// The pipeline of `parallel-scan`, in a module of its own: threads find its functions here.
import { each, type Pipeline, pipeline } from 'headrace';
import { numbered } from '../source.ts';

const KEYS = 1000;
const FEATURES = 64;
/** Passes that make a record take about 10 us. */
const PASSES = 75;
const RATE = 0.01;

export function scanModule(records: number): URL {
  const url = new URL(import.meta.url);
  url.search = new URLSearchParams({ records: String(records) }).toString();
  return url;
}

export const keyOf = (i: number): number => (Math.imul(i, 2_654_435_761) >>> 0) % KEYS;

/** What is learned for a key. */
export interface Model {
  readonly weights: number[];
}
export const untaught = (): Model => ({ weights: new Array<number>(FEATURES).fill(0) });

/**
 * Learns from one record, passing over its features several times: dear, and no record of a key can be done before the
 * one in front of it. Too long to be inlined, as dear functions are (docs/speed.md has what V8 does to short ones).
 */
export function learn({ weights }: Model, i: number): Model {
  const label = i & 1;
  for (let pass = 0; pass < PASSES; pass++) {
    let score = 0;
    let x = i | 0;
    for (let at = 0; at < FEATURES; at++) {
      x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      score += weights[at]! * (x / 2 ** 31);
    }
    const slope = 1 / (1 + Math.exp(-score)) - label;
    x = i | 0;
    for (let at = 0; at < FEATURES; at++) {
      x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      weights[at] = weights[at]! - RATE * slope * (x / 2 ** 31);
    }
  }
  return { weights };
}

/** A number for what the model has become; any other order of the records would give another. */
export const gist = ({ weights }: Model): number => Math.round(weights[0]! * 1e9) | 0;

/** What came out, by key and in the order of the key. Filled where the sink is, which is in the host. */
export class ByKey {
  records = 0;
  readonly #sums = new Map<number, number>();

  add(key: number, gist: number): void {
    this.records++;
    this.#sums.set(key, (Math.imul(this.#sums.get(key) ?? 0, 31) + gist) | 0);
  }

  get sum(): number {
    return [...this.#sums.values()].reduce((sum, each) => sum + each, 0);
  }
}

export const byKey: ByKey = new ByKey();
const records = Number(new URL(import.meta.url).searchParams.get('records'));
const scan: Pipeline = pipeline('scan')
  .from(numbered(records, (i) => i))
  .keyBy(keyOf)
  .scan('learn', untaught, learn)
  .map((model, { key }) => ({ key, gist: gist(model) }))
  .to(each(({ key, gist }) => byKey.add(key, gist)));
export default scan;
