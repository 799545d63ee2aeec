import type { Sink } from '../../src/index.ts';
import { HeadraceError } from '../../src/core/error.ts';
import type { Files } from '../../src/core/world.ts';
import type { Item } from './build-plan.ts';

/** What the database has committed: rows in order, and the checkpoint they belong to. */
interface Commit {
  readonly decided: number;
  readonly rows: readonly string[];
}

const FOLDER = '/db';

/**
 * A transactional database as small as can be, on the same disk: each transaction is a file that appears by a rename.
 * It decides which checkpoint holds. As every database, it shows and tells what is safe, and nothing before.
 */
export class Database {
  #safe = 0;

  sink(): Sink<Item> {
    return {
      kind: 'database',
      id: 'database:rows',
      delivery: 'arbiter',
      decided: ({ world: { files } }) =>
        told(async () => {
          await files.syncFolder(FOLDER);
          const all = await commits(files);
          this.#safe = all.length;
          return all.at(-1)?.decided;
        }),
      open: async ({ world: { files } }) => {
        let rows: string[] = [];
        let ready: Commit | undefined;
        const before = await told(() => commits(files));
        let count = before.length;
        let decided = before.at(-1)?.decided;
        return {
          write({ values }) {
            for (const value of values) rows.push(JSON.stringify(value));
          },
          prepare(checkpoint) {
            ready = { decided: checkpoint, rows };
            rows = [];
            return String(checkpoint);
          },
          commit: async ([token]) => {
            if (token === String(decided)) return;
            await told(() => append(files, count + 1, ready!));
            this.#safe = ++count;
            decided = ready!.decided;
          },
          close() {},
        };
      },
    };
  }

  /** Every row it has, in order. */
  async rows(files: Files): Promise<readonly string[]> {
    return (await commits(files)).slice(0, this.#safe).flatMap(({ rows }) => rows);
  }
}

async function append(files: Files, number: number, commit: Commit): Promise<void> {
  const path = `${FOLDER}/${String(number).padStart(6, '0')}`;
  const file = await files.open(`${path}.new`, 'create');
  try {
    await file.write(new TextEncoder().encode(JSON.stringify(commit)), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(`${path}.new`, path);
  await files.syncFolder(FOLDER);
}

/** What the disk says is told as every connector tells what its system says. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new HeadraceError({
      code: 'HR_SINK_FAILED',
      what: 'the database cannot go on',
      todo: 'Start it again.',
      where: 'database',
      cause,
    });
  }
}

async function commits(files: Files): Promise<readonly Commit[]> {
  const names = (await files.list(FOLDER)).filter((name) => /^\d+$/.test(name));
  const all: Commit[] = [];
  for (const name of names) all.push(JSON.parse(await textOf(files, `${FOLDER}/${name}`)) as Commit);
  return all;
}

export async function textOf(files: Files, path: string): Promise<string> {
  const file = await files.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    let done = 0;
    while (done < bytes.length) {
      const read = await file.read(bytes.subarray(done), done);
      if (read === 0) break;
      done += read;
    }
    return new TextDecoder().decode(bytes.subarray(0, done));
  } finally {
    await file.close();
  }
}
