import { sleep } from '../../base/retry.ts';
import type { Answer, Reader, Source } from '../../core/source.ts';
import { milliseconds } from '../../core/units.ts';
import { connect, type Database, isThere } from './client.ts';
import { cursorOf, isBehind, isCursor, positionOf, resumeOf } from './cursor.ts';
import { explain, missing, needsRollback, notRising, optionInvalid } from './errors.ts';
import type { SqliteCursor, SqliteSourceOptions } from './options.ts';
import { type Patience, patiently } from './patience.ts';
import { openQuestions, type Questions } from './questions.ts';

/**
 * Reads a table or a query in the order of a column that only rises, going on behind the last value of it that a
 * checkpoint kept. The connection may only read. What is inserted with a smaller cursor than one already read is not
 * seen: where several transactions insert at once, let the cursor be a number that is given at their commit.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { DatabaseSync } from 'node:sqlite';
 * import { tmpdir } from 'node:os';
 * import { sqliteSource } from 'headrace/connectors/sqlite';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/shop-`)}/shop.db`;
 * const shop = new DatabaseSync(path);
 * shop.exec("create table orders (id integer primary key, amount real); insert into orders (amount) values (9.5), (20)");
 * shop.close();
 * const orders = sqliteSource<{ id: number; amount: number }>({ path, table: 'orders', cursor: 'id' });
 * await run(pipeline('orders').from(orders).map(({ id, amount }) => `${id}: ${amount}`).to(print()));
 * // 1: 9.5
 * // 2: 20
 * ```
 */
export function sqliteSource<T extends object = Record<string, unknown>>(options: SqliteSourceOptions): Source<T> {
  const { path, table, query, cursor } = options;
  const id = table === undefined ? `sqlite:${path}` : `sqlite:${path}#${table}`;
  if (query !== undefined && !(/:after\b/.test(query) && /:limit\b/.test(query))) {
    throw optionInvalid(id, 'the query has no :after or no :limit', 'Write `… where id > :after order by id limit :limit`.');
  }
  if (options.columns !== undefined && !options.columns.includes(cursor)) {
    throw optionInvalid(id, `the cursor ${cursor} is not among the columns that are read`, 'Add it to the option columns.');
  }
  const busyMs = milliseconds(options.busyTimeout ?? '5s', 'option busyTimeout');
  const everyMs = milliseconds(options.every ?? '1s', 'option every');
  if (everyMs === 0) throw optionInvalid(id, 'an interval of nothing asks without a pause', "Give one above zero, like every: '1s'.");
  return {
    kind: 'sqlite',
    id,
    replay: true,
    partitions: () => [0],
    async open(_partition, resume, { world, signal }) {
      const patience: Patience = { id, world, signal, busyMs };
      const database = await openToRead(path, patience);
      try {
        const questions = await patiently(patience, () => openQuestions(database, options));
        const reading = { patience, cursor, after: cursorOf(resume), everyMs: options.follow === true ? everyMs : undefined };
        return cursorReader<T>(questions, { ...reading, mend: () => mend(path, patience) }, () => database.close());
      } catch (error) {
        database.close();
        throw explain(error, id);
      }
    },
  };
}

/** A writer that was killed in its commit leaves a journal to be taken back, which needs the right to write. */
async function openToRead(path: string, patience: Patience): Promise<Database> {
  const { id } = patience;
  try {
    if (path !== ':memory:' && !(await isThere(path))) throw missing(id, path);
    const database = await connect(path, { readOnly: true });
    try {
      database.prepare('select count(*) from sqlite_schema').get();
      return database;
    } catch (error) {
      if (isBusyLater(error)) return database;
      database.close();
      if (!needsRollback(error)) throw error;
    }
    await mend(path, patience);
    return await connect(path, { readOnly: true });
  } catch (error) {
    throw explain(error, id);
  }
}

async function mend(path: string, patience: Patience): Promise<void> {
  const database = await connect(path, { readOnly: false });
  try {
    await patiently(patience, () => database.prepare('select count(*) from sqlite_schema').get());
  } finally {
    database.close();
  }
}

/** The next question waits for its turn itself. */
function isBusyLater(error: unknown): boolean {
  return explain(error, '').action === 'retry';
}

