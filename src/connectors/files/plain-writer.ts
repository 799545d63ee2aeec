import { dirname, join } from 'node:path';
import { passingFile } from '../../base/files-passing.ts';
import type { SinkContext, Writer } from '../../core/sink.ts';
import { explain } from '../disk-errors.ts';
import type { FileShape } from './file-shape.ts';
import { lastByte } from './grown-writer.ts';
import { PreparedFiles } from './prepared-files.ts';
import { targetOf } from './prepared-names.ts';
import { RollingWriter } from './rolling-writer.ts';

const LF = 10;

/** One file without checkpoints: what is written is seen at once. */
export async function openPlain<T>(shape: FileShape<T>, { world: { files } }: SinkContext): Promise<Writer<T>> {
  const { id, path, replaces, endsLines } = shape;
  const file = await files.open(path, replaces ? 'create' : 'extend');
  try {
    const at = replaces ? 0 : await file.size();
    const closesLine = endsLines && at > 0 && (await lastByte(file, at)) !== LF;
    const open = async () => ({ file: { ...passingFile(file), close: async () => {} }, at });
    const writer = shape.begin({ where: id, open, isEmpty: at === 0, closesLine });
    return {
      write({ values }) {
        const taken = writer.take(values, 0, values.length);
        return typeof taken === 'number' ? undefined : taken.then(() => {});
      },
      flush: () => writer.flush(true),
      async close(error) {
        try {
          // Also of a run that failed what was written stays, and is a whole file.
          if (writer.failure === undefined) await writer.finish();
          if (error === undefined) await files.syncFolder(dirname(path));
        } catch (failure) {
          throw explain(failure, id);
        } finally {
          await writer.abandon().catch(() => {});
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

/** Several files without checkpoints, each seen while it is written. */
export async function openPlainFiles<T>(shape: FileShape<T>, context: SinkContext): Promise<Writer<T>> {
  const { id, path, replaces } = shape;
  const { index, world } = context;
  const { files } = world;
  const prepared = new PreparedFiles(files, id);
  if (replaces) await prepared.removeCommitted(path);
  let number = await prepared.lastCommitted(path, index);

  const rolling = new RollingWriter<T>({
    ...shape.rolling,
    id,
    world,
    async begin(folder) {
      if (folder !== '') await files.makeFolder(join(dirname(path), folder));
      do number++;
      while ((await files.stat(targetOf({ path, index, number, folder }))) !== undefined);
      await prepared.noteFolders(path, index, [folder]);
      await prepared.mark(path, index, number);
      const target = targetOf({ path, index, number, folder });
      const open = async () => ({ file: await files.open(target, 'create'), at: 0 });
      return { number, folder, writer: shape.begin({ where: `file:${target}`, open, isEmpty: true }) };
    },
    async giveBack(draft) {
      await draft.writer.abandon();
      await files.remove(targetOf({ path, index, ...draft }));
      number = draft.number - 1;
    },
    async finished(file) {
      await files.syncFolder(dirname(targetOf({ path, index, ...file })));
    },
  });

  return {
    write: (chunk) => rolling.write(chunk),
    flush: () => rolling.flush(true),
    async close(error) {
      try {
        if (rolling.failure === undefined) await rolling.takeShare();
        else if (error === undefined) throw rolling.failure;
      } catch (failure) {
        throw explain(failure, id);
      } finally {
        await rolling.abandon();
      }
    },
  };
}
