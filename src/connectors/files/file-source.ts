import { crc32c } from '../../base/crc32c.ts';
import type { Codec } from '../../core/codec.ts';
import type { FileFormat } from '../../core/format.ts';
import type { Source, SourceContext } from '../../core/source.ts';
import { statOf } from './errors.ts';
import { fileSet } from './file-set.ts';
import { hasWildcards } from './glob.ts';
import { oneFile } from './one-file.ts';
import { foreign, resumed } from './place.ts';
import { type FileSourceOptions, invalid, type Looking, lookingOf, type Settings, settingsOf } from './source-options.ts';
import { Tailed } from './tail.ts';
import type { Turns } from './turns.ts';
import { turnsReader } from './turns-reader.ts';
import { WatchedFiles } from './watched-files.ts';

/**
 * Reads files from their first record, or from where a checkpoint left them: one file, several, all of a folder, or those
 * that a pattern stands for (`events/*.csv.gz`, `logs/**`). A codec of lines makes a value of each line: lines end with LF
 * or CRLF, the last one may have no end, and a byte order mark is passed over. Packed files are known by their first
 * bytes.
 *
 * The position of a record is the byte it begins at, of its unpacked file; where there are several files their name
 * stands in front of it.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { gzipSync } from 'node:zlib';
 * import { fileSource } from 'headrace/connectors/files';
 *
 * const folder = await mkdtemp(`${tmpdir()}/names-`);
 * await writeFile(`${folder}/1.txt`, 'ann\nbob\n');
 * await writeFile(`${folder}/2.txt.gz`, gzipSync('cy\n'));
 * const names = fileSource(`${folder}/*.txt*`, text());
 * await run(pipeline('names').from(names).map((name, record) => `${record.position} ${name}`).to(print()));
 * // 1.txt:0 ann
 * // 1.txt:4 bob
 * // 2.txt.gz:0 cy
 * ```
 */
export function fileSource<T>(
  paths: string | readonly string[],
  format: Codec<T> | FileFormat<T>,
  options: FileSourceOptions = {},
): Source<T> {
  const id = `file:${nameOf(paths)}`;
  if (paths.length === 0) throw invalid(id, 'it is given no path', 'Give it at least one.');
  const settings = settingsOf(format, options, id);
  const looking = lookingOf(options, paths, id);
  if (options.tail === true) checkTail(settings, id);
  return {
    kind: 'file',
    id,
    ...(settings.codec === undefined ? {} : { codec: settings.codec }),
    replay: true,
    partitions: () => Array.from({ length: looking.partitions }, (_, partition) => partition),
    async open(partition, resume, context) {
      const kept = resumed(resume, id);
      return turnsReader(
        await turnsOf(context, { id, paths, settings, looking, options, partition: Number(partition), kept }),
        resume,
        settings,
      );
    },
  };
}

interface Wanted<T> {
  readonly id: string;
  readonly paths: string | readonly string[];
  readonly settings: Settings<T>;
  readonly looking: Looking;
  readonly options: FileSourceOptions;
  readonly partition: number;
  readonly kept: unknown;
}

/** Which files there are depends on what the paths turn out to be. */
async function turnsOf<T>({ world }: SourceContext, { options, ...wanted }: Wanted<T>): Promise<Turns<T>> {
  const { id, paths, settings, looking, kept } = wanted;
  const { files } = world;
  if (options.tail === true) return new Tailed({ ...wanted, world, path: paths as string });
  const stat = typeof paths === 'string' ? await statOf(files, paths) : undefined;
  const isFile = stat?.isFolder === false;
  if (options.watch === true) {
    if (isFile) throw invalid(id, 'watch is for folders and patterns, and this is a file', 'Say tail: true to follow one file.');
    return new WatchedFiles({ ...wanted, world });
  }
  // One that is not there is told by being opened.
  const isOne = typeof paths === 'string' && (isFile || (stat === undefined && !hasWildcards(paths) && options.allowNone !== true));
  if (!isOne || looking.partitions > 1) return await fileSet({ ...wanted, files });
  if (kept !== undefined && ('file' in (kept as object) || 'seen' in (kept as object))) throw foreign(id);
  return await oneFile(files, paths, id, settings, kept);
}

function checkTail<T>({ format, compression }: Settings<T>, id: string): void {
  if (format.blocks === undefined && format.pages !== undefined)
    throw invalid(id, `${format.kind} says at the end of a file what is in it`, 'Such files cannot be followed; watch a folder of them.');
  if (compression !== 'auto' && compression !== 'none')
    throw invalid(id, 'a packed file cannot be followed', 'Leave compression out, or tail.');
}

/** A few paths by their names, many by the first of them, how many there are, and a sum that tells them from others. */
function nameOf(paths: string | readonly string[]): string {
  if (typeof paths === 'string') return paths;
  if (paths.length <= 3) return paths.join(',');
  return `${paths[0]} and ${paths.length - 1} more (${crc32c(new TextEncoder().encode(paths.join('\n'))).toString(16)})`;
}
