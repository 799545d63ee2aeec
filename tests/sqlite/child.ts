// One life of a pipeline by hand: asks what the database has, goes on from there, and may kill itself at a step.
import { statSync } from 'node:fs';
import { realWorld } from '../../src/base/real-world.ts';
import { sqliteSink } from '../../src/connectors/sqlite/sink.ts';
import { chunkOf } from '../../src/testing/sink-writing.ts';

export interface Life {
  readonly path: string;
  readonly journal: 'delete' | 'wal';
  /** Intervals in the whole run, and rows in each. */
  readonly intervals: number;
  readonly rows: number;
  /** Where it dies; absent: it lives. */
  readonly dies?: { readonly interval: number; readonly at: 'writing' | 'prepared' | 'committing' | 'committed' } | undefined;
}

const { path, journal, intervals, rows, dies } = JSON.parse(process.argv[2]!) as Life;
const world = realWorld();
const signal = new AbortController().signal;
const sink = sqliteSink<{ id: number; seen: string }>({
  path,
  table: 'counts',
  // More than the cache of SQLite holds, so that a commit reaches the file before its end. No key: a row that is written twice is there twice.
  create: 'create table counts (id integer, seen text)',
  wal: journal === 'wal',
});
const named = { world, signal, pipeline: 'kill', sink: 'counts' };
const decided = (await sink.decided!(named)) ?? 0;
const writer = await sink.open({ ...named, index: 0, committed: decided === 0 ? [] : [String(decided)], checkpoints: true });

const seen = 'x'.repeat(300);

/** Changes with every write to the database or its write-ahead log, which is written over and need not grow. */
function onDisk(): string {
  const stats = [path, `${path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false, bigint: true }));
  return stats.map((stat) => `${stat?.size} ${stat?.mtimeNs}`).join();
}

function die(interval: number, at: string): void {
  if (interval === dies?.interval && at === dies.at) process.kill(process.pid, 'SIGKILL');
}

for (let n = decided + 1; n <= intervals; n++) {
  for (let i = 0; i < rows; i++) {
    if (i === rows >> 1) die(n, 'writing');
    void writer.write(chunkOf([{ id: (n - 1) * rows + i, seen }]));
  }
  await writer.prepare!(n);
  die(n, 'prepared');
  const committing = writer.commit!([String(n)], { checkpoint: n, positions: [{ source: 'rows', partition: '0', resume: n * rows }] });
  if (n === dies?.interval && dies.at === 'committing') {
    // Within the slices of the commit, as soon as some of it has reached the disk.
    const before = onDisk();
    while (onDisk() === before) await new Promise<void>((resolve) => world.scheduler.soon(resolve));
    process.kill(process.pid, 'SIGKILL');
  }
  await committing;
  die(n, 'committed');
}
await writer.close();
process.stdout.write('done');
