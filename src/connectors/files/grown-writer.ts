import { dirname } from 'node:path';
import { passingFile } from '../../base/files-passing.ts';
import type { SinkContext, Token, Writer } from '../../core/sink.ts';
import type { Files, OpenFile } from '../../core/world.ts';
import { explain } from '../disk-errors.ts';
import { rethrow } from './errors.ts';
import type { FileShape } from './file-shape.ts';
import { finishToken } from './finish-token.ts';
import { changed, checkOf, cutBackAll, oursIn, readLength, requireBytes, writeLength } from './grown-length.ts';
import { PreparedFiles } from './prepared-files.ts';
import { grownOf } from './prepared-names.ts';
import type { RecordWriter } from './record-writer.ts';
import { type PreparedLength, readToken, tokenOf } from './tokens.ts';

/**
 * Writes one file that grows. A token is its length: what a killed run has left behind the committed length is cut off
 * by the next one, before anything is written. Whoever reads the file meanwhile may see what is not committed yet.
 *
 * Invariant: bytes in front of a committed length are never written again, so no crash can harm them.
 */
export async function openGrown<T>(shape: FileShape<T>, context: SinkContext): Promise<Writer<T>> {
  const { id, path } = shape;
  const { index } = context;
  const { files } = context.world;
  const prepared = new PreparedFiles(files, id);
  const place = grownOf(path, index);
  const { file, from } = await begin(shape, context, prepared).catch(rethrow(id));
  let closesLine = shape.endsLines && from > 0 && (await lastByte(file, from).catch(rethrow(id))) !== LF;
  let isEmpty = from === 0;
  /** Where the next segment begins, once the one before it has its end. */
  let end: Promise<number> = Promise.resolve(from);
  let segment: RecordWriter<T> | undefined;

  function newSegment(): RecordWriter<T> {
    const before = end;
    const open = async () => ({ file: { ...passingFile(file), close: async () => {} }, at: await before });
    return shape.begin({ where: `file:${place}`, open, isEmpty, closesLine });
  }

  /** A segment whose first record was refused has written nothing, and the next one is the first. */
  async function refused(error: unknown): Promise<never> {
    if (segment?.records === 0) {
      const unused = segment;
      segment = undefined;
      await unused.abandon();
    }
    throw error;
  }

  async function endOf(done: RecordWriter<T> | undefined, before: Promise<number>): Promise<number> {
    const at = (await before) + ((await done?.finish()) ?? 0);
    const found = (await files.stat(place))?.bytes;
    if (found === at) return at;
    throw changed(place, found === undefined ? 'it is gone' : `it has ${found} bytes where we have written ${at}`, id);
  }

  async function seal(sealed: Promise<number>): Promise<Token> {
    const bytes = await sealed;
    await files.syncFolder(dirname(path));
    return tokenOf({ version: 2, kind: 'length', path, index, bytes, check: await checkOf(files, place, bytes) });
  }

  return {
    write({ values }) {
      if (values.length === 0) return undefined;
      segment ??= newSegment();
      try {
        const taken = segment.take(values, 0, values.length);
        return typeof taken === 'number' ? undefined : taken.then(() => {}, refused);
      } catch (error) {
        return refused(error);
      }
    },
    async flush() {
      await segment?.flush(false);
    },
    prepare() {
      if (segment?.failure !== undefined) throw segment.failure;
      const done = segment;
      segment = undefined;
      if (done !== undefined) {
        isEmpty = false;
        closesLine = false;
      }
      end = endOf(done, end);
      end.catch(() => {}); // Told by the token.
      return seal(end).catch(rethrow(id));
    },
    async commit(tokens) {
      for (const token of tokens) await finishToken(prepared, files, readToken(token, id), id).catch(rethrow(id));
    },
    async close(error) {
      try {
        await segment?.abandon();
        if (error !== undefined) return;
        const at = await end;
        // What no checkpoint will ever hold is nobody's.
        if ((await file.size()) > at) {
          await file.truncate(at);
          await file.sync();
        }
        const length = await readLength(files, path, index);
        if (length?.bytes === at) await writeLength(files, path, index, { ...length, isOpen: false });
      } catch (failure) {
        throw explain(failure, id);
      } finally {
        await file.close().catch(rethrow(id));
      }
    },
  };
}

const LF = 10;

export async function lastByte(file: OpenFile, size: number): Promise<number | undefined> {
  const byte = new Uint8Array(1);
  await file.read(byte, size - 1);
  return byte[0];
}

/** Finishes what a checkpoint has committed, cuts the rest off, and opens the file where it goes on. */
async function begin<T>({ id, path }: FileShape<T>, context: SinkContext, prepared: PreparedFiles) {
  const { index, committed } = context;
  const { files } = context.world;
  const tokens = committed.map((token) => readToken(token, id));
  for (const token of tokens) await finishToken(prepared, files, token, id);
  for (const place of new Set([path, ...tokens.map((token) => token.path)])) {
    await prepared.removeLeftovers(place);
    await cutBackAll(files, place, place === path ? index : undefined);
  }
  const own = tokens.flatMap((token) => ('check' in token && token.path === path && token.index === index ? [token] : []));
  const from = await beginsAt(files, path, index, own.toSorted((a, b) => b.bytes - a.bytes)[0], id);
  const place = grownOf(path, index);
  const file = await files.open(place, 'extend');
  try {
    // What comes to lie behind this is ours: it is known by this once we are killed.
    await writeLength(files, path, index, { bytes: from, check: await checkOf(files, place, from), isOpen: true });
    if ((await file.size()) > from) await file.truncate(from);
    return { file, from };
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
}

async function beginsAt(files: Files, path: string, index: number, token: PreparedLength | undefined, id: string): Promise<number> {
  const place = grownOf(path, index);
  const length = await readLength(files, path, index);
  if (token === undefined) return await oursIn(files, place, length);
  const found = await requireBytes(files, token, id);
  if ((await checkOf(files, place, token.bytes)) !== token.check) throw changed(place, 'what was committed is not what stands there', id);
  const known = Math.max(token.bytes, length?.bytes ?? 0);
  if (length?.isOpen === false && found > known) throw changed(place, `it has ${found} bytes, and ${known} when it was closed`, id);
  return token.bytes;
}
