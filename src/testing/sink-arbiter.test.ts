import { expect, test } from 'vitest';
import type { Sink, Writer } from '../core/sink.ts';
import { arbiterPromises } from './sink-arbiter.ts';
import { testSink } from './sink-kit.ts';
import type { SinkCase } from './sink-writing.ts';

const numbers = Array.from({ length: 12 }, (_, i) => i * 10);

interface Database {
  rows: number[];
  number: number | undefined;
}

type Faults = (database: Database, good: Required<Writer<number>>) => Partial<Writer<number>>;

/** A database that keeps every promise, but for its faults. */
function database(faults: Faults = () => ({})): SinkCase<number> {
  const database: Database = { rows: [], number: undefined };
  const sink: Sink<number> = {
    kind: 'database',
    id: 'database',
    delivery: 'arbiter',
    decided: () => database.number,
    open({ checkpoints }) {
      let draft: number[] = [];
      let ready: { readonly n: number; readonly rows: readonly number[] }[] = [];
      if (checkpoints !== true) return { write: ({ values }) => void database.rows.push(...values), flush() {}, close() {} };
      const good: Required<Writer<number>> = {
        write: ({ values }) => void draft.push(...values),
        flush() {},
        prepare(n) {
          ready.push({ n, rows: draft });
          draft = [];
          return String(n);
        },
        commit([token]) {
          const n = Number(token);
          if (n <= (database.number ?? 0)) return;
          for (const one of ready) if (one.n <= n) database.rows.push(...one.rows);
          ready = ready.filter((one) => one.n > n);
          database.number = n;
        },
        close() {},
      };
      return { ...good, ...faults(database, good) };
    },
  };
  return { sink, values: numbers, seen: () => database.rows };
}

testSink<number>({ test, name: 'a database', make: () => database(), arbiter: true });

const broken: readonly (readonly [promise: string, what: string, faults: Faults])[] = [
  ['K18', 'shows what is written at once', (kept) => ({ write: ({ values }) => void kept.rows.push(...values) })],
  ['K19', 'shows what was prepared when it closes', (kept, good) => ({ close: () => void good.commit([String((kept.number ?? 0) + 1)]) })],
  [
    'K20',
    'writes its rows again with a repeated commit',
    (kept, good) => {
      let last: readonly number[] = [];
      return {
        commit(tokens) {
          if (tokens[0] === String(kept.number)) kept.rows.push(...last);
          const before = kept.rows.length;
          void good.commit(tokens);
          last = kept.rows.slice(before);
        },
      };
    },
  ],
  [
    'K21',
    'decides nothing where there are no rows',
    (kept, good) => {
      let rows = 0;
      return {
        write(chunk) {
          rows += chunk.values.length;
          return good.write(chunk);
        },
        commit: (tokens) => (rows === 0 ? undefined : good.commit(tokens)),
      };
    },
  ],
];

test.each(broken)('%s fails for a database that %s', async (id, _what, faults) => {
  const promised = arbiterPromises<number>().find((promise) => promise.id === id)!;
  await expect(promised.check(() => database(faults), 50)).rejects.toThrow();
});
