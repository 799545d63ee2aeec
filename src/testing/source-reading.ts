import { strict as assert } from 'node:assert';
import { realWorld } from '../base/real-world.ts';
import type { Answer, Position, Reader, Resume, Source, SourceContext } from '../core/source.ts';
import type { World } from '../core/world.ts';
import { settlesAtOnce, soon } from './kit.ts';

/** A source to check, and what is known of it. */
export interface SourceCase<T> {
  readonly source: Source<T>;
  /** What its first partition gives, in order, or begins with if it has no end. A dozen or more show most. */
  readonly values: readonly T[];
  /** What it is opened in; the real world by default. */
  readonly world?: World;
  /** Called while a read waits: lets virtual time pass, or sends what the source waits for. */
  advance?(): void | Promise<void>;
  dispose?(): void | Promise<void>;
}

export interface Gathered<T> {
  readonly values: T[];
  readonly positions: Position[];
  readonly answers: Answer<T>[];
  /** By how many records had been answered. */
  readonly resumes: Map<number, Resume>;
  readonly hasEnded: boolean;
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
  const resumes = new Map<number, Resume>();
  let hasEnded = false;
  let empty = 0;
  while (!hasEnded && (toEnd || values.length < made.values.length)) {
    const answer = await readOnce(made, opened, limit, patienceMs);
    answers.push(answer);
    const got = valuesOf(made.source, answer);
    values.push(...got);
    positions.push(...positionsOf(answer));
    resumes.set(values.length, answer.resume);
    hasEnded = answer.end === true;
    empty = got.length === 0 ? empty + 1 : 0;
    assert.ok(empty < EMPTY, `the source gives nothing more after ${values.length} records`);
    assert.ok(values.length <= made.values.length + limit, `the source gives more than the ${made.values.length} records of the case`);
  }
  return { values, positions, answers, resumes, hasEnded };
}

export function valuesOf<T>(source: Source<T>, answer: Answer<T>): T[] {
  if (answer.values !== undefined) return answer.values;
  assert.ok(source.codec, 'a source that answers bodies has a codec');
  return answer.bodies.map((body) => source.codec!.decode(body));
}

export function positionsOf(answer: Answer<unknown>): readonly Position[] {
  const { positions } = answer;
  const count = (answer.values ?? answer.bodies).length;
  return 'first' in positions ? Array.from({ length: count }, (_, i) => positions.first + i) : positions;
}
