import { expect, test } from 'vitest';
import type { Sink, SinkContext, Token, Writer } from '../core/sink.ts';
import { commitPromises } from './sink-commits.ts';
import { testSink } from './sink-kit.ts';
import type { SinkCase } from './sink-writing.ts';

const numbers = Array.from({ length: 12 }, (_, i) => i * 10);
const PATIENCE_MS = 30;
const forever = new Promise<void>(() => {});

/** What a two-phase sink writes to: values that were prepared lie under their token until it is committed. */
interface Ledger {
  readonly prepared: Map<Token, number[]>;
  readonly arrived: number[];
  readonly drafts: Set<number[]>;
  next: number;
}

interface TwoPhaseFaults {
  /** Changes how it is opened; `finish` is what a good one does first. */
  open?(ledger: Ledger, context: SinkContext, finish: () => void): void;
  writer?(ledger: Ledger, draft: number[], good: Required<Writer<number>>): Partial<Writer<number>>;
}

/** A sink of two phases that keeps every promise, but for its faults. */
function ledger(faults: TwoPhaseFaults = {}): SinkCase<number> {
  const ledger: Ledger = { prepared: new Map(), arrived: [], drafts: new Set(), next: 0 };
  const commit = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      ledger.arrived.push(...(ledger.prepared.get(token) ?? []));
      ledger.prepared.delete(token);
    }
  };
  const sink: Sink<number> = {
    kind: 'ledger',
    id: 'ledger',
    delivery: 'twoPhase',
    open(context) {
      const draft: number[] = [];
      const put = (): void => void ledger.arrived.push(...draft.splice(0));
      if (context.checkpoints !== true) return { write: ({ values }) => void draft.push(...values), flush: put, close: put };
      const finish = (): void => {
        commit(context.committed);
        ledger.prepared.clear();
        ledger.drafts.clear();
      };
      if (faults.open === undefined) finish();
      else faults.open(ledger, context, finish);
      ledger.drafts.add(draft);
      const good: Required<Writer<number>> = {
        write: ({ values }) => void draft.push(...values),
        flush() {},
        prepare() {
          const token = `token ${ledger.next++}`;
          ledger.prepared.set(token, draft.splice(0));
          return token;
        },
        commit,
        close: () => void ledger.drafts.delete(draft),
      };
      return { ...good, ...faults.writer?.(ledger, draft, good) };
    },
  };
  const leftovers = (): readonly unknown[] => [...ledger.prepared.values(), ...ledger.drafts].filter((values) => values.length > 0);
  return { sink, values: numbers, seen: () => ledger.arrived, leftovers };
}

testSink({ test, name: 'a good sink of two phases', twoPhase: true, make: () => ledger() });

/** One fault or more for every promise; the kit must see each. */
const sabotage: readonly [id: string, fault: string, make: () => SinkCase<number>][] = [
  [
    'K11',
    'a flush that shows what is not committed',
    () => ledger({ writer: ({ arrived }, draft) => ({ flush: () => void arrived.push(...draft) }) }),
  ],
  [
    'K11',
    'a prepare that shows it already',
    () =>
      ledger({
        writer: ({ prepared }, _draft, good) => ({
          async prepare(n) {
            const token = await good.prepare(n);
            await good.commit([...prepared.keys()]);
            return token;
          },
        }),
      }),
  ],
  ['K11', 'a commit that does nothing', () => ledger({ writer: () => ({ commit() {} }) })],
  ['K11', 'a token that is no text', () => ledger({ writer: () => ({ prepare: () => 7 as never }) })],
  [
    'K12',
    'a prepare that takes what was written beside it',
    () =>
      ledger({
        writer: (_ledger, _draft, good) => ({
          async prepare(n) {
            await Promise.resolve();
            return good.prepare(n);
          },
        }),
      }),
  ],
  [
    'K12',
    'a write that waits for the prepare beside it',
    () => {
      let preparing = false;
      return ledger({
        writer: (_ledger, _draft, good) => ({
          write: (chunk) => (preparing ? forever : good.write(chunk)),
          prepare(n) {
            preparing = true;
            return good.prepare(n);
          },
        }),
      });
    },
  ],
  [
    'K13',
    'no token where nothing was written',
    () => ledger({ writer: (_ledger, draft, good) => ({ prepare: (n) => (draft.length === 0 ? (undefined as never) : good.prepare(n)) }) }),
  ],
  [
    'K13',
    'a token of nothing that commits the values before it again',
    () => {
      let before: number[] = [];
      return ledger({
        writer: (ledger, draft, good) => ({
          async prepare(n) {
            if (draft.length === 0) draft.push(...before);
            else before = [...draft];
            return good.prepare(n);
          },
        }),
      });
    },
  ],
  [
    'K14',
    'a commit that writes twice when it is repeated',
    () =>
      ledger({
        writer: ({ prepared, arrived }) => ({ commit: (tokens) => void arrived.push(...tokens.flatMap((token) => prepared.get(token)!)) }),
      }),
  ],
  [
    'K14',
    'tokens in the wrong order',
    () => ledger({ writer: (_ledger, _draft, good) => ({ commit: (tokens) => good.commit(tokens.toReversed()) }) }),
  ],
  [
    'K14',
    'only the last token',
    () => ledger({ writer: (_ledger, _draft, good) => ({ commit: (tokens) => good.commit(tokens.slice(-1)) }) }),
  ],
  [
    'K14',
    'another writer that commits again',
    () => ledger({ open: ({ arrived, next }, { committed }, finish) => (finish(), void (committed.length > 0 && arrived.push(next))) }),
  ],
  ['K15', 'committed tokens that are not finished', () => ledger({ open: ({ prepared }) => prepared.clear() })],
  [
    'K15',
    'leftovers that are kept',
    () =>
      ledger({
        open(ledger, { committed }, finish) {
          const kept = [...ledger.prepared].filter(([token]) => !committed.includes(token));
          finish();
          for (const [token, values] of kept) ledger.prepared.set(token, values);
        },
      }),
  ],
  [
    'K15',
    'leftovers that are committed',
    () => ledger({ open: ({ prepared, arrived }) => (arrived.push(...[...prepared.values()].flat()), prepared.clear()) }),
  ],
  [
    'K15',
    'leftovers of another index that are kept',
    () => {
      const others = new Set<Token>();
      return ledger({
        open(ledger, { index }, finish) {
          const kept = [...ledger.prepared].filter(([token]) => others.has(token));
          finish();
          for (const [token, values] of kept) ledger.prepared.set(token, values);
          if (index === 1) others.add(`token ${ledger.next + 2}`);
        },
      });
    },
  ],
  ['K16', 'leftovers that are kept', () => ledger({ open() {} })],
  [
    'K16',
    'leftovers that are shown',
    () => ledger({ open: ({ prepared, arrived }, _context, finish) => (arrived.push(...[...prepared.values()].flat()), finish()) }),
  ],
  ['K17', 'a close that drops what was prepared', () => ledger({ writer: ({ prepared }) => ({ close: () => prepared.clear() }) })],
  [
    'K17',
    'a close that shows what was prepared',
    () => ledger({ writer: ({ prepared, arrived }) => ({ close: () => void arrived.push(...[...prepared.values()].flat()) }) }),
  ],
];

const promises = commitPromises<number>();

test.each(sabotage)('%s sees %s', async (id, _fault, make) => {
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(make, PATIENCE_MS)).rejects.toThrow();
});

test('every promise has a fault that breaks it', () => {
  expect(promises.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
