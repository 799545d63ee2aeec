import { dirname } from 'node:path';
import type { Codec } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Sink, Writer } from '../../core/sink.ts';
import { type Bytes, byteCount } from '../../core/units.ts';
import type { Files, OpenFile } from '../../core/world.ts';
import { explain } from './errors.ts';
import { requireLines } from './framing.ts';
import { LineWriter, type LineWriting } from './line-writer.ts';
import { openTwoPhase } from './two-phase-writer.ts';

export interface FileSinkOptions {
  /** Whether the output begins anew or goes on behind what is there; 'replace' by default. */
  readonly mode?: 'replace' | 'append';
  /** How much is gathered before it is written; '256KiB' by default. */
  readonly bufferBytes?: Bytes;
}

const LF = 10;

/**
 * Writes a file, one record a line. Lines are gathered and written in large pieces, when the flow pauses and at the end,
 * where the file is also made safe against a power cut. When the run fails, what was written stays.
 *
 * Under checkpoints each checkpoint that has output makes a file of its own: `out.jsonl` becomes `out-00000001.jsonl`,
 * `out-00000002.jsonl` and so on, which hold every record exactly once, in order. Such a file appears whole when its
 * checkpoint is committed and is never changed again, so it may be read, moved or removed at once. What is not committed
 * is in files whose names begin with a dot. `mode: 'replace'` then means that a run which begins without a checkpoint
 * removes the files of earlier runs; one that goes on from a checkpoint goes on behind them.
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
export function fileSink<T>(path: string, codec: Codec<T>, options: FileSinkOptions = {}): Sink<T> {
  const id = `file:${path}`;
  requireLines(codec, id);
  const bufferBytes = Math.max(1, byteCount(options.bufferBytes ?? '256KiB', 'option bufferBytes'));
  const appends = options.mode === 'append';
  const ready = codec.kind === ENCODED;
  return {
    kind: 'file',
    id,
    delivery: 'twoPhase',
    ...(ready ? {} : { codec: codec as Codec<never>, bodies: fileSink(path, encoded, options) }),
    async open(context) {
      const { files } = context.world;
      if (context.checkpoints === true) return openTwoPhase({ id, path, codec, bufferBytes, replaces: !appends }, context);
      if (context.index > 0) throw tooMany(id);
      return openPlain({ id, path, codec, bufferBytes, appends }, files).catch((error: unknown) => {
        throw explain(error, id);
      });
    },
  };
}

const ENCODED = 'encoded';

/** Of values that have been encoded elsewhere. */
const encoded: Codec<Uint8Array> = { kind: ENCODED, framing: 'lines', encode: (body) => body, decode: (body) => body };

interface PlainWriting<T> extends Pick<LineWriting<T>, 'id' | 'codec' | 'bufferBytes'> {
  readonly path: string;
  readonly appends: boolean;
}

/** Without checkpoints: what is written is seen at once. */
async function openPlain<T>(writing: PlainWriting<T>, files: Files): Promise<Writer<T>> {
  const { id, path, appends } = writing;
  const file = await files.open(path, appends ? 'extend' : 'create');
  try {
    const from = appends ? await file.size() : 0;
    const closesLine = from > 0 && (await lastByte(file, from)) !== LF;
    const lines = new LineWriter({ ...writing, open: async () => file, from, closesLine });
    return {
      write: (chunk) => lines.write(chunk),
      flush: () => lines.flush(),
      async close(error) {
        try {
          if (error === undefined) {
            await lines.flush();
            await file.sync();
            await files.syncFolder(dirname(path));
          } else if (lines.failure === undefined) await lines.flush();
        } catch (failure) {
          throw explain(failure, id);
        } finally {
          await file.close().catch((failure: unknown) => {
            throw explain(failure, id);
          });
        }
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function lastByte(file: OpenFile, size: number): Promise<number | undefined> {
  const byte = new Uint8Array(1);
  await file.read(byte, size - 1);
  return byte[0];
}

function tooMany(id: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_WRITERS',
    where: id,
    what: 'a file has one writer and the plan asks for several',
    todo: 'Gather before the sink, or write to a folder with one file for each writer.',
  });
}
