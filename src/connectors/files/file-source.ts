import type { Codec } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Answer, Reader, Source, SourceContext } from '../../core/source.ts';
import { type Bytes, byteCount } from '../../core/units.ts';
import type { OpenFile } from '../../core/world.ts';
import { explain } from './errors.ts';
import { requireLines } from './framing.ts';
import { LineCutter } from './line-cutter.ts';

export interface FileSourceOptions {
  /** How long one line may be; '16MiB' by default. */
  readonly recordBytes?: Bytes;
  /** How much is read from the disk at once; '256KiB' by default. One block more is read ahead. */
  readonly blockBytes?: Bytes;
  /** What an empty line is: a record or nothing. By default a record for text and nothing for every other codec. */
  readonly emptyLines?: 'keep' | 'skip';
}

/**
 * Reads a file line by line, from its first byte or from where a checkpoint left it. Lines end with LF or CRLF, the last
 * one may have no end, and a byte order mark is passed over. The position of a record is the byte its line begins at.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { fileSource } from 'headrace/connectors/files';
 *
 * const path = `${await mkdtemp(`${tmpdir()}/names-`)}/names.txt`;
 * await writeFile(path, 'ann\nbob\n');
 * await run(pipeline('names').from(fileSource(path, text())).to(print()));
 * // ann
 * // bob
 * ```
 */
export function fileSource<T>(path: string, codec: Codec<T>, options: FileSourceOptions = {}): Source<T> {
  const id = `file:${path}`;
  requireLines(codec, id);
  const recordBytes = byteCount(options.recordBytes ?? '16MiB', 'option recordBytes');
  const blockBytes = Math.max(16, byteCount(options.blockBytes ?? '256KiB', 'option blockBytes'));
  const keepsEmpty = (options.emptyLines ?? (codec.kind === 'text' ? 'keep' : 'skip')) === 'keep';
  return {
    kind: 'file',
    id,
    codec,
    replay: true,
    partitions: () => [0],
    async open(_partition, resume, { world }: SourceContext) {
      const from = typeof resume === 'number' ? resume : 0;
      const file = await world.files.open(path, 'read').catch((error: unknown) => {
        throw explain(error, id);
      });
      try {
        const size = await file.size();
        if (from > size) throw shorter(id, from, size);
        return lineReader(file, { id, from: from === 0 ? await markBytes(file) : from, recordBytes, blockBytes, keepsEmpty });
      } catch (error) {
        await file.close();
        throw explain(error, id);
      }
    },
  };
}

interface Reading {
  readonly id: string;
  readonly from: number;
  readonly recordBytes: number;
  readonly blockBytes: number;
  readonly keepsEmpty: boolean;
}

function lineReader(file: OpenFile, { id, from, recordBytes, blockBytes, keepsEmpty }: Reading): Reader<never> {
  const cutter = new LineCutter(from, recordBytes);
  let blockAt = from;
  let ended = false;
  // Behind the last record that was told, never behind empty lines that were passed over after it: how many of these
  // a read passes over depends on where blocks begin.
  let resume = from;
  let isBehindLong = false;
  let tooLongAt: number | undefined;
  let ahead: Promise<Uint8Array> | undefined;

  async function readBlock(): Promise<Uint8Array> {
    // A new block each time: lines are views into it, and belong to the runtime once answered.
    const block = Buffer.allocUnsafeSlow(blockBytes);
    const got = await file.read(block, blockAt);
    blockAt += got;
    return block.subarray(0, got);
  }

  function readAhead(): Promise<Uint8Array> {
    const block = readBlock();
    block.catch(() => {}); // Told when the block is asked for, also if nobody ever does.
    return block;
  }

  /** Cuts what is there, up to `limit` lines. */
  function cut(limit: number, bodies: Uint8Array[], positions: number[]): void {
    while (bodies.length < limit) {
      const line = cutter.next();
      if (line === undefined) return;
      passLong();
      if (line === 'tooLong') {
        tooLongAt = cutter.lineAt;
        isBehindLong = true;
        return;
      }
      tell(line, bodies, positions);
    }
  }

  /** A line that was refused counts as told once its end is found. */
  function passLong(): void {
    if (isBehindLong) resume = cutter.lineAt;
    isBehindLong = false;
  }

  function tell(line: Uint8Array, bodies: Uint8Array[], positions: number[]): void {
    if (line.length === 0 && !keepsEmpty) return;
    bodies.push(line);
    positions.push(cutter.lineAt);
    resume = cutter.position;
  }

  function answer(bodies: Uint8Array[], positions: number[]): Answer<never> {
    return { bodies, positions, resume, end: ended };
  }

  async function fill(limit: number, signal: AbortSignal): Promise<Answer<never>> {
    const bodies: Uint8Array[] = [];
    const positions: number[] = [];
    while (bodies.length === 0 && tooLongAt === undefined && !ended && !signal.aborted) {
      ahead ??= readAhead();
      const block = await ahead.catch((error: unknown) => {
        ahead = undefined;
        throw explain(error, id);
      });
      ahead = undefined;
      if (block.length === 0) {
        const line = cutter.last();
        ended = true;
        if (isBehindLong) resume = cutter.position;
        if (line !== undefined) tell(line, bodies, positions);
        break;
      }
      ahead = readAhead();
      cutter.feed(block);
      cut(limit, bodies, positions);
    }
    if (bodies.length === 0 && tooLongAt !== undefined) throw refuseLong();
    return answer(bodies, positions);
  }

  function refuseLong(): HeadraceError {
    const at = tooLongAt;
    tooLongAt = undefined;
    return new HeadraceError({
      code: 'HR_RECORD_TOO_LARGE',
      action: 'deadLetter',
      where: `${id}, byte ${at}`,
      what: `a line is longer than ${recordBytes} bytes`,
      todo: 'Raise the option recordBytes, or look whether the file has lines at all. The next read goes on behind this line.',
    });
  }

  return {
    read(limit, signal) {
      if (tooLongAt !== undefined) throw refuseLong();
      const bodies: Uint8Array[] = [];
      const positions: number[] = [];
      cut(limit, bodies, positions);
      if (bodies.length > 0 || ended) return answer(bodies, positions);
      return fill(limit, signal);
    },
    async close() {
      await ahead?.catch(() => {}); // A block on its way must not meet a closed file.
      await file.close();
    },
  };
}

/** 3 when the file begins with a byte order mark, else 0. */
async function markBytes(file: OpenFile): Promise<number> {
  const head = new Uint8Array(3);
  const got = await file.read(head, 0);
  return got === 3 && head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
}

function shorter(id: string, from: number, size: number): HeadraceError {
  return new HeadraceError({
    code: 'HR_FILE_SHORTER',
    where: id,
    what: `the checkpoint stands at byte ${from} and the file has ${size}`,
    todo: 'The file was cut or replaced. Put the old one back, or begin anew without the checkpoint.',
  });
}
