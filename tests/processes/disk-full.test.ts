// A real disk that is full: a small one in memory, which needs the right to mount. Where that is missing the tests are
// skipped and say so; the same on a virtual disk is in the tests of each room.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { fileSink } from '../../src/connectors/files/index.ts';
import { sqliteSink } from '../../src/connectors/sqlite/index.ts';
import { json, openTopic, type Pipeline, pipeline, run, type Sink, type Source, start, topic } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { mayMount, type SmallDisk, smallDisk } from './small-disk.ts';

const withDisk = mayMount() ? test : test.skip;
if (withDisk === test.skip) console.warn('SKIPPED: this user may not mount a small disk, so no test here sees a full one');

const COUNT = 3000;
/** What is left of the disk; the output of the runs takes more than twice as much. */
const LEFT_BYTES = 1 << 20;

interface Line {
  readonly n: number;
  readonly sum: number;
  readonly padding: string;
}

const expected: readonly Line[] = Array.from({ length: COUNT }, (_, n) => ({
  n,
  sum: (n * (n + 1)) / 2,
  padding: 'x'.repeat(700 + (n % 7)),
}));

/** A few records a turn, so that there are checkpoints on the way. */
const numbers: Source<number> = {
  kind: 'numbers',
  id: 'numbers',
  replay: true,
  partitions: () => [0],
  open(_partition, resume) {
    let next = Number(resume ?? 0);
    return {
      async read() {
        await new Promise<void>((go) => setImmediate(go));
        const first = next;
        next = Math.min(first + 5, COUNT);
        return {
          values: Array.from({ length: next - first }, (_, i) => first + i),
          positions: { first },
          resume: next,
          end: next === COUNT,
        };
      },
      close() {},
    };
  },
};

function lines(sink: Sink<Line>): Pipeline {
  return pipeline('full')
    .from(numbers)
    .scan(
      'sum',
      (): Line => ({ n: -1, sum: 0, padding: '' }),
      ({ sum }, n) => ({ n, sum: sum + n, padding: 'x'.repeat(700 + (n % 7)) }),
    )
    .to(sink);
}

const cleaning: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleaning.splice(0).reverse()) clean();
});

function places(): { readonly disk: SmallDisk; readonly full: string; readonly roomy: string } {
  const disk = smallDisk(8)!;
  cleaning.push(() => disk.unmount());
  const roomy = mkdtempSync(join(tmpdir(), 'headrace-roomy-'));
  cleaning.push(() => rmSync(roomy, { recursive: true }));
  return { disk, full: disk.folder, roomy };
}

interface Case {
  readonly made: Pipeline;
  readonly dir: string;
  read(): Promise<readonly Line[]>;
  /** One of these is what the run ends with, or the cause of that. */
  readonly codes: readonly string[];
}

/** Runs until the disk is full, once more on the full disk, and once with room. */
async function runsFull({ made, dir, read, codes }: Case, disk: SmallDisk): Promise<void> {
  const life = () => run(made, { runtime: embedded({ dir, checkpointEvery: 5 }), signals: false });
  // Some of it is committed while there is room.
  const first = await start(made, { runtime: embedded({ dir, checkpointEvery: 5 }) });
  while (first.metrics().in < 100) await new Promise<void>((go) => setImmediate(go));
  await first.stop();
  let before = (await read()).length;
  expect(before).toBeGreaterThanOrEqual(100);
  disk.leave(LEFT_BYTES);
  for (const again of [false, true]) {
    const error: unknown = await life().catch((reason: unknown) => reason);
    expect(
      chain(error).filter((code) => codes.includes(code)),
      `${String(error)}, again: ${again}`,
    ).not.toEqual([]);
    expect(String(error)).toMatch(/disk .*full|no space left on/);
    expect((error as { readonly todo?: string }).todo).toMatch(/make room/i);
    const visible = await read();
    // What was committed stays, in order and without a gap.
    expect(visible.length).toBeGreaterThanOrEqual(before);
    expect(visible).toEqual(expected.slice(0, visible.length));
    before = visible.length;
    // What was under way at the failure may close its file a little later.
    for (let turn = 0; turn < 1000 && openIn(disk.folder).length > 0; turn++) await new Promise<void>((go) => setImmediate(go));
    expect(openIn(disk.folder).join(), `again: ${again}`).toBe('');
  }
  expect(before).toBeLessThan(COUNT);
  disk.makeRoom();
  await life();
  expect(await read()).toEqual(expected);
}

