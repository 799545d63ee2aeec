import type { Cell, Database, Statement } from './client.ts';
import type { SqliteCursor, SqliteSourceOptions } from './options.ts';
import { pageSql } from './sql.ts';

export interface Page {
  readonly rows: Record<string, unknown>[];
  /** What stopped the query behind these rows. */
  readonly failure: unknown;
}

/** The rows behind a cursor, however they are asked for. */
export interface Questions {
  ask(after: SqliteCursor | undefined, limit: number): Page;
}

/** Prepared once. */
export function openQuestions(database: Database, options: SqliteSourceOptions): Questions {
  const prepare = (sql: string): Statement => {
    const statement = database.prepare(sql);
    if (options.bigint === true) statement.setReadBigInts(true);
    return statement;
  };
  if (options.query !== undefined) return ofQuery(prepare(options.query), options.cursor);
  const { table, cursor, columns } = options;
  const first = prepare(pageSql(table, { cursor, columns, isFirst: true }));
  const next = prepare(pageSql(table, { cursor, columns, isFirst: false }));
  return {
    ask: (after, limit) => (after === undefined ? page(first, { limit }) : page(next, { after, limit })),
  };
}

/**
 * A query of the user has no form without `:after`, so the first question needs something below every cursor. Below
 * all numbers is minus infinity. A text column would take that for the text '-Inf', and its smallest text is ''.
 */
function ofQuery(statement: Statement, cursor: string): Questions {
  return {
    ask(after, limit) {
      if (after !== undefined) return page(statement, { after, limit });
      const numbers = page(statement, { after: Number.NEGATIVE_INFINITY, limit });
      const isOfText = numbers.rows.length === 0 ? numbers.failure === undefined : typeof numbers.rows[0]![cursor] === 'string';
      return isOfText ? page(statement, { after: '', limit }) : numbers;
    },
  };
}

function page(statement: Statement, named: Record<string, Cell>): Page {
  const rows: Record<string, unknown>[] = [];
  const iterator = statement.iterate(named)[Symbol.iterator]();
  try {
    for (let step = iterator.next(); step.done !== true; step = iterator.next()) rows.push(step.value as Record<string, unknown>);
  } catch (failure) {
    // A loop would not: it takes a failed iterator for closed. Node 24 then tells the same failure to the next call.
    iterator.return?.();
    return { rows, failure };
  }
  return { rows, failure: undefined };
}
