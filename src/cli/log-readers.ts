import type { Files } from '../core/world.ts';
import { glance, readStateFolder } from '../state/checkpoint-folder.ts';
import type { StoredPosition } from '../state/checkpoints.ts';
import type { TopicLog } from '../log/topic-log.ts';

/** Somebody who reads a topic, and the position of the next record of each partition. */
export interface TopicReader {
  readonly name: string;
  /** A program that keeps positions with the topic, or a pipeline that keeps them in its checkpoints. */
  readonly kind: 'consumer' | 'pipeline';
  readonly positions: ReadonlyMap<number, number>;
}

export async function readersOf(log: TopicLog, pipelines: readonly PipelinePositions[]): Promise<readonly TopicReader[]> {
  const readers: TopicReader[] = [];
  for (const name of await log.consumers()) readers.push({ name, kind: 'consumer', positions: (await log.consumer(name)).positions() });
  for (const { name, positions } of pipelines) {
    const mine = positions.flatMap(({ source, partition, resume }): [number, number][] =>
      source === `topic:${log.name}` && typeof resume === 'number' ? [[Number(partition), resume]] : [],
    );
    if (mine.length > 0) readers.push({ name, kind: 'pipeline', positions: new Map(mine) });
  }
  return readers;
}

export interface PipelinePositions {
  /** The name of its folder. */
  readonly folder: string;
  /** The same where no checkpoint can be read. */
  readonly name: string;
  /** As of the newest checkpoint that can be read. */
  readonly positions: readonly StoredPosition[];
  /** Why a newer one cannot be read. */
  readonly problem: string | undefined;
}

/** How far the pipelines of a folder have come, by their newest checkpoints. */
export async function positionsIn(files: Files, dir: string): Promise<readonly PipelinePositions[]> {
  const found: PipelinePositions[] = [];
  for (const { name: folder, checkpoints } of await readStateFolder(files, dir)) {
    let problem: string | undefined;
    let newest: Omit<PipelinePositions, 'problem' | 'folder'> = { name: folder, positions: [] };
    for (const checkpoint of checkpoints.filter(({ isAside }) => !isAside)) {
      const looked = await glance(files, checkpoint);
      if ('why' in looked) {
        problem ??= `checkpoint ${checkpoint.n}: ${looked.why}`;
        continue;
      }
      const { pipeline: name, positions } = looked.summary.content;
      newest = { name, positions };
      break;
    }
    found.push({ folder, ...newest, problem });
  }
  return found;
}
