import { VirtualFiles } from '../../base/virtual-files.ts';
import { virtualWorld } from '../../base/virtual-world.ts';
import { text } from '../../codecs/text.ts';
import type { Codec } from '../../core/codec.ts';
import type { Token, Writer } from '../../core/sink.ts';
import type { Files } from '../../core/world.ts';
import { fileSink } from './file-sink.ts';
import type { FileSinkOptions } from './file-sink-options.ts';
import { read } from './files-rig.ts';

/** Where the tests of a sink under checkpoints write. */
export const OUT = '/out/lines.txt';

/** An empty disk with the folder of the output. */
export async function disk(): Promise<VirtualFiles> {
  const files = new VirtualFiles({ now: () => 0, monotonic: () => 0 });
  await files.makeFolder('/out');
  return files;
}

/** Everything a reader of the output sees, in order. */
export async function seen(files: Files): Promise<string[]> {
  const names = (await files.list('/out')).filter((name) => !name.startsWith('.'));
  return (await Promise.all(names.map((name) => read({ files }, `/out/${name}`)))).join('').split('\n').slice(0, -1);
}

/** How it is opened. */
export interface Opening extends FileSinkOptions {
  readonly committed?: readonly Token[];
  readonly index?: number;
  readonly path?: string;
  readonly format?: Codec<string>;
}

/** Opened as a run with checkpoints opens it. */
export async function openOut(
  files: Files,
  { committed = [], index = 0, path = OUT, format = text(), ...options }: Opening = {},
): Promise<Required<Writer<string>>> {
  const context = {
    world: { ...virtualWorld(), files },
    signal: new AbortController().signal,
    pipeline: 'p',
    sink: 'out',
    index,
    committed,
    checkpoints: true,
  };
  return (await fileSink(path, format, { bufferBytes: 20, ...options }).open(context)) as Required<Writer<string>>;
}
