// The sink under the checkpoints of a real run, on a real disk. Crashes here are runs that are given up; tests/crash kills processes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { sqliteSink } from '../../src/connectors/sqlite/sink.ts';
import { type Pipeline, pipeline, type Run, type RunOptions, type RunReport, type Source, start } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { newPath, rowsOf } from './rig.ts';

const COUNT = 400;

interface Row {
  readonly n: number;
  readonly sum: number;
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-sqlite-'));
  folders.push(folder);
  return folder;
}

/** Where a source stands until somebody lets it go on, so that a test knows how far the run is. */
class Gate {
  readonly at: number;
  readonly reached: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #open: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(at = Number.POSITIVE_INFINITY) {
    this.at = at;
  }

  async pass(signal: AbortSignal): Promise<void> {
    this.reached.resolve();
    const gone = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => gone.resolve(), { once: true });
    await Promise.race([this.#open.promise, gone.promise]);
  }

  open(): void {
    this.#open.resolve();
  }
}

/** The numbers up to the gate come at once, the others when it is opened. */
function numbers(gate: Gate): Source<number> {
  return {
    kind: 'numbers',
    id: 'numbers',
    replay: true,
    partitions: () => [0],
    open(_partition, resume) {
      let next = Number(resume ?? 0);
      return {
        async read(limit, signal) {
          const first = next;
          if (first >= gate.at) await gate.pass(signal);
          const end = Math.min(first + limit, COUNT, first < gate.at ? gate.at : COUNT);
          next = signal.aborted ? first : end;
          const read = Array.from({ length: next - first }, (_, i) => first + i);
          return { values: read, positions: { first }, resume: next, end: next === COUNT };
        },
        close() {},
      };
    },
  };
}

interface Told {
  readonly path: string;
  /** Without one, a row that is written twice is there twice. */
  readonly key?: string;
  readonly gate?: Gate;
  readonly busyTimeout?: '20ms';
  /** The sink's own; by default it has the path in it. */
  readonly name?: string;
}

/** Numbers with their sum by key so far: a record that has its effect twice, or never, is seen in every sum behind it. */
function sums({ path, key, gate = new Gate(), busyTimeout, name }: Told): Pipeline {
  const create = `create table sums (n integer${key === undefined ? '' : ' primary key'}, sum integer not null)`;
  return pipeline('sums')
    .from(numbers(gate))
    .mapAsync(async (n) => n, { concurrency: 4 })
    .keyBy((n) => n % 7)
    .scan(
      'sum',
      (): Row => ({ n: 0, sum: 0 }),
      ({ sum }, n) => ({ n, sum: (sum * 3 + n) % 1_000_003 }),
    )
    .to(
      sqliteSink<Row>({
        path,
        table: 'sums',
        create,
        ...(key === undefined ? {} : { key }),
        ...(busyTimeout === undefined ? {} : { busyTimeout }),
      }),
      ...(name === undefined ? [] : [{ name }]),
    );
}

function begin(made: Pipeline, dir: string, options: RunOptions = {}): Promise<Run> {
  return start(made, { ...options, runtime: embedded({ dir, chunk: 16, checkpointEvery: '1h' }) });
}

async function whole(made: Pipeline, dir: string, options: RunOptions = {}): Promise<RunReport> {
  return await (await begin(made, dir, options)).done;
}

const rows = (path: string): Row[] => rowsOf(path, 'select n, sum from sums order by rowid') as unknown as Row[];

async function undisturbed(): Promise<readonly Row[]> {
  const path = newPath();
  await (await start(sums({ path }), {})).done;
  return rows(path);
}

/** A run that stands at a record, has taken checkpoints up to there, and is then given up. */
async function givenUp(told: Told, dir: string, at: number, checkpoints: number): Promise<void> {
  const gate = new Gate(at);
  const giveUp = new AbortController();
  const running = await begin(sums({ ...told, gate }), dir, { signal: giveUp.signal });
  await gate.reached.promise;
  for (let i = 0; i < checkpoints; i++) await running.checkpoint();
  giveUp.abort(new Error('given up'));
  await expect(running.done).rejects.toThrow('given up');
}

