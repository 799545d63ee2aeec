import { strict as assert } from 'node:assert';
import { realWorld } from '../base/real-world.ts';
import { plainRows } from '../core/column-rows.ts';
import {
  type Answer,
  countOf,
  type Position,
  positionAt,
  type Reader,
  type Resume,
  type Source,
  type SourceContext,
} from '../core/source.ts';
import type { World } from '../core/world.ts';
import { settlesAtOnce, soon } from './kit.ts';

/** A source to check, and what is known of it. */
export interface SourceCase<T> {
  readonly source: Source<T>;
  /** What its first partition gives, in order, or begins with if it has no end. A dozen or more show most. */
  readonly values: readonly T[];
  /** Where the records stand that it finds and refuses, in order, up to its end; none by default. */
  readonly refused?: readonly Position[];
  /** What it is opened in; the real world by default. */
  readonly world?: World;
  /** Called while a read waits: lets virtual time pass, or sends what the source waits for. */
  advance?(): void | Promise<void>;
  dispose?(): void | Promise<void>;
}

export interface Gathered<T> {
  readonly values: T[];
  readonly positions: Position[];
  readonly refused: ToldRefusal[];
  readonly answers: Answer<T>[];
  /** Where each read came to, by how many records had been told, good and refused together. */
  readonly resumes: Map<number, Reached>;
  readonly hasEnded: boolean;
}

export interface Reached {
  readonly values: number;
  readonly refused: number;
  readonly resume: Resume;
}

/** A refused record, with how many good ones came before it in all. */
export interface ToldRefusal {
  readonly place: number;
  readonly position: Position;
  readonly code: string;
  readonly bytes: readonly number[] | undefined;
}

export interface Opened<T> {
  readonly reader: Reader<T>;
  /** The signals the source was given: that of the run and that of the reads. */
  readonly run: AbortController;
  readonly reading: AbortController;
}

/** How many answers in a row may be empty before the source counts as dead. */
const EMPTY = 1000;

export async function open<T>(made: SourceCase<T>, resume?: Resume): Promise<Opened<T>> {
  const run = new AbortController();
  const context: SourceContext = { world: made.world ?? realWorld(), signal: run.signal };
  const [partition] = await made.source.partitions(context);
  assert.notEqual(partition, undefined, 'a source has at least one partition');
  return { reader: await made.source.open(partition!, resume, context), run, reading: new AbortController() };
}

/** One read; time passes while it waits. */
export async function readOnce<T>(
  made: SourceCase<T>,
  { reader, reading }: Opened<T>,
  limit: number,
  patienceMs: number,
): Promise<Answer<T>> {
  const answer = reader.read(limit, reading.signal);
  if (!(answer instanceof Promise)) return answer;
  answer.catch(() => {}); // It is awaited below.
  if (made.advance !== undefined) for (let i = 0; i < EMPTY && !(await settlesAtOnce(answer)); i++) await made.advance();
  return soon(answer, 'a read that has something to give settles', patienceMs);
}

/** Reads until there are as many records as the case knows of, and to the end if asked. */
export async function gather<T>(
  made: SourceCase<T>,
  opened: Opened<T>,
  limit: number,
  patienceMs: number,
  toEnd = false,
): Promise<Gathered<T>> {
  const values: T[] = [];
  const positions: Position[] = [];
  const answers: Answer<T>[] = [];
  const refused: ToldRefusal[] = [];
  const resumes = new Map<number, Reached>();
  let hasEnded = false;
  let empty = 0;
  while (!hasEnded && (toEnd || values.length < made.values.length)) {
    const answer = await readOnce(made, opened, limit, patienceMs);
    answers.push(answer);
    const got = valuesOf(made.source, answer);
    const bad = refusalsOf(answer, values.length);
    values.push(...got);
    positions.push(...positionsOf(answer));
    refused.push(...bad);
    resumes.set(values.length + refused.length, { values: values.length, refused: refused.length, resume: answer.resume });
    hasEnded = answer.end === true;
    empty = got.length + bad.length === 0 ? empty + 1 : 0;
    assert.ok(empty < EMPTY, `the source gives nothing more after ${values.length} records`);
    assert.ok(values.length <= made.values.length + limit, `the source gives more than the ${made.values.length} records of the case`);
  }
  return { values, positions, refused, answers, resumes, hasEnded };
}

export function valuesOf<T>(source: Source<T>, answer: Answer<T>): T[] {
  if (answer.values !== undefined) return answer.values;
  // What the source says its rows are.
  if (answer.columns !== undefined) return plainRows.rows(answer.columns) as T[];
  assert.ok(source.codec, 'a source that answers bodies has a codec');
  return answer.bodies.map((body) => source.codec!.decode(body));
}

export function positionsOf(answer: Answer<unknown>): readonly Position[] {
  return Array.from({ length: countOf(answer) }, (_, row) => positionAt(answer.positions, row)!);
}

/** What an answer refused; `behind` is how many good records came before it. */
export function refusalsOf(answer: Answer<unknown>, behind: number): ToldRefusal[] {
  return (answer.refused ?? []).map(({ before, position, error, bytes }) => ({
    place: behind + before,
    position,
    code: error.code,
    bytes: bytes === undefined ? undefined : [...bytes],
  }));
}

/** Those that stand in front of good record `count`: whoever reads only so far need not have heard of others. */
export function beforeLast(refused: readonly ToldRefusal[], count: number): ToldRefusal[] {
  return refused.filter(({ place }) => place < count);
}
