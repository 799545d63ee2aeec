import { type Aggregate, count, type KeyedStream, max, min, type Pipeline, pipeline, type Stream, sum } from '../../src/index.ts';
import type { WindowedStream } from '../../src/pipeline/windowed-stream.ts';
import { global, session, sliding, type TimeWindows, tumbling } from '../../src/windows/time.ts';
import type { Entry, Kind, ModelPane, Ways } from './windows-model.ts';
import type { Outside, Played } from './windows-running.ts';

/** What is sent: records, and marks that move the watermark and are in no window. */
export type Sent = Entry | { readonly mark: number };

/** What comes out of the pipelines here. */
export interface Row {
  readonly key: string | undefined;
  /** Absent in lists, which are values and nothing else. */
  readonly window?: { readonly start: number; readonly end: number };
  readonly pane?: { readonly index: number; readonly timing: ModelPane['timing'] };
  readonly values: readonly number[];
  /** What the other aggregates say. */
  readonly told?: { readonly n: number; readonly total: number; readonly least: number | undefined; readonly most: number | undefined };
}

/** Nothing that is sent is further behind than this, so only marks move the watermark. */
const MOST_DISORDER_MS = 86_400_000;

/** The numbers of a window, for which no layout of numbers will do. */
const numbers: Aggregate<Entry, readonly number[], number, number[]> = {
  of: ({ value }) => value,
  create: () => [],
  add: (state, value) => void state.push(value),
  merge: (state, later) => void state.push(...later),
  extract: (state) => [...state],
};

/** What a window becomes: several aggregates, those that are numbers and one that is not, a fold, or the records. */
export type Fold = 'aggregate' | 'reduce' | 'toArray';
export const FOLDS: readonly Fold[] = ['aggregate', 'reduce', 'toArray'];

/** The key of all records where the stream has no keys. */
export const UNKEYED = 'all';

export interface Windowing {
  readonly ways: Ways;
  readonly fold: Fold;
  /** Without it the stream has no keys. */
  readonly isKeyed: boolean;
  /** It moves the watermark with the records; without it only marks do. */
  readonly disorder?: number | undefined;
  /** Records of these values are refused by the function of the window. */
  readonly refuses?: ((value: number) => boolean) | undefined;
  /** An asynchronous step stands in front of the window, so that a barrier finds records on their way. */
  readonly isAsync?: boolean | undefined;
}

/** A pipeline with the window under test. */
export function windowing(of: Windowing): (outside: Outside<Sent, Row>) => Pipeline {
  const { window, panes, lateness, early } = of.ways;
  return (outside) => {
    const plan = pipeline('windowing', { onError: 'deadLetter' });
    const timed = plan
      .from(outside.source)
      .eventTime((sent) => ('mark' in sent ? sent.mark + MOST_DISORDER_MS : sent.at), { disorder: of.disorder ?? MOST_DISORDER_MS })
      .filter((sent): sent is Entry => !('mark' in sent));
    const wait = (ms: number): Promise<void> => new Promise((go) => outside.world.scheduler.after(ms, go));
    const entries = of.isAsync === true ? timed.mapAsync((entry) => wait(entry.value % 5).then(() => entry), { concurrency: 4 }) : timed;
    const stream = of.isKeyed ? entries.keyBy(({ key }) => key) : entries;
    const windowed = (stream as KeyedStream<string, Entry>).window('window', specOf(window), {
      // What never ends is never late, and it is an error to say how late it may be.
      ...(window.kind === 'global' ? {} : { lateness }),
      panes,
      ...(early === undefined ? {} : { early: 'records' in early ? early : early.clock }),
    });
    rowsOf(windowed, of).to(outside.rows);
    plan.deadLetters().to(outside.letters);
    return plan as Pipeline;
  };
}

function rowsOf(windowed: WindowedStream<string, Entry>, { fold, refuses = () => false }: Windowing): Stream<Row> {
  const checked = ({ value }: Entry): number => {
    if (refuses(value)) throw new Error(`${value} is refused`);
    return value;
  };
  if (fold === 'toArray')
    return windowed.toArray().map((entries, { key }) => ({ key: key as string, values: entries.map(({ value }) => value) }));
  if (fold === 'reduce') {
    const reduced = windowed.reduce(
      (): readonly number[] => [],
      (values, entry) => [...values, checked(entry)],
    );
    return reduced.map(({ value: values, key, window, pane }) => ({ key, window, pane, values }));
  }
  return windowed
    .aggregate({
      n: count(),
      total: sum(checked),
      values: numbers,
      least: min(({ value }: Entry) => value),
      most: max(({ value }: Entry) => value),
    })
    .map(({ n, total, least, most, ...row }) => ({ ...row, told: { n, total, least, most } }));
}

function specOf(window: Kind): TimeWindows {
  switch (window.kind) {
    case 'tumbling':
      return tumbling(window.size, { offset: window.offset ?? 0 });
    case 'sliding':
      return sliding(window.size, window.every);
    case 'session':
      return session(window.gap);
    case 'global':
      return global({ untilEnd: true });
  }
}

/** What was seen as the model says it. All aggregates of a pane tell of the same records. */
export function panesOf({ seen }: Played<Row>, { window: { kind } }: Ways): (ModelPane & { readonly step: number })[] {
  return seen.map(({ step, value: { key = UNKEYED, window, pane, values: unsorted, told }, time }) => {
    const values = unsorted.toSorted((a, b) => a - b);
    const expected = { n: values.length, total: values.reduce((all, one) => all + one, 0), least: values[0], most: values.at(-1) };
    if (told !== undefined && JSON.stringify(told) !== JSON.stringify(expected))
      throw new Error(`of ${JSON.stringify(values)} the aggregates are ${JSON.stringify(told)}`);
    // A list does not say which pane it is, and has the time of one; what never ends has the time of its newest record.
    const endsAt = kind === 'global' ? Number.POSITIVE_INFINITY : time + 1;
    if (window === undefined || pane === undefined)
      return nameless({ step, key, start: 0, end: endsAt, timing: 'onTime', index: 0, values });
    const { start, end } = window;
    if (end !== endsAt) throw new Error(`a pane of the window that ends at ${end} has the time ${time}`);
    return { step, key, start, end, timing: pane.timing, index: pane.index, values };
  });
}

/** What can be seen of a pane in a list of its values. */
export function nameless<P extends ModelPane>(pane: P): P {
  return { ...pane, start: 0, timing: 'onTime', index: 0 };
}
