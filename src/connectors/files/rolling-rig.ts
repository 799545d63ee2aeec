import type { VirtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import { Chunk, type Origin } from '../../core/chunk.ts';
import type { Token, Writer } from '../../core/sink.ts';
import { fileSink } from './file-sink.ts';
import type { FileSinkOptions } from './file-sink-options.ts';
import type { toyFormat } from './format-rig.ts';
import { content, filesIn, unpacked } from './modes-rig.ts';

export const PATH = '/out/lines.txt';

/** How it is opened. */
export interface Opening extends FileSinkOptions<string> {
  readonly world: VirtualWorld;
  readonly committed?: readonly Token[];
  readonly checkpoints?: boolean;
  readonly path?: string;
  /** Whether the folder is made first. */
  readonly makesOut?: boolean;
  readonly format?: ReturnType<typeof toyFormat>;
}

/** Opened as a run opens it, with checkpoints unless told. */
export async function open({
  world,
  committed = [],
  checkpoints = true,
  path = PATH,
  format,
  makesOut = true,
  ...options
}: Opening): Promise<Required<Writer<string>>> {
  if (makesOut) await world.files.makeFolder('/out');
  const context = { world, signal: new AbortController().signal, pipeline: 'p', sink: 'out', index: 0, committed, checkpoints };
  return (await fileSink<string>(path, format ?? text(), options).open(context)) as Required<Writer<string>>;
}

/** Of records with these event times, or without any. */
export function originWith(times: readonly number[] = []): Origin {
  return {
    source: 'rig',
    partition: '0',
    positionAt: String,
    idAt: (row) => `rig/0/${row}`,
    timeAt: (row) => times[row] ?? Number.NaN,
    headersAt: () => undefined,
  };
}

/** Writes values and commits them; answers the token. */
export async function commit(writer: Required<Writer<string>>, n: number, ...values: string[]): Promise<Token> {
  if (values.length > 0) await writer.write(new Chunk(values, originWith()));
  const token = await writer.prepare(n);
  await writer.commit([token]);
  return token;
}

/** What lies in the folder of the output, by file. */
export async function found({ files }: VirtualWorld): Promise<Record<string, string>> {
  const paths = await filesIn(files, '/out');
  const texts = await Promise.all(paths.map(async (path) => new TextDecoder().decode(unpacked(await content(files, path)))));
  return Object.fromEntries(paths.map((path, i) => [path.slice('/out/'.length), texts[i]!]));
}
