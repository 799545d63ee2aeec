import { readdirSync, readFileSync } from 'node:fs';
import { parquetReadObjects } from 'hyparquet';
import { csv } from '../../src/codecs/csv.ts';
import { fileSink } from '../../src/connectors/files/index.ts';
import { parquet } from '../../src/connectors/parquet/index.ts';
import type { Pipeline, Sink } from '../../src/index.ts';
import { expectedTotals, type KeptOutputs, type KeptPlan, type KeptScene, type Total, totals } from './kept-scene.ts';
import type { Order } from './pipelines.ts';

/** A record with everything that CSV has to quote. */
interface Row extends Total {
  readonly note: string;
}

const HEADER = 'key,id,total,note';
const columns = { key: 'string', id: 'integer', total: 'integer', note: 'string' } as const;
const rows = csv({ columns });
const FOLDERS = ['rest=0', 'rest=1', 'rest=2'];

/** Plans that write files other than one for each checkpoint. */
export const filePlans: Readonly<Record<string, KeptPlan>> = {
  folders: {
    make: intoFolders,
    read: readFolders,
    expected: expectedFolders,
    order: 'lines',
    steps: ['list written', 'list removed', 'commit: file named', 'commit: mark named', 'prepare: written, not synced'],
  },
  grown: {
    make: intoOne,
    read: readOne,
    expected: expectedOne,
    order: 'lines',
    steps: ['length written', 'length named', 'written', 'cut back', 'prepare: written, not synced'],
  },
  parquet: {
    make: intoParquet,
    read: readParquet,
    expected: expectedOne,
    order: 'lines',
    steps: ['list written', 'list removed', 'commit: file named', 'prepare: written, not synced'],
  },
};

/** Fewer files may be open than there are folders, and all of them are full now and then. */
function intoFolders(scene: KeptScene): Pipeline {
  const sink = fileSink<Row>(`${scene.folder}/out/totals.csv`, rows, {
    roll: { records: 20 },
    into: ({ id }) => folderOf(id),
    openFiles: 2,
    bufferBytes: 512,
  });
  return written(scene, 'folders', sink);
}

function intoOne(scene: KeptScene): Pipeline {
  return written(scene, 'grown', fileSink<Row>(`${scene.folder}/out/totals.csv`, rows, { mode: 'append', bufferBytes: 512 }));
}

/** Groups smaller than a file, and files smaller than a checkpoint. */
function intoParquet(scene: KeptScene): Pipeline {
  const sink = fileSink<Row>(`${scene.folder}/out/totals.parquet`, parquet({ columns, groupRows: 16 }), { roll: { records: 40 } });
  return written(scene, 'parquet', sink);
}

function written(scene: KeptScene, name: string, sink: Sink<Row>): Pipeline {
  return totals(scene, name)
    .map((total) => ({ ...total, note: noteOf(total) }))
    .to(scene.watch(sink as Sink<unknown>)) as Pipeline;
}

function folderOf(id: number): string {
  return FOLDERS[Math.floor(id / 2) % FOLDERS.length]!;
}

function noteOf({ key, id }: Total): string {
  return id % 10 === 0 ? `"${key}", or\nnot` : key;
}

/** As it must stand in a file. */
function lineOf(total: Total): string {
  const note = noteOf(total);
  return `${total.key},${total.id},${total.total},${/[",\n]/.test(note) ? `"${note.replaceAll('"', '""')}"` : note}`;
}

async function readFolders(folder: string): Promise<KeptOutputs> {
  const outputs: Record<string, readonly string[]> = { 'left behind': leftBehind(folder) };
  for (const name of FOLDERS) {
    const files = readdirSync(`${folder}/out/${name}`).toSorted();
    outputs[name] = files.flatMap((file) => behindHeader(readFileSync(`${folder}/out/${name}/${file}`, 'utf8')));
  }
  const all = FOLDERS.flatMap((name) => readdirSync(`${folder}/out/${name}`)).map((file) => Number(/-(\d+)\.csv$/.exec(file)?.[1]));
  outputs['numbers without a gap'] = [String(Math.max(...all) === all.length && new Set(all).size === all.length)];
  return outputs;
}

function expectedFolders(orders: readonly Order[]): KeptOutputs {
  const all = expectedTotals(orders);
  const byFolder = FOLDERS.map((name) => [name, linesOf(all.filter(({ id }) => folderOf(id) === name))] as const);
  return { ...Object.fromEntries(byFolder), 'left behind': [], 'numbers without a gap': ['true'] };
}

async function readOne(folder: string): Promise<KeptOutputs> {
  return { file: behindHeader(readFileSync(`${folder}/out/totals.csv`, 'utf8')), 'left behind': leftBehind(folder) };
}

function expectedOne(orders: readonly Order[]): KeptOutputs {
  return { file: linesOf(expectedTotals(orders)), 'left behind': [] };
}

/** By the reader of others. */
async function readParquet(folder: string): Promise<KeptOutputs> {
  const file: string[] = [];
  for (const name of readdirSync(`${folder}/out`).toSorted()) {
    if (name.startsWith('.')) continue;
    const { buffer, byteOffset, byteLength } = readFileSync(`${folder}/out/${name}`);
    const found = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
    for (const { key, id, total, note } of found) {
      const line = lineOf({ key: String(key), id: Number(id), total: Number(total) });
      file.push(...(note === noteOf({ key: String(key), id: Number(id), total: 0 }) ? line.split('\n') : [`the note ${String(note)}`]));
    }
  }
  return { file, 'left behind': leftBehind(folder) };
}

function linesOf(all: readonly Total[]): string[] {
  return all.flatMap((total) => lineOf(total).split('\n'));
}

/** Once, and at the beginning. */
function behindHeader(text: string): string[] {
  const [header, ...lines] = text.split('\n').slice(0, -1);
  return header === HEADER ? lines : [`a file begins with ${header ?? 'nothing'}`, ...lines];
}

function leftBehind(folder: string): string[] {
  return readdirSync(`${folder}/out`).filter((name) => name.endsWith('.part') || name.endsWith('.files'));
}
