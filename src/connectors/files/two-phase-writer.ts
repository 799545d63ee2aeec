import { basename, dirname } from 'node:path';
import type { SinkContext, Token, Writer } from '../../core/sink.ts';
import { explain } from './errors.ts';
import { LineWriter, type LineWriting } from './line-writer.ts';
import { PreparedFiles, targetOf } from './prepared-files.ts';

export interface TwoPhaseWriting<T> extends Pick<LineWriting<T>, 'id' | 'codec' | 'bufferBytes'> {
  readonly path: string;
  /** A run without a checkpoint removes what earlier runs committed. */
  readonly replaces: boolean;
}

/** What is being written for the next checkpoint. */
interface Draft<T> {
  readonly number: number;
  readonly temporary: string;
  readonly lines: LineWriter<T>;
}

/**
 * Writes a temporary file for each checkpoint that has output. `prepare` makes it safe while the next one is written
 * already, `commit` gives it its name.
 *
 * Invariant: a number is given out when a file is begun, in the order of writing, and never again.
 */
export async function openTwoPhase<T>(writing: TwoPhaseWriting<T>, context: SinkContext): Promise<Writer<T>> {
  const { id, path, codec, bufferBytes } = writing;
  const { index } = context;
  const { files } = context.world;
  const prepared = new PreparedFiles(files, id);
  const { last, taken } = await begin(writing, context, prepared);
  let number = last;
  let numberPrepared = last;
  let draft: Draft<T> | undefined;

  function newDraft(): Draft<T> {
    // A file of somebody else that has this name stays as it is.
    do number++;
    while (taken.has(basename(targetOf({ path, index, number }))));
    const temporary = prepared.temporary({ path, index, number });
    return { number, temporary, lines: new LineWriter({ id, codec, bufferBytes, open: () => files.open(temporary, 'create') }) };
  }

  async function finish({ number, lines }: Draft<T>): Promise<Token> {
    try {
      await lines.sync();
      await files.syncFolder(dirname(path));
    } finally {
      await lines.close();
    }
    return prepared.token({ path, index, number, bytes: lines.bytes });
  }

  return {
    write(chunk) {
      if (chunk.values.length === 0) return undefined;
      draft ??= newDraft();
      return draft.lines.write(chunk);
    },
    async flush() {
      await draft?.lines.flush();
    },
    prepare() {
      if (draft?.lines.failure !== undefined) throw draft.lines.failure;
      if (draft === undefined || draft.lines.bytes === 0) return prepared.token({ path, index, number: numberPrepared, bytes: 0 });
      const done = draft;
      draft = undefined;
      numberPrepared = done.number;
      return finish(done).catch(rethrow(id));
    },
    commit: (tokens) => prepared.commit(tokens).catch(rethrow(id)),
    async close(error) {
      const unprepared = draft;
      draft = undefined;
      if (unprepared === undefined) return;
      try {
        await unprepared.lines.close();
        await files.remove(unprepared.temporary);
      } catch (failure) {
        // The next start removes it too.
        if (error === undefined) throw explain(failure, id);
      }
    },
  };
}

/** Finishes what a checkpoint has committed, removes the rest, and looks where the numbers go on. */
async function begin<T>(
  { id, path, replaces }: TwoPhaseWriting<T>,
  { world, index, committed }: SinkContext,
  prepared: PreparedFiles,
): Promise<{ readonly last: number; readonly taken: ReadonlySet<string> }> {
  try {
    const tokens = committed.map((token) => prepared.read(token));
    await prepared.commit(committed);
    // The option path may have changed since the checkpoint.
    for (const place of new Set([path, ...tokens.map((token) => token.path)])) await prepared.removeLeftovers(place);
    if (replaces && committed.length === 0) await prepared.removeCommitted(path);
    const before = tokens.filter((token) => token.path === path && token.index === index).map((token) => token.number);
    const last = Math.max(await prepared.lastCommitted(path, index), ...before);
    return { last, taken: new Set(await world.files.list(dirname(path))) };
  } catch (error) {
    throw explain(error, id);
  }
}

function rethrow(id: string): (error: unknown) => never {
  return (error) => {
    throw explain(error, id);
  };
}
