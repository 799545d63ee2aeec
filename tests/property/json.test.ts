// Random lines against JSON.parse and a pick of the members, by WebAssembly and by its plain twin, cut anywhere. A failure
// prints the seed of its case: HEADRACE_SEED=<seed> HEADRACE_CASES=1 runs it alone; HEADRACE_CASES=1000000 runs many.
import { expect, test } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { columnSpecs } from '../../src/codecs/column-kinds.ts';
import { wantedTree } from '../../src/codecs/json/member-paths.ts';
import { ProjectionReader } from '../../src/codecs/json/projection.ts';
import { jsonArray } from '../../src/codecs/json-array.ts';
import { Dice, randomArray, randomBlock, randomWishes } from './json-lines.ts';
import { readAll } from './json-reading.ts';
import { expectedRows } from './json-oracle.ts';
import { same } from './same.ts';

const isFull = process.env['HEADRACE_TEST'] === 'full';
const cases = Number(process.env['HEADRACE_CASES'] ?? (isFull ? 20_000 : 120));
const first = Number(process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? Math.floor(Math.random() * 2 ** 31) : 20261121));

function check(seed: number): void {
  const dice = new Dice(new SeededRandom(seed));
  const specs = columnSpecs(randomWishes(dice), 'json');
  const bytes = randomBlock(dice);
  const limits = { depth: dice.of([256, 256, 3, 1]), recordBytes: dice.of([1e6, 1e6, 80, 30]) };
  const dictionary = { entries: dice.of([65536, 2, 1]), bytes: dice.of([1e6, 12]) };
  const areaBytes = dice.of([4096, 4096, 256, 64]);
  const wish = { specs, root: wantedTree(specs, 'json'), depth: limits.depth, dictionary, areaBytes, rows: 8 };
  const read = (isPlain: boolean, restarts: boolean) =>
    readAll({
      make: (from) => new ProjectionReader({ ...wish, isPlain }, { where: 'file:x', recordBytes: limits.recordBytes, from }),
      bytes,
      dice,
      restarts,
    });
  const fast = read(false, false);
  const plain = read(true, false);
  same(
    fast.told.map(({ said: _said, bytes: _bytes, ...rest }) => rest),
    expectedRows(bytes, specs, limits),
  );
  same(plain, fast);
  same(read(false, true).told, fast.told);
}

function checkArray(seed: number): void {
  const dice = new Dice(new SeededRandom(seed));
  const bytes = randomArray(dice);
  const opening = { where: 'file:x', recordBytes: dice.of([1e6, 1e6, 40]) };
  const read = (restarts: boolean) =>
    readAll({ make: (from) => jsonArray<unknown>().blocks!.open({ ...opening, from }), bytes, dice, restarts });
  const once = read(false);
  same(read(false), once);
  same(read(true).told, once.told);
  const good = once.told.flatMap(({ row }) => row ?? []);
  const refused = once.told.flatMap((told) => told.refused ?? []);
  const whole = parsed(bytes);
  if (whole === undefined) expect(refused.length).toBeGreaterThan(0);
  else if (refused.length === 0) same(good, whole);
  // Only what is too long, or has a key that json() refuses too.
  else expect(refused.filter((code) => code === 'HR_DECODE_FAILED')).toEqual([]);
  // An element that is good is one on its own, where it was said to be.
  for (const { at, row } of once.told)
    if (row !== undefined) expect(bytes.subarray(at)).toSatisfy((rest) => begins(rest as Buffer, row[0]));
}

/** Undefined where the bytes are no JSON array. */
function parsed(bytes: Buffer): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether some beginning of the bytes is this value. */
function begins(bytes: Buffer, value: unknown): boolean {
  const wanted = JSON.stringify(value);
  const last = wanted.at(-1)!;
  for (let to = 1; to <= bytes.length; to++) {
    // Only where a value like it may end: most errors cost more than all the rest.
    const letter = String.fromCharCode(bytes[to - 1]!);
    if (letter !== last && !(/\d/.test(last) && /\d/.test(letter)) && !(last === 'l' && /\d/.test(letter))) continue;
    try {
      if (JSON.stringify(JSON.parse(bytes.toString('utf8', 0, to))) === wanted) return true;
    } catch {}
  }
  return false;
}

function checkAll(name: string, checkOne: (seed: number) => void): void {
  for (let seed = first; seed < first + cases; seed++) {
    try {
      checkOne(seed);
    } catch (error) {
      throw new Error(`${name}: HEADRACE_SEED=${seed} HEADRACE_CASES=1`, { cause: error });
    }
  }
}

test(`${cases} random files are read as JSON.parse reads them, by both codes and cut anywhere`, { timeout: 3_600_000 }, () => {
  checkAll('lines', check);
});

test(`${cases} random arrays are read as JSON.parse reads them, cut anywhere`, { timeout: 3_600_000 }, () => {
  checkAll('array', checkArray);
});
