import type { SinkContext, Token, Writer } from '../../core/sink.ts';
import { explain } from '../disk-errors.ts';
import { rethrow } from './errors.ts';
import type { FileShape } from './file-shape.ts';
import { finishToken } from './finish-token.ts';
import { cutBackAll } from './grown-length.ts';
import { PreparedFiles } from './prepared-files.ts';
import { targetOf, temporaryOf } from './prepared-names.ts';
import { RollingWriter } from './rolling-writer.ts';
import { readToken, tokenOf } from './tokens.ts';

/**
 * Writes temporary files for each checkpoint that has output: one, or as many as the options divide it into. `prepare`
 * makes them safe while the next ones are written already, `commit` gives them their names.
 *
 * Invariant: a number is given out when a file is begun, in the order of writing, and never again once a record has
 * come into that file.
 */
export async function openTwoPhase<T>(shape: FileShape<T>, context: SinkContext): Promise<Writer<T>> {
  const { id, path, rolling: options } = shape;
  const { index, world } = context;
  const { files } = world;
  const prepared = new PreparedFiles(files, id);
  let number = await begin(shape, context, prepared).catch(rethrow(id));
  let numberPrepared = number;

  const rolling = new RollingWriter<T>({
    ...options,
    id,
    world,
    async begin(folder) {
      // A file of somebody else that has this name stays as it is.
      do number++;
      while ((await files.stat(targetOf({ path, index, number, folder }))) !== undefined);
      const temporary = temporaryOf({ path, index, number });
      const open = async () => ({ file: await files.open(temporary, 'create'), at: 0 });
      return { number, folder, writer: shape.begin({ where: `file:${targetOf({ path, index, number, folder })}`, open, isEmpty: true }) };
    },
    async giveBack(draft) {
      await draft.writer.abandon();
      await files.remove(temporaryOf({ path, index, number: draft.number }));
      number = draft.number - 1;
    },
    async finished() {},
  });

  async function seal(upTo: number): Promise<Token> {
    return tokenOf(await prepared.seal(path, index, upTo, await rolling.takeShare()));
  }

  return {
    write: (chunk) => rolling.write(chunk),
    flush: () => rolling.flush(false),
    prepare() {
      if (rolling.failure !== undefined) throw rolling.failure;
      if (rolling.isEmpty) return tokenOf({ version: 2, kind: 'files', path, index, number: numberPrepared, count: 0, bytes: 0 });
      numberPrepared = number;
      return seal(number).catch(rethrow(id));
    },
    async commit(tokens) {
      for (const token of tokens) await finishToken(prepared, files, readToken(token, id), id).catch(rethrow(id));
    },
    async close(error) {
      try {
        for (const file of await rolling.abandon()) await files.remove(temporaryOf({ path, index, number: file.number }));
      } catch (failure) {
        // The next start removes it too.
        if (error === undefined) throw explain(failure, id);
      }
    },
  };
}

/** Finishes what a checkpoint has committed, removes the rest, and looks where the numbers go on. */
async function begin<T>({ id, path, replaces }: FileShape<T>, context: SinkContext, prepared: PreparedFiles): Promise<number> {
  const { committed, index } = context;
  const tokens = committed.map((token) => readToken(token, id));
  for (const token of tokens) await finishToken(prepared, context.world.files, token, id);
  // The option path may have changed since the checkpoint.
  for (const place of new Set([path, ...tokens.map((token) => token.path)])) {
    await prepared.removeLeftovers(place);
    await cutBackAll(context.world.files, place);
  }
  if (replaces && committed.length === 0) await prepared.removeCommitted(path);
  const before = tokens.flatMap((token) => ('number' in token && token.path === path && token.index === index ? [token.number] : []));
  return Math.max(await prepared.lastCommitted(path, index), ...before);
}
