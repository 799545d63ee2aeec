import { letters } from '../../src/codecs/letters.ts';
import type { World } from '../../src/core/world.ts';
import { PartitionReader } from '../../src/log/partition-reader.ts';
import { findTopicLog } from '../../src/log/topic-log.ts';
import { type Item, type LetterRow, PIPELINE } from './build-plan.ts';
import { type Database, textOf } from './database.ts';
import type { DrawnPlan } from './draw-plan.ts';

/** What is visible of one output: pieces in order, by name. A piece may grow at its end and never changes otherwise. */
export interface Output {
  readonly name: string;
  readonly promise: 'exactly once' | 'at least once';
  readonly pieces: ReadonlyMap<string, readonly string[]>;
}

export const DIR = '/state';
const LETTERS_TOPIC: string = `${PIPELINE}.dead`;

/** What anybody who looks at the disk now may see. */
export async function visible(drawn: DrawnPlan, world: World, database: Database): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  for (const [i, { sink }] of drawn.branches.entries()) {
    const name = `out${i}`;
    const promise = sink === 'topic at once' ? 'at least once' : 'exactly once';
    if (sink === 'file') outputs.push({ name, promise, pieces: await committedFiles(world, name) });
    else if (sink === 'arbiter') outputs.push({ name, promise, pieces: new Map([['rows', await database.rows(world.files)]]) });
    else outputs.push({ name, promise, pieces: await topicRecords(world, name) });
  }
  if (drawn.letters === 'sink') outputs.push({ name: 'letters', promise: 'exactly once', pieces: await committedFiles(world, 'letters') });
  if (drawn.letters === 'topic' || drawn.letters === 'redrive')
    outputs.push({ name: LETTERS_TOPIC, promise: 'exactly once', pieces: await topicRecords(world, LETTERS_TOPIC, letterRow) });
  return outputs;
}

async function committedFiles({ files }: World, name: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const pieces = new Map<string, readonly string[]>();
  for (const found of await files.list('/out')) {
    if (!new RegExp(`^${name}-\\d+\\.jsonl$`).test(found)) continue;
    pieces.set(found, (await textOf(files, `/out/${found}`)).split('\n').slice(0, -1));
  }
  return pieces;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function topicRecords(
  world: World,
  name: string,
  lineOf: (bytes: Uint8Array) => string = text,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const pieces = new Map<string, readonly string[]>();
  const log = await findTopicLog(world, DIR, name);
  for (let partition = 0; partition < (log?.partitions ?? 0); partition++) {
    const folder = log!.partitionFolder(partition);
    // A partition is there from its first writer on.
    if ((await world.files.stat(folder)) === undefined) continue;
    const reader = await PartitionReader.open(world, folder, 'start');
    const lines: string[] = [];
    try {
      for (let batch = await reader.read(); batch !== undefined; batch = await reader.read()) {
        for (const value of batch.values()) lines.push(lineOf(value));
      }
    } finally {
      await reader.close();
    }
    pieces.set(`partition ${partition}`, lines);
  }
  return pieces;
}

/** A letter also says when it was refused, which is no promise. */
function letterRow(bytes: Uint8Array): string {
  const { operator, value, error } = letters().decode(bytes);
  const { lane, s, n } = value as Item;
  return JSON.stringify({ lane: `${operator} ${lane}`, s, n, operator, what: error.what } satisfies LetterRow);
}

/** Of an output the lines of each lane, in order; pieces one behind the other. */
function lanesOf({ pieces }: Output): Map<string, string[]> {
  const lanes = new Map<string, string[]>();
  for (const [, lines] of [...pieces].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const line of lines) {
      const { lane } = JSON.parse(line) as { lane: string };
      const known = lanes.get(lane);
      if (known === undefined) lanes.set(lane, [line]);
      else known.push(line);
    }
  }
  return lanes;
}

/** The first thing that differs from what an undisturbed run commits; undefined when nothing does. */
export function difference(expected: readonly Output[], found: readonly Output[]): string | undefined {
  for (const [i, wanted] of expected.entries()) {
    const got = found[i]!;
    const [a, b] = [lanesOf(wanted), lanesOf(got)];
    for (const lane of new Set([...a.keys(), ...b.keys()])) {
      const [should, is] = [a.get(lane) ?? [], b.get(lane) ?? []];
      const said = wanted.promise === 'exactly once' ? firstDifference(should, is) : lossOf(should, is);
      if (said !== undefined) return `output '${wanted.name}', lane '${lane}': ${said}`;
    }
  }
  return undefined;
}

function firstDifference(should: readonly string[], is: readonly string[]): string | undefined {
  const at = should.findIndex((line, i) => line !== is[i]);
  if (at === -1 && is.length === should.length) return undefined;
  const place = at === -1 ? should.length : at;
  return `${is.length} records of ${should.length}; number ${place} is ${is[place] ?? 'missing'}, not ${should[place] ?? 'one more'}`;
}

/** At least once: nothing lost, and nothing that never was. */
function lossOf(should: readonly string[], is: readonly string[]): string | undefined {
  const [wanted, got] = [new Set(should), new Set(is)];
  const lost = should.find((line) => !got.has(line));
  if (lost !== undefined) return `${lost} is lost`;
  const strange = is.find((line) => !wanted.has(line));
  return strange === undefined ? undefined : `${strange} should never have been`;
}

/** What could be seen and no longer can, or has changed. */
export function undone(before: readonly Output[], now: readonly Output[]): string | undefined {
  for (const [i, { name, pieces }] of before.entries()) {
    for (const [piece, lines] of pieces) {
      const later = now[i]!.pieces.get(piece);
      if (later === undefined) return `output '${name}': ${piece} could be seen and is gone`;
      const at = lines.findIndex((line, at) => line !== later[at]);
      if (at !== -1) return `output '${name}', ${piece}: record ${at} was ${lines[at]} and is ${later[at] ?? 'gone'}`;
    }
  }
  return undefined;
}
