import type { Codec } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { FileFormat } from '../../core/format.ts';
import type { Sink, SinkContext, Writer } from '../../core/sink.ts';
import { explain } from '../disk-errors.ts';
import { type FileShape, fileShape } from './file-shape.ts';
import type { FileSinkOptions } from './file-sink-options.ts';
import { openGrown } from './grown-writer.ts';
import { openPlain, openPlainFiles } from './plain-writer.ts';
import { openTwoPhase } from './two-phase-writer.ts';

/**
 * Writes a file in any format: a codec of lines such as `json()` writes one record a line, other formats write as they
 * say. Records are gathered and written in large pieces, when the flow pauses and at the end, where the file is also
 * made safe against a power cut. When the run fails, what was written stays.
 *
 * Under checkpoints each checkpoint that has output makes files of its own: `out.jsonl` becomes `out-00000001.jsonl`,
 * `out-00000002.jsonl` and so on, which hold every record exactly once, in order. Such a file appears whole when its
 * checkpoint is committed and is never changed again, so it may be read, moved or removed at once. What is not committed
 * is in files whose names begin with a dot. `mode: 'replace'` then means that a run which begins without a checkpoint
 * removes the files of earlier runs; one that goes on from a checkpoint goes on behind them.
 *
 * `roll` and `into` divide records among more files, by size, number, age, event time or anything else. With
 * `mode: 'append'` and neither of them there is one file that grows: every record is in it exactly once after a restart,
 * and who reads it while the run goes on may see records that are not committed yet.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { fileSink } from 'headrace/connectors/files';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/squares-`)}/squares.jsonl`;
 * await run(pipeline('squares').from(values([1, 2])).map((n) => ({ n, square: n * n })).to(fileSink(path, json())));
 * console.log((await readFile(path, 'utf8')).trimEnd());
 * // {"n":1,"square":1}
 * // {"n":2,"square":4}
 * ```
 */
export function fileSink<T>(path: string, format: Codec<T> | FileFormat<T>, options: FileSinkOptions<T> = {}): Sink<T> {
  const shape = fileShape(path, format, options);
  const { id, lines } = shape;
  const { into, ...rest } = options;
  // A function has to see the value, so its records are not encoded before they come here.
  const mayBeEncoded = lines !== undefined && lines.kind !== ENCODED && typeof into !== 'function';
  const bodies = (): Sink<Uint8Array> => fileSink(path, encoded, { ...rest, ...(typeof into === 'string' ? { into } : {}) });
  return {
    kind: 'file',
    id,
    delivery: 'twoPhase',
    ...(mayBeEncoded ? { codec: lines, bodies: bodies() } : {}),
    async open(context) {
      try {
        return await opened(shape, context);
      } catch (error) {
        throw explain(error, id);
      }
    },
  };
}

const ENCODED = 'encoded';

/** Of values that have been encoded elsewhere. */
const encoded: Codec<Uint8Array> = { kind: ENCODED, framing: 'lines', encode: (body) => body, decode: (body) => body };

function opened<T>(shape: FileShape<T>, context: SinkContext): Promise<Writer<T>> {
  if (context.checkpoints === true) return shape.replaces || shape.isDivided ? openTwoPhase(shape, context) : openGrown(shape, context);
  if (shape.isDivided) return openPlainFiles(shape, context);
  if (context.index > 0) throw tooMany(shape.id);
  return openPlain(shape, context);
}

function tooMany(id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_WRITERS',
    where: id,
    what: 'a file has one writer and the plan asks for several',
    todo: 'Gather before the sink, or write to a folder with one file for each writer.',
  });
}
