import { expect, test } from 'vitest';
import type { Chunk } from '../core/chunk.ts';
import { HeadraceError } from '../core/error.ts';
import type { Sink, SinkContext, Writer } from '../core/sink.ts';
import { testSink } from './sink-kit.ts';
import { arbiterPromises } from './sink-arbiter.ts';
import { commitPromises } from './sink-commits.ts';
import { sinkPromises } from './sink-promises.ts';
import type { SinkCase, StuckSinkCase } from './sink-writing.ts';

const numbers = Array.from({ length: 12 }, (_, i) => i * 10);
const PATIENCE_MS = 30;
const refusal = new HeadraceError({ code: 'HR_TEST', what: 'the system refused', todo: 'Mend it.' });
const forever = new Promise<void>(() => {});

/** What a fault may do with the sink's buffer and the place it writes to. */
interface Inside {
  readonly buffered: number[];
  readonly arrived: number[];
  readonly context: SinkContext;
}

/** A sink with a buffer that keeps every promise, but for its faults. */
function shelf(
  faults: { sink?: Partial<Sink<number>>; writer?(inside: Inside, good: Writer<number>): Partial<Writer<number>> } = {},
): SinkCase<number> {
  const arrived: number[] = [];
  const sink: Sink<number> = {
    kind: 'shelf',
    id: 'shelf',
    delivery: 'none',
    open(context) {
      const buffered: number[] = [];
      const put = (): void => void arrived.push(...buffered.splice(0));
      const good: Writer<number> = {
        write(chunk) {
          buffered.push(...chunk.values);
        },
        flush: put,
        close: put,
      };
      return { ...good, ...faults.writer?.({ buffered, arrived, context }, good) };
    },
    ...faults.sink,
  };
  return { sink, values: numbers, seen: () => arrived };
}

/** A sink whose system takes nothing before it is released. */
function blocked(faults: Partial<Writer<number>> = {}): StuckSinkCase<number> {
  const gate = Promise.withResolvers<void>();
  const arrived: number[] = [];
  const sink: Sink<number> = {
    kind: 'blocked',
    id: 'blocked',
    delivery: 'none',
    open({ signal }) {
      const aborted = Promise.withResolvers<never>();
      aborted.promise.catch(() => {});
      signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
      const write = async ({ values }: Chunk<number>): Promise<void> => {
        await Promise.race([gate.promise, aborted.promise]);
        arrived.push(...values);
      };
      return { write, close() {}, ...faults };
    },
  };
  return { sink, values: numbers, seen: () => arrived, release: () => gate.resolve() };
}

const refusing = (): SinkCase<number> => shelf({ writer: () => ({ write: () => Promise.reject(refusal) }) });

testSink({ test, name: 'a good sink', make: () => shelf(), broken: refusing, stuck: () => blocked() });

let made = 0;

/** One fault or more for every promise; the kit must see each. */
const sabotage: readonly [id: string, fault: string, make: () => SinkCase<number>][] = [
  ['K1', 'no kind', () => shelf({ sink: { kind: '' } })],
  ['K1', 'an id that is never the same', () => shelf({ sink: { id: `shelf:${made++}` } })],
  ['K1', 'a delivery that does not exist', () => shelf({ sink: { delivery: 'exactlyOnce' as never } })],
  ['K1', 'two phases without a commit', () => shelf({ sink: { delivery: 'twoPhase' } })],
  [
    'K2',
    'the first value of each chunk lost',
    () => shelf({ writer: ({ buffered }) => ({ write: ({ values }) => void buffered.push(...values.slice(1)) }) }),
  ],
  ['K2', 'values out of order', () => shelf({ writer: ({ buffered }) => ({ write: ({ values }) => void buffered.unshift(...values) }) })],
  ['K2', 'a close that forgets the buffer', () => shelf({ writer: () => ({ close() {} }) })],
  ['K3', 'a flush that does nothing', () => shelf({ writer: () => ({ flush() {} }) })],
  [
    'K3',
    'a flush that writes twice',
    () => shelf({ writer: ({ buffered, arrived }) => ({ flush: () => void arrived.push(...buffered) }) }),
  ],
  ['K3', 'a flush that never settles', () => shelf({ writer: () => ({ flush: () => forever }) })],
  [
    'K4',
    'a chunk that is emptied',
    () => shelf({ writer: ({ buffered }) => ({ write: ({ values }) => void buffered.push(...values.splice(0)) }) }),
  ],
  [
    'K5',
    'something written for nothing',
    () => shelf({ writer: ({ buffered }) => ({ write: ({ values }) => void buffered.push(values[0]!, ...values.slice(1)) }) }),
  ],
  ['K6', 'something written by close', () => shelf({ writer: ({ arrived }) => ({ close: () => void arrived.push(0) }) })],
  ['K6', 'a close that never settles', () => shelf({ writer: () => ({ close: () => forever }) })],
  [
    'K6',
    'a listener left on the signal',
    () => shelf({ writer: ({ context }, good) => (context.signal.addEventListener('abort', () => {}), good) }),
  ],
  [
    'K7',
    'a close that throws the error back',
    () =>
      shelf({
        writer: () => ({
          close(error) {
            if (error !== undefined) throw error;
          },
        }),
      }),
  ],
  [
    'K7',
    'a hole in what arrived',
    () => shelf({ writer: ({ arrived, buffered }) => ({ close: () => void arrived.push(...buffered.slice(3)) }) }),
  ],
  ['K8', 'a failure that is swallowed', () => shelf()],
  ['K8', 'a failure in foreign words', () => shelf({ writer: () => ({ write: () => Promise.reject(new Error('E42')) }) })],
  [
    'K8',
    'a close that hangs after a failure',
    () => shelf({ writer: () => ({ write: () => Promise.reject(refusal), close: () => forever }) }),
  ],
  ['K9', 'a buffer without a bound', () => blocked({ write() {} })],
  ['K9', 'a write that never settles', () => blocked({ write: () => forever })],
  [
    'K9',
    'what was held is lost',
    () => {
      const stuck = blocked();
      return { ...stuck, seen: async () => [...(await stuck.seen())].slice(1) } as StuckSinkCase<number>;
    },
  ],
  ['K10', 'a write that hears no abort', () => blocked({ write: () => forever })],
  ['K10', 'a close that hangs after an abort', () => blocked({ close: () => forever })],
];

// Those of commits have their faults in sink-commits.test.ts.
const ofCommits = [...commitPromises(), ...arbiterPromises()].map(({ id }) => id);
const promises = sinkPromises<number>().filter(({ id }) => !ofCommits.includes(id));

test.each(sabotage)('%s sees %s', async (id, _fault, make) => {
  const promised = promises.find((one) => one.id === id);
  await expect(promised!.check(make, PATIENCE_MS)).rejects.toThrow();
});

test('every promise has a fault that breaks it', () => {
  expect(promises.map(({ id }) => id).filter((id) => !sabotage.some(([broken]) => broken === id))).toEqual([]);
});