/** The codes of an error and of what caused it. */
function chain(error: unknown): string[] {
  const codes: string[] = [];
  for (let one = error; one instanceof Error; one = one.cause) codes.push(String((one as { readonly code?: unknown }).code));
  return codes;
}

/** Files of the disk that this process has open. */
function openIn(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(`${folder}/`) ? [path] : [];
    } catch {
      return []; // The one that listed the others.
    }
  });
}

function readLines(folder: string): Line[] {
  const parts = readdirSync(folder).filter((name) => /^lines-\d+\.jsonl$/.test(name));
  return parts.sort().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line),
  );
}

withDisk('a file sink on a full disk ends the run by name, and the next run with room brings every line once', async () => {
  const { disk, full, roomy } = places();
  const made = lines(fileSink(`${full}/lines.jsonl`, json<Line>()));
  await runsFull({ made, dir: roomy, read: async () => readLines(full), codes: ['HR_DISK_FULL'] }, disk);
});

withDisk('checkpoints on a full disk end the run by name, and nothing is committed without them', async () => {
  const { disk, full, roomy } = places();
  // The state grows until it does not fit: every line so far.
  const made = pipeline('full')
    .from(numbers)
    .scan(
      'all',
      (): Line[] => [],
      (all, n) => [...all, expected[n]!],
    )
    .map((all) => all.at(-1)!)
    .to(fileSink(`${roomy}/lines.jsonl`, json<Line>()));
  mkdirSync(`${full}/state`);
  await runsFull({ made, dir: `${full}/state`, read: async () => readLines(roomy), codes: ['HR_DISK_FULL', 'ENOSPC'] }, disk);
});

withDisk('a topic on a full disk ends the run by name, and the next run with room brings every record once', async () => {
  const { disk, full } = places();
  const described = topic('lines', json<Line>(), { partitions: 1 });
  const read = async (): Promise<Line[]> => {
    const found: Line[] = [];
    await using opened = await openTopic(described, { dir: full });
    for await (const { value } of opened.read({ until: 'caughtUp' })) found.push(value);
    return found;
  };
  await runsFull({ made: lines(described as Sink<Line>), dir: full, read, codes: ['HR_LOG_DISK_FULL', 'ENOSPC'] }, disk);
});

withDisk('a database on a full disk ends the run by name, and the next run with room brings every row once', async () => {
  const { disk, full, roomy } = places();
  const path = `${full}/lines.db`;
  const read = async (): Promise<Line[]> => {
    if (!existsSync(path)) return [];
    const database = new DatabaseSync(path);
    try {
      return database
        .prepare('select n, sum, padding from lines order by rowid')
        .all()
        .map((row) => ({ ...row }) as unknown as Line);
    } finally {
      database.close();
    }
  };
  const create = 'create table lines (n integer, sum integer, padding text)';
  await runsFull({ made: lines(sqliteSink<Line>({ path, table: 'lines', create })), dir: roomy, read, codes: ['HR_DISK_FULL'] }, disk);
});

withDisk('what a topic has acknowledged before its disk was full stays, and it takes more once there is room', async () => {
  const { disk, full } = places();
  disk.leave(LEFT_BYTES);
  await using opened = await openTopic(topic('lines', json<Line>(), { partitions: 1 }), { dir: full });
  let written = 0;
  const fill = async (): Promise<void> => {
    for (; written < COUNT; written++) await opened.write(expected[written]!);
  };
  await expect(fill()).rejects.toMatchObject({ code: 'HR_LOG_DISK_FULL', todo: expect.stringContaining('room') as string });
  await expect(fill()).rejects.toMatchObject({ code: 'HR_LOG_DISK_FULL' });
  expect(written).toBeGreaterThan(100);
  const read = async (): Promise<Line[]> => {
    const found: Line[] = [];
    for await (const { value } of opened.read({ until: 'caughtUp' })) found.push(value);
    return found;
  };
  expect(await read()).toEqual(expected.slice(0, written));
  disk.makeRoom();
  await fill();
  expect(await read()).toEqual(expected);
});
