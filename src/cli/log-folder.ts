import { HeadraceError, hasCode } from '../core/error.ts';
import type { Files, World } from '../core/world.ts';
import { badTopicFile } from '../log/log-errors.ts';
import { findTopicLog, type TopicLog, topicFolder } from '../log/topic-log.ts';
import { readWhole } from '../log/whole-file.ts';
import { nearest } from './nearest.ts';

/** A folder of a topic, as far as it can be understood: one that cannot must not hide the others. */
export interface FoundTopic {
  /** Where that is not known, the name of the folder. */
  readonly name: string;
  readonly folder: string;
  readonly log: TopicLog | undefined;
  /** Why there is no log. */
  readonly problem: unknown;
}

/** The topics in the folder of a run, by their names. It changes nothing. */
export async function topicsIn(world: World, dir: string): Promise<readonly FoundTopic[]> {
  await checkFolder(world.files, dir);
  const above = `${dir}/topics`;
  if ((await world.files.stat(above))?.isFolder !== true) return [];
  const found: FoundTopic[] = [];
  for (const entry of await world.files.list(above)) {
    const folder = `${above}/${entry}`;
    // What a process left that died while it made the topic has no partitions, and is made again.
    if ((await world.files.stat(folder))?.isFolder !== true || (await isUnfinished(world.files, folder))) continue;
    found.push(await topicAt(world, dir, entry));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The one of this name. */
export async function topicOf(world: World, dir: string, name: string): Promise<TopicLog> {
  await checkFolder(world.files, dir);
  return (await findTopicLog(world, dir, name)) ?? (await noTopic(world, dir, name));
}

/** Refuses what is not the folder of a run. */
export async function checkFolder(files: Files, dir: string): Promise<void> {
  const found = await files.stat(dir);
  const isInside =
    found?.isFolder === true && ((await files.stat(`${dir}/topic.json`)) ?? (await files.stat(`${dir}/writer.lock`))) !== undefined;
  if (found?.isFolder === true && !isInside) return;
  const what =
    found === undefined ? 'there is no such folder' : isInside ? 'this is the folder of one topic' : 'this is a file, not a folder';
  const todo = isInside
    ? 'Name the folder above topics, which was given to the run as dir, or with --dir.'
    : 'Name the folder that was given to the run as dir, or with --dir.';
  throw new HeadraceError({ code: 'HR_STATE_MISSING', what, where: dir, todo });
}

async function topicAt(world: World, dir: string, entry: string): Promise<FoundTopic> {
  const folder = `${dir}/topics/${entry}`;
  const path = `${folder}/topic.json`;
  let name: unknown;
  try {
    const bytes = await readWhole(world.files, path);
    if (bytes === undefined) throw badTopicFile(path, 'it is missing');
    try {
      name = (JSON.parse(new TextDecoder().decode(bytes)) as { readonly name?: unknown } | null)?.name;
    } catch (error) {
      throw badTopicFile(path, 'it is no JSON', error);
    }
    if (typeof name !== 'string') throw badTopicFile(path, 'it is none of ours');
    if (topicFolder(dir, name) !== folder) throw badTopicFile(path, `it is the topic '${name}'`);
    return { name, folder, log: await findTopicLog(world, dir, name), problem: undefined };
  } catch (problem) {
    return { name: entry, folder, log: undefined, problem };
  }
}

async function isUnfinished(files: Files, folder: string): Promise<boolean> {
  return (await files.list(folder)).every((name) => name === 'topic.json.part');
}

async function noTopic(world: World, dir: string, name: string): Promise<never> {
  const known = (await topicsIn(world, dir)).map((topic) => topic.name);
  const close = nearest(name, known);
  const there = known.length === 0 ? 'There are no topics at all.' : `There ${known.length === 1 ? 'is' : 'are'}: ${listed(known)}.`;
  throw new HeadraceError({
    code: 'HR_TOPIC_MISSING',
    what: `there is no topic '${name}'`,
    where: dir,
    todo: `${close === undefined ? '' : `Did you mean '${close}'? `}${there}`,
  });
}

/** What the disk says of a folder that cannot be written, in words; other errors as they are. */
export function explainedWrite(error: unknown, dir: string, wants: 'read' | 'write'): unknown {
  if (!hasCode(error, 'EACCES', 'EROFS', 'EPERM')) return error;
  const isReading = wants === 'read';
  return new HeadraceError({
    code: 'HR_LOG_NOT_WRITABLE',
    what: `the folder of the topic cannot be written${isReading ? ', and a reader has to find out where a log ends that nobody writes' : ''}`,
    where: dir,
    todo: isReading
      ? 'Copy the folder to where it can be written, and read it there. `headrace log ls` and fsck write nothing.'
      : 'Give this user the right to write it, or mount the disk for writing.',
    cause: error,
  });
}

const MOST_NAMED = 20;

/** Names in a sentence, and not more of them than anybody reads. */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} others` : ''}`;
}
