import { folderName } from '../base/folder-name.ts';
import { stableHash } from '../core/hash.ts';
import type { Files } from '../core/world.ts';
import { listConsumers, type LogConsumer, openConsumer } from './consumers.ts';
import { badTopicFile, fewerPartitions, tooNew } from './log-errors.ts';
import { PartitionReader, type ReaderOptions, type ReadFrom } from './partition-reader.ts';
import { PartitionWriter, type WriterOptions } from './partition-writer.ts';
import type { LogWorld } from './staged-writer.ts';
import { readWhole, replaceFile } from './whole-file.ts';

export interface TopicLogOptions extends WriterOptions {
  /** How many a new topic gets; 4. One that is there keeps what it has, and may have more. */
  readonly partitions?: number;
  /** Kept with a new topic for those who read it. */
  readonly maxParallelism?: number;
}

/** A topic on a disk: a folder of partitions. It holds nothing open itself. */
export interface TopicLog {
  readonly name: string;
  readonly folder: string;
  readonly partitions: number;
  readonly maxParallelism: number | undefined;
  partitionFolder(partition: number): string;
  /** Where the records of a key live, by its canonical bytes: the same on every machine for ever. */
  partitionOf(keyBytes: Uint8Array): number;
  writer(partition: number, options?: WriterOptions): Promise<PartitionWriter>;
  reader(partition: number, from: ReadFrom, options?: ReaderOptions): Promise<PartitionReader>;
  consumer(name: string): Promise<LogConsumer>;
  consumers(): Promise<readonly string[]>;
}

interface TopicFile {
  readonly version: number;
  readonly name: string;
  readonly partitions: number;
  readonly maxParallelism?: number;
}

const MAKING_TURNS = 500;
const MAKING_WAIT_MS = 20;

/** Partitions are folders and locks; more than this is a mistake. */
const MOST_PARTITIONS = 65_536;

/**
 * Opens the topic of this name under `dir`, and makes it if it is not there.
 *
 * @example
 * ```ts
 * const topic = await openTopicLog(virtualWorld(), '/data', 'orders', { partitions: 2 });
 * const writer = await topic.writer(0);
 * console.log(await writer.append([{ value: new TextEncoder().encode('tea') }])); // 0
 * const reader = await topic.reader(0, 'start');
 * console.log(new TextDecoder().decode((await reader.read())?.valueAt(0))); // tea
 * await reader.close();
 * await writer.close();
 * ```
 */
export async function openTopicLog(world: LogWorld, dir: string, name: string, options: TopicLogOptions = {}): Promise<TopicLog> {
  const { partitions, maxParallelism, ...writing } = options;
  const folder = topicFolder(dir, name);
  const made = { version: 1, name, partitions: partitions ?? 4, ...(maxParallelism === undefined ? {} : { maxParallelism }) };
  const file = (await readTopicFile(world.files, folder, name)) ?? (await makeTopic(world, folder, made));
  if (partitions !== undefined && file.partitions < partitions) throw fewerPartitions(name, file.partitions, partitions);
  return topicLog(world, folder, file, writing);
}

/** Whoever has the lock makes it, so that two processes that begin at one moment agree on its partitions. */
async function makeTopic({ files, scheduler }: LogWorld, folder: string, file: TopicFile): Promise<TopicFile> {
  await files.makeFolder(folder);
  for (let turn = 1; ; turn++) {
    const lock = await files.lock(`${folder}/topic.lock`);
    if (lock === undefined) {
      if (turn > MAKING_TURNS) throw badTopicFile(`${folder}/topic.json`, 'another process makes it and does not come to an end');
      await new Promise<void>((go) => scheduler.after(MAKING_WAIT_MS, go));
      continue;
    }
    try {
      const found = await readTopicFile(files, folder, file.name);
      if (found === undefined) await replaceFile(files, folder, 'topic.json', new TextEncoder().encode(`${JSON.stringify(file)}\n`));
      return found ?? file;
    } finally {
      await lock.release();
    }
  }
}

/** Opens a topic only if it is there. */
export async function findTopicLog(world: LogWorld, dir: string, name: string): Promise<TopicLog | undefined> {
  const folder = topicFolder(dir, name);
  const file = await readTopicFile(world.files, folder, name);
  return file === undefined ? undefined : topicLog(world, folder, file, {});
}

/** The names of the topics under `dir`, sorted. */
export async function listTopics(files: Files, dir: string): Promise<readonly string[]> {
  const folder = `${dir}/topics`;
  if ((await files.stat(folder)) === undefined) return [];
  const names: string[] = [];
  for (const entry of await files.list(folder)) {
    const file = await readTopicFile(files, `${folder}/${entry}`);
    if (file !== undefined) names.push(file.name);
  }
  return names.sort();
}

export function topicFolder(dir: string, name: string): string {
  return `${dir}/topics/${folderName(name)}`;
}

function topicLog(world: LogWorld, folder: string, file: TopicFile, writing: WriterOptions): TopicLog {
  const { name, partitions, maxParallelism } = file;
  const partitionFolder = (partition: number): string => `${folder}/${partition}`;
  return {
    name,
    folder,
    partitions,
    maxParallelism,
    partitionFolder,
    partitionOf: (keyBytes) => stableHash(keyBytes) % partitions,
    writer: (partition, options) => PartitionWriter.open(world, partitionFolder(partition), { ...writing, ...options }),
    reader: (partition, from, options) => PartitionReader.open(world, partitionFolder(partition), from, options),
    consumer: (consumer) => openConsumer(world.files, folder, consumer),
    consumers: () => listConsumers(world.files, folder),
  };
}

async function readTopicFile(files: Files, folder: string, name?: string): Promise<TopicFile | undefined> {
  const path = `${folder}/topic.json`;
  const bytes = await readWhole(files, path);
  if (bytes === undefined) return undefined;
  let found: Partial<TopicFile> | null;
  try {
    found = JSON.parse(new TextDecoder().decode(bytes)) as Partial<TopicFile> | null;
  } catch (error) {
    throw badTopicFile(path, 'it is no JSON', error);
  }
  const { version, partitions } = found ?? {};
  if (typeof version === 'number' && version > 1) throw tooNew(path, version);
  if (version !== 1 || typeof found?.name !== 'string') throw badTopicFile(path, 'it is none of ours');
  if (!Number.isSafeInteger(partitions) || partitions! < 1 || partitions! > MOST_PARTITIONS)
    throw badTopicFile(path, `it says ${partitions} partitions`);
  if (name !== undefined && found.name !== name) throw badTopicFile(path, `it is the topic '${found.name}'`);
  return found as TopicFile;
}
