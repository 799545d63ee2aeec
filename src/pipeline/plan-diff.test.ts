import { expect, test } from 'vitest';
import { collect } from '../connectors/values/collect.ts';
import { values } from '../connectors/values/values.ts';
import { isHeadraceError } from '../core/error.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import { count } from '../windows/aggregates/count.ts';
import { mean, sum } from '../windows/aggregates/sum.ts';
import type { TimeWindowOptions } from '../operators/time-window.ts';
import { tumblingCount } from '../windows/count.ts';
import { session, sliding, type TimeWindows, tumbling } from '../windows/time.ts';
import { cell, type CellDeclaration, listCell, mapCell } from '../operators/process-cells.ts';
import type { ProcessOptions } from '../operators/process-handler.ts';
import type { PipelineOptions } from './draft.ts';
import { pipeline, planFor } from './pipeline.ts';
import { checkState, diffPlans } from './plan-diff.ts';
import { type PlanJson, planJson } from './plan-json.ts';
import type { Stream } from './stream.ts';

const log: Source<number> = { ...values([1]), kind: 'log', id: 'log', replay: true };
const shelf: Sink<unknown> = { ...collect(), kind: 'shelf', id: 'shelf', delivery: 'twoPhase' };

function plan(write: (stream: Stream<number>) => Stream<unknown>, options: PipelineOptions = {}, source = log, sink = shelf): PlanJson {
  return planJson(planFor(write(pipeline('totals', options).from(source)).to(sink)));
}

const total = (stream: Stream<number>, name = 'total'): Stream<number> =>
  stream.scan(
    name,
    () => 0,
    (all, n) => all + n,
  );

function problem(before: PlanJson, after: PlanJson, held?: ReadonlySet<string>): string {
  try {
    checkState(before, after, held);
  } catch (error) {
    if (isHeadraceError(error)) return `${error.code}: ${error.message}`;
  }
  return 'none';
}

test('the same plan keeps all of it, and what is not state may change', () => {
  const before = plan((stream) => total(stream));
  expect(diffPlans(before, before)).toEqual([
    { piece: 'positions', from: 'log', to: 'log', became: 'kept' },
    { piece: 'state', from: 'total', to: 'total', became: 'kept' },
    { piece: 'tokens', from: 'shelf', to: 'shelf', became: 'kept' },
  ]);
  const edited = plan((stream) =>
    total(stream.map((n) => n * 2).filter((n) => n > 1))
      .map(String)
      .take(4, { name: 'four' }),
  );
  expect(problem(before, edited)).toBe('none');
  expect(diffPlans(before, edited).at(-1)).toEqual({ piece: 'state', to: 'four', became: 'new' });
});

test('state whose operator is gone is refused in words that say what to write', () => {
  const before = plan((stream) => total(stream));
  expect(
    problem(
      before,
      plan((stream) => total(stream, 'spent-so-far')),
    ),
  ).toBe(
    "HR_STATE_ORPHANED: the checkpoint keeps state for 'total' and no operator has that name (pipeline 'totals'). Rename it with { renamed: { total: '<new name>' } } or drop it with { forget: ['total'] }.",
  );
});

test('renamed moves it, forget drops it', () => {
  const before = plan((stream) => total(stream));
  const moved = plan((stream) => total(stream, 'spent'), { renamed: { total: 'spent' } });
  expect(diffPlans(before, moved)[1]).toEqual({ piece: 'state', from: 'total', to: 'spent', became: 'moved' });
  const dropped = plan((stream) => total(stream, 'spent'), { forget: ['total'] });
  expect(diffPlans(before, dropped).map(({ became }) => became)).toEqual(['kept', 'forgotten', 'kept', 'new']);
  for (const after of [moved, dropped]) expect(problem(before, after)).toBe('none');
  // What was renamed once stays as it is at the next start.
  expect(problem(moved, moved)).toBe('none');
  // A name that is forgotten and still there begins anew.
  const anew = plan((stream) => total(stream), { forget: ['total'] });
  expect(diffPlans(before, anew).map(({ became }) => became)).toEqual(['kept', 'forgotten', 'kept', 'new']);
});

test('two names may be exchanged, but two states do not become one', () => {
  const two = (options: PipelineOptions): PlanJson => plan((stream) => total(total(stream, 'a'), 'b'), options);
  expect(diffPlans(two({}), two({ renamed: { a: 'b', b: 'a' } })).map(({ to }) => to)).toEqual(['log', 'b', 'a', 'shelf']);
  expect(problem(two({}), two({ renamed: { a: 'b' } }))).toContain('HR_NAME_TAKEN');
});

test('a name that it is renamed to and nobody has is said', () => {
  const before = plan((stream) => total(stream));
  const after = plan((stream) => stream, { renamed: { total: 'spend' } });
  expect(problem(before, after)).toContain("no operator has the name 'spend' that it is renamed to");
});

test('positions and tokens are state as well, kept by the name of their source and sink', () => {
  const before = plan((stream) => stream);
  const after = plan((stream) => stream, {}, { ...log, id: 'log-2' }, { ...shelf, id: 'shelf-2' });
  const message = problem(before, after);
  expect(message).toContain("HR_STATE_ORPHANED: the checkpoint keeps positions for 'log' and no source has that name");
  expect(message).toContain("HR_STATE_ORPHANED: the checkpoint keeps tokens for 'shelf' and no sink has that name");
  const moved = plan(
    (stream) => stream,
    { renamed: { log: 'log-2', shelf: 'shelf-2' } },
    { ...log, id: 'log-2' },
    { ...shelf, id: 'shelf-2' },
  );
  expect(problem(before, moved)).toBe('none');
});

