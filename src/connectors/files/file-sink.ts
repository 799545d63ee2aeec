import { dirname } from 'node:path';
import type { Codec } from '../../core/codec.ts';
import { HeadraceError, isHeadraceError } from '../../core/error.ts';
import type { Sink, Writer } from '../../core/sink.ts';
import { type Bytes, byteCount } from '../../core/units.ts';
import type { OpenFile } from '../../core/world.ts';
import { explain } from './errors.ts';
import { requireLines } from './framing.ts';

export interface FileSinkOptions {
  /** Whether the file begins anew or goes on at its end; 'replace' by default. */
  readonly mode?: 'replace' | 'append';
  /** How much is gathered before it is written; '256KiB' by default. */
  readonly bufferBytes?: Bytes;
}

const LF = 10;

/**
 * Writes a file, one record a line. Lines are gathered and written in large pieces, when the flow pauses and at the end,
 * where the file is also made safe against a power cut. When the run fails, what was written stays.
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
  return {
    kind: 'file',
    id,
    delivery: 'none',
    async open({ world, index }) {
      const { files } = world;
      if (index > 0) throw tooMany(id);
      const file = await files.open(path, appends ? 'extend' : 'create').catch((error: unknown) => {
        throw explain(error, id);
      });
      try {
        const size = appends ? await file.size() : 0;
        return lineWriter(file, codec, {
          id,
          from: size,
          bufferBytes,
          closesLine: size > 0 && (await lastByte(file, size)) !== LF,
          syncName: () => files.syncFolder(dirname(path)),
        });
      } catch (error) {
        await file.close();
        throw explain(error, id);
      }
    },
  };
}

interface Writing {
  readonly id: string;
  readonly from: number;
  readonly bufferBytes: number;
  /** The file ends in the middle of a line, left by a crash or by another program. */
  readonly closesLine: boolean;
  /** Makes the name of the file survive a power cut, as sync does its content. */
  syncName(): Promise<void>;
}

function lineWriter<T>(file: OpenFile, codec: Codec<T>, { id, from, bufferBytes, closesLine, syncName }: Writing): Writer<T> {
  let buffer = new Uint8Array(bufferBytes);
  let used = 0;
  let position = from;
  let failure: unknown;
  if (closesLine) buffer[used++] = LF;

  async function writeOut(): Promise<void> {
    if (failure !== undefined) throw failure;
    if (used === 0) return;
    const bytes = buffer.subarray(0, used);
    try {
      await file.write(bytes, position);
    } catch (error) {
      // What is on the disk is not known now, so nothing more is written behind it.
      failure = explain(error, id);
      throw failure;
    }
    position += used;
    used = 0;
  }

  function put(body: Uint8Array): void {
    buffer.set(body, used);
    used += body.length;
    buffer[used++] = LF;
  }

  async function writeFrom(values: readonly T[], from: number, held: Uint8Array): Promise<void> {
    let body = held;
    for (let i = from; ; ) {
      await writeOut();
      // A record larger than the buffer makes it grow, once.
      if (body.length + 1 > buffer.length) buffer = new Uint8Array(body.length + 1);
      for (;;) {
        put(body);
        if (++i >= values.length) return;
        body = encodeAt(codec, values, i);
        if (used + body.length + 1 > buffer.length) break;
      }
    }
  }

  return {
    write(chunk) {
      if (failure !== undefined) throw failure;
      const { values } = chunk;
      for (let i = 0; i < values.length; i++) {
        const body = encodeAt(codec, values, i);
        if (used + body.length + 1 > buffer.length) return writeFrom(values, i, body);
        put(body);
      }
      return undefined;
    },
    flush: writeOut,
    async close(error) {
      try {
        if (failure === undefined) {
          await writeOut();
          if (error === undefined) await file.sync().then(syncName).catch(rethrow(id));
        } else if (error === undefined) throw failure;
      } finally {
        await file.close().catch(rethrow(id));
      }
    },
  };
}

/** A value without bytes is named by its place, so that it alone is refused and the others are written. */
function encodeAt<T>(codec: Codec<T>, values: readonly T[], member: number): Uint8Array {
  try {
    return codec.encode(values[member]!);
  } catch (cause) {
    if (!isHeadraceError(cause) || cause.action !== 'deadLetter') throw cause;
    const { code, action, what, where, todo } = cause;
    throw new HeadraceError({ code, action, what, where, todo, cause, member });
  }
}

function rethrow(id: string): (error: unknown) => never {
  return (error) => {
    throw explain(error, id);
  };
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