interface CursorReading {
  readonly patience: Patience;
  readonly cursor: string;
  readonly after: SqliteCursor | undefined;
  /** Absent: the source ends. */
  readonly everyMs: number | undefined;
  /** Takes back what a killed writer left. */
  mend(): Promise<void>;
}

function cursorReader<T>(questions: Questions, reading: CursorReading, close: () => void): Reader<T> {
  const { patience, cursor, everyMs } = reading;
  const { id, world } = patience;
  let after = reading.after;
  let hasEnded = false;
  /** The end was told by an empty answer: from now on a read waits there. */
  let isWaiting = false;

  const none = (): Answer<T> => ({ values: [], positions: [], resume: resumeOf(after), ...(hasEnded ? { end: true } : {}) });

  /** One row more than asked for: two rows of one cursor, one on either side of a cut, would lose the second. */
  function ask(limit: number): Answer<T> {
    const { rows, failure } = questions.ask(after, limit + 1);
    const { count, cursors, fault } = rising(rows, limit);
    if (count === 0 && fault !== undefined) throw fault;
    if (count === 0 && failure !== undefined) throw failure;
    after = cursors[count - 1] ?? after;
    // A failure behind the first rows comes again with the next question.
    hasEnded = everyMs === undefined && fault === undefined && failure === undefined && rows.length <= limit;
    const values = rows.slice(0, count).map((row) => ({ ...row }) as T); // Those of SQLite have no prototype.
    return { values, positions: cursors.slice(0, count).map(positionOf), resume: resumeOf(after), ...(hasEnded ? { end: true } : {}) };
  }

  /** A writer may also be killed while we read. */
  function askPatiently(limit: number, signal: AbortSignal): Answer<T> | Promise<Answer<T>> {
    const again = async (error: unknown): Promise<Answer<T>> => {
      if (!needsRollback((error as Error).cause)) throw error;
      await reading.mend().catch((failure: unknown) => {
        throw explain(failure, id);
      });
      return patiently({ ...patience, signal }, () => ask(limit));
    };
    try {
      const answer = patiently({ ...patience, signal }, () => ask(limit));
      return answer instanceof Promise ? answer.catch(again) : answer;
    } catch (error) {
      return again(error);
    }
  }

  /** How many rows can be told: those in front of the first that breaks the order, without the one it breaks it with. */
  function rising(rows: readonly Record<string, unknown>[], limit: number) {
    const cursors: SqliteCursor[] = [];
    let before = after;
    for (const [i, row] of rows.entries()) {
      const fault = faultOf(row, before);
      if (fault !== undefined) return { count: Math.min(limit, Math.max(0, i - 1)), cursors, fault };
      before = row[cursor] as SqliteCursor;
      cursors.push(before);
    }
    return { count: Math.min(limit, rows.length), cursors, fault: undefined };
  }

  function faultOf(row: Record<string, unknown>, before: SqliteCursor | undefined): Error | undefined {
    if (!Object.hasOwn(row, cursor)) return notRising(id, `the rows have no column ${cursor}`);
    const value = row[cursor];
    if (!isCursor(value)) return notRising(id, `the cursor ${cursor} is ${value === null ? 'NULL' : 'no number and no text'} in a row`);
    if (before === undefined || isBehind(before, value)) return undefined;
    return notRising(id, `the cursor ${cursor} does not rise: ${String(value)} comes behind ${String(before)}`);
  }

  async function follow(limit: number, signal: AbortSignal, waitMs: number): Promise<Answer<T>> {
    for (;;) {
      await sleep(waitMs, world, signal).catch(() => {}); // Only an abort ends it early.
      if (signal.aborted) return none();
      const answer = await askPatiently(limit, signal);
      if (answer.values!.length > 0) {
        isWaiting = false;
        return answer;
      }
    }
  }

  return {
    read(limit, signal) {
      if (hasEnded || signal.aborted) return none();
      if (isWaiting && everyMs !== undefined) return follow(limit, signal, everyMs);
      const answer = askPatiently(limit, signal);
      const told = (given: Answer<T>): Answer<T> => {
        isWaiting = given.values!.length === 0;
        return given;
      };
      if (!(answer instanceof Promise)) return told(answer);
      return answer.then(told, (error: unknown) => {
        if (signal.aborted) return none();
        throw error;
      });
    },
    close,
  };
}