test('records without an answer are kept under the path of an unnamed node, which counts only where there are some', () => {
  const before = plan((stream) => stream.mapAsync(async (n) => n, {}));
  const after = plan((stream) => stream.map((n) => n));
  const message = problem(before, after);
  expect(message).toContain("the checkpoint keeps records without an answer for 'log/mapAsync'");
  expect(message).toContain("{ renamed: { 'log/mapAsync': '<new name>' } }");
  expect(message).toContain('stop the version before gracefully');
  expect(problem(before, after, new Set(['log/mapAsync']))).toBe(message);
  expect(problem(before, after, new Set())).toBe('none');
});

const scanned = plan((stream) => total(stream));
const timed = (windows: TimeWindows, options: TimeWindowOptions = {}): PlanJson =>
  plan((stream) =>
    stream
      .eventTime((n) => n)
      .window('total', windows, options)
      .toArray(),
  );
const windowed = (size: number): PlanJson => plan((stream) => stream.window('total', tumblingCount(size)).toArray());
test.each<readonly [string, PlanJson, PlanJson]>([
  ['was a scan and is a window', scanned, windowed(2)],
  ['was a scan and is a mapAsync', scanned, plan((stream) => stream.mapAsync(async (n) => n, { name: 'total' }))],
  ['was on a stream without keys and is on one with', scanned, plan((stream) => total(stream.keyBy((n) => n)))],
  ['had size 2 and has size 3', windowed(2), windowed(3)],
  ['had kind "tumbling" and has kind "session"', timed(tumbling(10)), timed(session(10))],
  ['had offset 0 and has offset 5', timed(tumbling(10)), timed(tumbling(10, { offset: 5 }))],
  ['had panes "accumulating" and has panes "discarding"', timed(tumbling(10)), timed(tumbling(10), { panes: 'discarding' })],
  ['had slices true and has slices false', timed(sliding(10, 5)), timed(sliding(10, 5), { lateness: 5 })],
  [
    'had fold "toArray" and has fold "reduce"',
    windowed(2),
    plan((stream) =>
      stream.window('total', tumblingCount(2)).reduce(
        () => 0,
        (all, n) => all + n,
      ),
    ),
  ],
  [
    "has another aggregate in the field 'x'",
    plan((stream) => stream.window('total', tumblingCount(2)).aggregate({ x: sum() })),
    plan((stream) => stream.window('total', tumblingCount(2)).aggregate({ x: mean((n) => n) })),
  ],
])('state that would mean something else is refused: it %s', (change, before, after) => {
  const message = problem(before, after);
  expect(message).toContain(`HR_STATE_CHANGED: 'total' ${change}`);
  expect(message).toContain("{ forget: ['total'] }");
});

test('fields of windows come and go', () => {
  const before = plan((stream) => stream.window('w', tumblingCount(2)).aggregate({ n: count(), mean: mean((n) => n) }));
  const after = plan((stream) => stream.window('w', tumblingCount(2)).aggregate({ n: count(), sum: sum() }));
  expect(diffPlans(before, after)[1]).toEqual({
    piece: 'state',
    from: 'w',
    to: 'w',
    became: 'kept',
    fields: { added: ['sum'], removed: ['mean'] },
  });
  expect(problem(before, after)).toBe('none');
});

test('all problems are listed at once', () => {
  const before = plan((stream) => total(total(stream, 'a'), 'b'));
  expect(
    problem(
      before,
      plan((stream) => stream),
    ),
  ).toMatch(/HR_PLAN_INVALID: .*2 problems.*\n.*'a'.*\n.*'b'/);
});

test('state of an older version is migrated where each step has a function, and refused by name where one is missing', () => {
  const at = (version: number, steps: readonly number[]): PlanJson =>
    plan((stream) =>
      stream.scan(
        'total',
        () => 0,
        (all, n) => all + n,
        { version, migrate: Object.fromEntries(steps.map((step) => [step, (old: unknown) => old])) },
      ),
    );
  const before = plan((stream) => total(stream));
  expect(diffPlans(before, at(3, [1, 2]))[1]).toEqual({
    piece: 'state',
    from: 'total',
    to: 'total',
    became: 'migrated',
    versions: { from: 1, to: 3 },
  });
  expect(problem(before, at(3, [1, 2]))).toBe('none');
  expect(problem(before, at(3, [1]))).toMatch(/^HR_STATE_VERSION: .*version 1, and there is no migration from 2 to 3 \('total'\)/);
  expect(problem(at(3, [1, 2]), before)).toMatch(/^HR_STATE_VERSION: .*version 3, which is newer than 1/);
});

test('a handler may get further cells and lose some; one of another kind, and another order, are refused', () => {
  const visits = (cells: Readonly<Record<string, CellDeclaration<unknown>>>, options: ProcessOptions = {}): PlanJson =>
    plan((stream) => stream.keyBy((n) => n).process('visits', { cells, onRecord() {} }, options));
  const before = visits({ pages: cell(() => 0), seen: mapCell() });
  expect(problem(before, visits({ pages: cell(() => 1), last: listCell({ newest: 3 }) }))).toBe('none');
  expect(problem(before, visits({ pages: mapCell() }))).toMatch(
    /^HR_STATE_CHANGED: 'visits' had a cell 'pages' and has a mapCell of that name/,
  );
  const timed = plan((stream) =>
    stream
      .eventTime((n) => n)
      .keyBy((n) => n)
      .process('visits', { onRecord() {} }, { order: 'eventTime' }),
  );
  expect(problem(timed, visits({}))).toMatch(/HR_STATE_CHANGED: 'visits' had order "eventTime" and has order "arrival"/);
});