test('a run that is given up again and again has each row once, as one that nobody disturbed', async () => {
  const expected = await undisturbed();
  expect(expected).toHaveLength(COUNT);
  const [path, dir] = [newPath(), newFolder()];
  await givenUp({ path }, dir, 50, 0);
  expect(rows(path)).toEqual([]);
  await givenUp({ path }, dir, 90, 1);
  const first = rows(path).length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThanOrEqual(90);
  await givenUp({ path }, dir, 200, 2);
  await givenUp({ path }, dir, 300, 0);
  expect(await whole(sums({ path }), dir)).toMatchObject({ ended: 'end' });
  expect(rows(path)).toEqual(expected);
  expect(await whole(sums({ path }), dir)).toMatchObject({ ended: 'before', in: 0 });
  expect(rows(path)).toEqual(expected);
});

test('a checkpoint whose commit never got the database is taken back, and its rows are made again', async () => {
  const expected = await undisturbed();
  const [path, dir] = [newPath(), newFolder()];
  await givenUp({ path }, dir, 60, 1);
  const before = rows(path);
  const gate = new Gate(200);
  const running = await begin(sums({ path, gate, busyTimeout: '20ms' }), dir);
  await gate.reached.promise;
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  await expect(running.checkpoint()).rejects.toMatchObject({
    code: 'HR_CHECKPOINT_FAILED',
    cause: { code: 'HR_SQLITE_BUSY' },
  });
  gate.open();
  await expect(running.done).rejects.toMatchObject({ code: 'HR_CHECKPOINT_FAILED' });
  other.exec('rollback');
  other.close();
  expect(rows(path)).toEqual(before);
  await whole(sums({ path }), dir);
  expect(rows(path)).toEqual(expected);
});

test('--again writes everything once more: over rows of the same key, and beside rows without one', async () => {
  const expected = await undisturbed();
  for (const key of [undefined, 'n']) {
    const [path, dir] = [newPath(), newFolder()];
    await whole(sums({ path, ...(key === undefined ? {} : { key }) }), dir);
    expect(await whole(sums({ path, ...(key === undefined ? {} : { key }) }), dir, { again: true })).toMatchObject({ in: COUNT });
    expect(rows(path)).toEqual(key === undefined ? [...expected, ...expected] : expected);
  }
});

test('--again that is given up goes on with what it had begun anew', async () => {
  const expected = await undisturbed();
  const [path, dir] = [newPath(), newFolder()];
  await whole(sums({ path }), dir);
  const gate = new Gate(200);
  const giveUp = new AbortController();
  const running = await begin(sums({ path, gate }), dir, { again: true, signal: giveUp.signal });
  await gate.reached.promise;
  await running.checkpoint();
  giveUp.abort(new Error('given up'));
  await expect(running.done).rejects.toThrow('given up');
  await whole(sums({ path }), dir);
  expect(rows(path)).toEqual([...expected, ...expected]);
});

test('a database of another folder, or a folder of another database, is refused before anything is read or written', async () => {
  const [mine, others] = [newPath(), newPath()].map((path): Told => ({ path, name: 'sums' }));
  const [dir, otherDir] = [newFolder(), newFolder()];
  await givenUp(mine!, dir, 200, 3);
  await givenUp(others!, otherDir, 200, 1);
  for (const [told, folder] of [
    [mine!, otherDir],
    [others!, dir],
    [mine!, newFolder()],
    [{ path: newPath(), name: 'sums' }, dir],
  ] as const) {
    await expect(whole(sums(told), folder)).rejects.toMatchObject({ code: 'HR_ARBITER_APART', action: 'stop' });
  }
  // A database of another path is another sink, unless it has a name.
  await expect(whole(sums({ path: others!.path }), dir)).rejects.toMatchObject({ code: 'HR_STATE_ORPHANED' });
  const expected = await undisturbed();
  for (const [told, folder] of [
    [mine!, dir],
    [others!, otherDir],
  ] as const) {
    await whole(sums(told), folder);
    expect(rows(told.path)).toEqual(expected);
  }
});
