import { test } from 'vitest';
import { virtualWorld } from '../../base/virtual-world.ts';
import { testSink } from '../../testing/sink-kit.ts';
import type { SinkCase } from '../../testing/sink-writing.ts';
import type { FileSinkOptions } from '../files/file-sink-options.ts';
import { fileSink } from '../files/file-sink.ts';
import { failingFiles } from '../files/files-rig.ts';
import { content, filesIn } from '../files/modes-rig.ts';
import { parquet } from './parquet.ts';
import { readAll } from './parquet-rig.ts';

interface Row {
  readonly id: number;
  readonly name: string;
}

const format = parquet({ columns: { id: 'integer', name: 'string' }, groupRows: 3 });

const shapes: Readonly<Record<string, FileSinkOptions<Row>>> = {
  'Parquet, one file a checkpoint': {},
  'Parquet, four rows a file': { roll: { records: 4 } },
  'Parquet in folders, two files open': { into: ({ id }) => `part=${id % 3}`, openFiles: 2 },
};

/** All promises but one, which no file can keep that is none before its end: that what was flushed can be seen. */
function promised(name: string, check: () => Promise<void>): void {
  if (name.includes(': K3 ')) test.skip(`${name} (a Parquet file can be read when it is ended)`, check);
  else test(name, check);
}

for (const [name, options] of Object.entries(shapes)) {
  testSink<Row>({ test: promised, name, twoPhase: true, make: () => caseOf(options), broken: () => caseOf(options, 'ENOSPC') });
}

async function caseOf(options: FileSinkOptions<Row>, failing?: string): Promise<SinkCase<Row>> {
  const world = virtualWorld();
  await world.files.makeFolder('/out');
  return {
    sink: fileSink('/out/rows.parquet', format, { bufferBytes: 20, ...options }),
    values: Array.from({ length: 25 }, (_, id) => ({ id, name: `row ${id}` })),
    world: failing === undefined ? world : { ...world, files: failingFiles(world.files, failing, 'write') },
    async seen() {
      const rows: Row[] = [];
      for (const path of await filesIn(world.files, '/out')) rows.push(...(await readAll(format, await content(world.files, path))).rows);
      return rows.toSorted((a, b) => a.id - b.id);
    },
    leftovers: async () => (await world.files.list('/out')).filter((name) => /\.(part|files)$/.test(name)),
  };
}
