import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileSink } from '../../src/connectors/files/index.ts';
import { sqliteSink } from '../../src/connectors/sqlite/index.ts';
import { fail, json, openTopic, type Pipeline, pipeline, run, type Sink, topic } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { firstDifference } from './compared.ts';
import { inputsOf } from './inputs.ts';
import { filePlans } from './file-plans.ts';
import { handlerPlans } from './handler-plans.ts';
import { expectedTotals, type KeptOutputs, type KeptPlan, type KeptScene, ordersOf, type Total, totals } from './kept-scene.ts';
import { DATABASE_STEPS, REDRIVE_STEPS, TOPIC_STEPS } from './kept-steps.ts';
import type { Order } from './pipelines.ts';
import { windowPlans } from './window-plans.ts';

/** What was staged and is still there; nothing of it may be. */
const LEFT = 'left staged';
const totalsTopic = topic('totals', json<Total>(), { partitions: 3 });

export const keptPlans: Readonly<Record<string, KeptPlan>> = {
  topic: { make: intoTopic, read: readTopic, expected: expectedTopic, order: 'lines', steps: TOPIC_STEPS },
  database: { make: intoDatabase, read: readDatabase, expected: expectedDatabase, order: 'lines', steps: DATABASE_STEPS },
  threads: {
    make: onThreads,
    read: readTopic,
    expected: expectedTopic,
    order: 'keys',
    steps: ['staged: sealed', 'log: half appended', 'staged removed'],
    parallelism: 2,
  },
  redrive: { make: withLetters, read: readLetters, expected: expectedLetters, order: 'set', steps: REDRIVE_STEPS, isRedriven: true },
  ...filePlans,
  ...windowPlans,
  ...handlerPlans,
  'handlers on disk': { ...handlerPlans['handlers']!, isStored: true },
  'windows on disk': { ...windowPlans['windows']!, isStored: true },
};

function intoTopic(scene: KeptScene): Pipeline {
  return totals(scene, 'topic').to(scene.watch(totalsTopic as Sink<unknown>)) as Pipeline;
}

/** The other sink must never have more, nor less, than the database has decided. */
function intoDatabase(scene: KeptScene): Pipeline {
  const all = totals(scene, 'database');
  const create = 'create table totals (id integer, "key" text, total integer)';
  const rows = sqliteSink<Total>({ path: databaseOf(scene.folder), table: 'totals', create });
  all.to(scene.watchDatabase(rows as Sink<unknown>), { name: 'rows' });
  return all.to(scene.watch(fileSink(`${scene.folder}/out/totals.jsonl`, json<unknown>(), { bufferBytes: 4096 }))) as Pipeline;
}

function onThreads(scene: KeptScene): Pipeline {
  return totals(scene, 'threads').to(scene.watch(totalsTopic as Sink<unknown>)) as Pipeline;
}

/** Refused at two places, one in front of state and one behind it; sums, since letters may be sent in in any order. */
function withLetters(scene: KeptScene): Pipeline {
  const { isMended, wait } = scene;
  const refuses = ({ amount }: { readonly amount: number }, rest: number): boolean => !isMended && amount % 3 === rest;
  return pipeline('redrive', { onError: 'deadLetter' })
    .from(ordersOf(scene), { name: 'orders' })
    .map((order) => (refuses(order, 0) ? fail('not yet') : order), { name: 'checked' })
    .tap(() => scene.look?.())
    .keyBy(({ key }) => key)
    .scan(
      'sums',
      () => ({ id: 0, key: '', amount: 0, count: 0 }),
      ({ count }, { id, key, amount }) => ({ id, key, amount, count: count + 1 }),
    )
    .mapAsync(
      async (sum) => {
        await wait(sum.id % 3);
        if (refuses(sum, 1)) throw new Error('the other side is down');
        return sum;
      },
      { name: 'sent', concurrency: 4 },
    )
    .to(scene.watch(fileSink(`${scene.folder}/out/sums.jsonl`, json<unknown>(), { bufferBytes: 4096 }))) as Pipeline;
}

function databaseOf(folder: string): string {
  return `${folder}/out/totals.db`;
}

async function readTopic(folder: string): Promise<KeptOutputs> {
  await using opened = await openTopic(totalsTopic, { dir: `${folder}/state` });
  const partitions = Array.from({ length: opened.partitions }, (): string[] => []);
  for await (const { value, key, partition, position } of opened.read({ until: 'caughtUp' })) {
    const lines = partitions[partition]!;
    if (position !== lines.length) lines.push(`a gap: position ${position} follows ${lines.length - 1}`);
    lines.push(JSON.stringify({ key, value }));
  }
  const staged = readdirSync(`${folder}/state/topics/totals`, { recursive: true }).filter((name) => String(name).endsWith('.staged'));
  return { ...Object.fromEntries(partitions.entries()), [LEFT]: staged.map(String) };
}

