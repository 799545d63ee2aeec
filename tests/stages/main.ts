// Runs random plans in every way and compares. A program of its own: a worker finds out when the text of a function
// differs from that of its host, and a test runner rewrites what it imports.
import { strict as assert } from 'node:assert';
import { planFor } from '../../src/pipeline/pipeline.ts';
import { causesOf } from '../../src/pipeline/plan-causes.ts';
import { stagesOf } from '../../src/pipeline/stage-cut.ts';
import { crashing, local, type Make, moving, onThreads, remote, undisturbed, type Watch } from './lives.ts';
import { busy, calm, lively, ONE_PATH, Outside, type Row } from './plans.ts';
import { Workers } from './workers.ts';

const [kind, first, many] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const ways = { busy: busily, calm: calmly, lively: livelily };
const workers = new Workers();
await workers.start(2);
try {
  process.stdout.write(`${JSON.stringify(await ways[kind as keyof typeof ways](first, many))}\n`);
} finally {
  await workers.stop();
}

/** Many copies, merges and side outputs: the same records, and key by key in order where they came one way. */
async function livelily(from: number, plans: number): Promise<object> {
  const watch: Watch = new Map();
  for (let seed = from; seed < from + plans; seed++) {
    const make: Make = (outside) => lively(seed, outside);
    const cut = stagesOf(planFor(make(new Outside())));
    assert(cut.edges.filter((edge) => edge.kind !== 'forward').length >= 2, `seed ${seed} has exchanges`);
    const expected = await undisturbed(make);
    compare(expected, await crashing(make), `seed ${seed}, in one piece`);
    compare(expected, await moving(make, [2, 3, 1], local, watch), `seed ${seed}, as stages`);
    const elsewhere = remote(moduleOf('lively', seed), () => workers.line());
    compare(expected, await moving(make, [2, 3, 1], elsewhere), `seed ${seed}, elsewhere`);
  }
  for (const [where, watermarks] of watch) {
    assert.deepEqual(
      watermarks,
      [...watermarks].sort((a, b) => a - b),
      `${where} never goes back`,
    );
  }
  const ends = [...watch.values()].filter((watermarks) => watermarks.at(-1) === Number.POSITIVE_INFINITY);
  return { plans, watched: watch.size, endsOfTime: ends.length };
}

/** One copy of each stage and nothing that leaves the answer open: the same bytes. */
async function calmly(from: number, plans: number): Promise<object> {
  let deterministic = 0;
  for (let seed = from; seed < from + plans; seed++) {
    const make: Make = (outside) => calm(seed, outside);
    const causes = causesOf(planFor(make(new Outside())), { copies: 'one', checkpoints: true });
    const expected = await undisturbed(make);
    for (const [how, outside] of [
      ['in one piece', await crashing(make)],
      ['as stages', await moving(make, [1, 1, 1], local)],
      [
        'elsewhere',
        await moving(
          make,
          [1, 1, 1],
          remote(moduleOf('calm', seed), () => workers.line()),
        ),
      ],
    ] as const) {
      if (causes.length === 0) assert.deepEqual(outside.committed, expected.committed, `seed ${seed}, ${how}`);
      else compare(expected, outside, `seed ${seed}, ${how}`);
    }
    if (causes.length === 0) deterministic++;
  }
  return { plans, deterministic };
}

/** A part on threads: the same as without, in the same order where records have one. */
async function busily(from: number, plans: number): Promise<object> {
  for (let seed = from; seed < from + plans; seed++) {
    const make: Make = (outside) => busy(seed, outside);
    const expected = await undisturbed(make);
    compare(expected, await onThreads(make, moduleOf('busy', seed), false), `seed ${seed}, on threads`);
    compare(expected, await onThreads(make, moduleOf('busy', seed), true), `seed ${seed}, on threads, with crashes`);
  }
  return { plans };
}

function moduleOf(what: string, seed: number): URL {
  return new URL(`./plan-module.ts?kind=${what}&seed=${seed}`, import.meta.url);
}

function compare(expected: Outside, got: Outside, what: string): void {
  for (const [sink, rows] of expected.committed) {
    const others = got.committed.get(sink) ?? [];
    assert.deepEqual(sorted(others), sorted(rows), `${what}: ${sink}`);
    if (ONE_PATH.has(sink)) assert.deepEqual(byKey(others), byKey(rows), `${what}: ${sink}, key by key`);
  }
  assert.deepEqual(
    [...got.committed.keys()].filter((sink) => !expected.committed.has(sink)),
    [],
    what,
  );
}

function sorted(rows: readonly Row[]): readonly string[] {
  return rows.map(({ id, text }) => `${id} ${text}`).sort();
}

function byKey(rows: readonly Row[]): Readonly<Record<string, readonly string[]>> {
  const keys: Record<string, string[]> = {};
  for (const { id, key, text } of rows) (keys[JSON.stringify(key)] ??= []).push(`${id} ${text}`);
  return keys;
}
