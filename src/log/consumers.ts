import { folderName } from '../base/folder-name.ts';
import type { Files } from '../core/world.ts';
import { badConsumerFile } from './log-errors.ts';
import { readWhole, replaceFile } from './whole-file.ts';

/** Where somebody by this name goes on reading, for programs that have no checkpoints. */
export interface LogConsumer {
  readonly name: string;
  /** The position of the next record by partition, as of the last commit. */
  positions(): ReadonlyMap<number, number>;
  /** Keeps these positions beside the ones of other partitions. When it settles they survive a power cut. */
  commit(positions: ReadonlyMap<number, number>): Promise<void>;
  /** Forgets the consumer. */
  remove(): Promise<void>;
}

interface ConsumerFile {
  readonly version: 1;
  readonly name: string;
  readonly positions: Readonly<Record<string, number>>;
}

/** One process at a time uses a name: positions of two would overwrite each other. */
export async function openConsumer(files: Files, topicFolder: string, name: string): Promise<LogConsumer> {
  const folder = `${topicFolder}/consumers`;
  const path = `${folder}/${folderName(name)}.json`;
  await files.makeFolder(folder);
  let positions: ReadonlyMap<number, number> = (await readConsumer(files, path))?.positions ?? new Map();
  let last: Promise<void> = Promise.resolve();

  async function write(changed: ReadonlyMap<number, number>): Promise<void> {
    const next = new Map([...positions, ...changed]);
    const kept: ConsumerFile = { version: 1, name, positions: Object.fromEntries(next) };
    await replaceFile(files, folder, `${folderName(name)}.json`, new TextEncoder().encode(`${JSON.stringify(kept)}\n`));
    positions = next;
  }

  return {
    name,
    positions: () => positions,
    commit(changed) {
      // One behind the other: both write the same file beside its place.
      const done = last.then(() => write(changed));
      last = done.catch(() => {});
      return done;
    },
    async remove() {
      await last;
      await files.remove(path);
      await files.syncFolder(folder);
      positions = new Map();
    },
  };
}

/** The names of those who keep positions. */
export async function listConsumers(files: Files, topicFolder: string): Promise<readonly string[]> {
  const folder = `${topicFolder}/consumers`;
  if ((await files.stat(folder)) === undefined) return [];
  const names: string[] = [];
  for (const file of await files.list(folder)) {
    if (file.endsWith('.json')) names.push((await readConsumer(files, `${folder}/${file}`))?.name ?? '');
  }
  return names.filter((name) => name !== '').sort();
}

async function readConsumer(files: Files, path: string): Promise<{ name: string; positions: Map<number, number> } | undefined> {
  const bytes = await readWhole(files, path);
  if (bytes === undefined) return undefined;
  let found: Partial<ConsumerFile>;
  try {
    found = JSON.parse(new TextDecoder().decode(bytes)) as Partial<ConsumerFile>;
  } catch (error) {
    throw badConsumerFile(path, error);
  }
  const entries = Object.entries(found?.positions ?? {}).map(([partition, position]) => [Number(partition), position] as const);
  const isSound =
    found?.version === 1 && typeof found.name === 'string' && entries.every((pair) => pair.every((n) => Number.isSafeInteger(n) && n >= 0));
  if (!isSound) throw badConsumerFile(path);
  return { name: found.name!, positions: new Map(entries) };
}