function expectedTopic(orders: readonly Order[], found: KeptOutputs): KeptOutputs {
  const homes = new Map<string, string>();
  for (const [partition, lines] of Object.entries(found)) {
    if (partition !== LEFT) for (const line of lines) if (!homes.has(keyOf(line))) homes.set(keyOf(line), partition);
  }
  const expected: Record<string, string[]> = { [LEFT]: [] };
  for (const partition of Object.keys(found)) expected[partition] = [];
  for (const value of expectedTotals(orders)) {
    (expected[homes.get(value.key) ?? 'no partition'] ??= []).push(JSON.stringify({ key: value.key, value }));
  }
  return expected;
}

function keyOf(line: string): string {
  return (JSON.parse(line) as { readonly key: string }).key;
}

async function readDatabase(folder: string): Promise<KeptOutputs> {
  const database = new DatabaseSync(databaseOf(folder));
  try {
    const rows = database.prepare('select "key", id, total from totals order by rowid').all();
    return { rows: rows.map((row) => JSON.stringify(row)), file: readFiles(folder, 'totals') };
  } finally {
    database.close();
  }
}

function expectedDatabase(orders: readonly Order[]): KeptOutputs {
  const lines = expectedTotals(orders).map((total) => JSON.stringify(total));
  return { rows: lines, file: lines };
}

/** What a key has counted depends on the order of its letters, but each count is there once. */
async function readLetters(folder: string): Promise<KeptOutputs> {
  const sums = readFiles(folder, 'sums').map((line) => JSON.parse(line) as { id: number; key: string; amount: number; count: number });
  return {
    records: sums.map(({ id, key, amount }) => JSON.stringify({ id, key, amount })),
    counts: sums.map(({ key, count }) => JSON.stringify({ key, count })),
  };
}

function expectedLetters(orders: readonly Order[]): KeptOutputs {
  const counts = new Map<string, number>();
  const count = (key: string): number => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts.get(key)!;
  };
  return {
    records: orders.map(({ id, key, amount }) => JSON.stringify({ id, key, amount })),
    counts: orders.map(({ key }) => JSON.stringify({ key, count: count(key) })),
  };
}

function readFiles(folder: string, output: string): string[] {
  const parts = readdirSync(`${folder}/out`).filter((name) => name === `${output}.jsonl` || /-\d+\.jsonl$/.test(name));
  return parts
    .sort()
    .map((name) => readFileSync(`${folder}/out/${name}`, 'utf8'))
    .join('')
    .split('\n')
    .slice(0, -1);
}

/** A folder with inputs and nothing else. */
export function newScene(prefix: string, seed: number, records: number): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  for (const name of ['in', 'out']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'in/orders.jsonl'), inputsOf(seed, records).orders);
  return folder;
}

/** The same for a run that nobody disturbs, in this process. */
export async function undisturbedDifference(plan: string, seed: number, records: number): Promise<string | undefined> {
  const folder = newScene('headrace-undisturbed-', seed, records);
  try {
    const { make, isRedriven = false } = keptPlans[plan]!;
    const asItIs = <S>(sink: S): S => sink;
    for (const redrive of isRedriven ? [false, true] : [false]) {
      const scene = { folder, blockBytes: 1 << 16, isMended: redrive, wait: async () => {}, watch: asItIs, watchDatabase: asItIs };
      await run(make(scene), { runtime: embedded({ dir: `${folder}/state`, checkpointEvery: '1h' }), signals: false, redrive });
    }
    return await keptDifference(plan, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How what was found in a folder differs from what must be there; undefined where it does not. */
export async function keptDifference(plan: string, folder: string): Promise<string | undefined> {
  const { order, read, expected } = keptPlans[plan]!;
  const found = await read(folder);
  const orders = readFileSync(`${folder}/in/orders.jsonl`, 'utf8').trimEnd().split('\n');
  const wanted = expected(
    orders.map((line) => JSON.parse(line) as Order),
    found,
  );
  for (const [name, lines] of Object.entries(wanted)) {
    const got = found[name] ?? [];
    const said = order === 'lines' ? firstDifference(lines, got) : firstDifference(lines.toSorted(), got.toSorted());
    if (said !== undefined) return `${plan}, output '${name}': ${said}`;
    if (order !== 'keys') continue;
    const [wantedByKey, gotByKey] = [lines, got].map((all) => Map.groupBy(all, keyOf));
    for (const [key, inKey] of wantedByKey!) {
      const inOrder = firstDifference(inKey, gotByKey!.get(key) ?? []);
      if (inOrder !== undefined) return `${plan}, output '${name}', key '${key}': ${inOrder}`;
    }
  }
  return undefined;
}
