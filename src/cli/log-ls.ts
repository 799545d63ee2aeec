import type { World } from '../core/world.ts';
import type { TopicLog } from '../log/topic-log.ts';
import { records, size } from './amounts.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { type FoundTopic, topicsIn } from './log-folder.ts';
import { type PartitionSight, sightOf } from './log-partition.ts';
import { type PipelinePositions, positionsIn, readersOf, type TopicReader } from './log-readers.ts';
import { columns, printable, say, timeText } from './printable.ts';

interface TopicSight {
  readonly name: string;
  readonly partitions: readonly PartitionSight[];
  readonly readers: readonly TopicReader[];
}

type Seen = TopicSight | { readonly name: string; readonly problem: string };

/** `headrace log ls`: what there is, by what stands in small files. One topic that cannot be read does not hide the others. */
export async function logLs({ dir, json }: { readonly dir: string; readonly json: boolean }, world: World): Promise<number> {
  const topics = await topicsIn(world, dir);
  const pipelines = await positionsIn(world.files, dir);
  const seen: Seen[] = [];
  for (const topic of topics) seen.push(await seenOf(topic, pipelines, world));
  if (json) await say(`${printable(JSON.stringify({ topics: seen.map(jsonOf) }))}\n`);
  else await say(seen.length === 0 ? `there are no topics in ${printable(dir)}\n` : seen.map(textOf).join('\n'));
  return seen.some((topic) => 'problem' in topic) ? ExitCode.failed : ExitCode.ok;
}

async function seenOf({ name, log, problem }: FoundTopic, pipelines: readonly PipelinePositions[], world: World): Promise<Seen> {
  try {
    if (log === undefined) throw problem;
    return { name, ...(await sight(log, pipelines, world)) };
  } catch (error) {
    const { code, message } = failureOf(error);
    return { name, problem: `${code}: ${message}` };
  }
}

async function sight(log: TopicLog, pipelines: readonly PipelinePositions[], { files }: World): Promise<Omit<TopicSight, 'name'>> {
  const partitions: PartitionSight[] = [];
  for (let partition = 0; partition < log.partitions; partition++) partitions.push(await sightOf(files, log, partition));
  return { partitions, readers: await readersOf(log, pipelines) };
}

/** How many records somebody has still to read; those that were removed unread are lost to it, and not among them. */
function lagOf({ positions }: TopicReader, partitions: readonly PartitionSight[]): { readonly lag: number; readonly lost: number } {
  let lag = 0;
  let lost = 0;
  for (const { partition, first, end } of partitions) {
    const position = positions.get(partition) ?? first;
    lag += Math.max(0, end - Math.max(position, first));
    lost += Math.max(0, first - position);
  }
  return { lag, lost };
}

function textOf(seen: Seen): string {
  const name = printable(seen.name);
  if ('problem' in seen) return `${name}\n  ${printable(seen.problem)}\n`;
  const { partitions, readers } = seen;
  const all = partitions.reduce((sum, { first, end }) => sum + end - first, 0);
  const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  const head = `${name}  ${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}, ${counted(all, 'record')}, ${size(bytes)}\n`;
  const rows = partitions.map(({ partition, first, end, bytes: own, minTime, maxTime, hasGaps, writer }) => [
    String(partition),
    end === first ? 'empty' : `${first} to ${end - 1}`,
    end === first && first > 0 ? `next is ${end}` : size(own),
    Number.isNaN(minTime) ? '' : `${timeText(minTime)} to ${timeText(maxTime)}`,
    [hasGaps ? 'a repair has put a part aside' : '', writer === undefined ? '' : printable(`${writer} writes`)].filter(Boolean).join(', '),
  ]);
  const lines = readers.map((reader) => {
    const { lag, lost } = lagOf(reader, partitions);
    const at = [...reader.positions].sort(([a], [b]) => a - b).map(([partition, position]) => `${partition} at ${position}`);
    const missed = lost === 0 ? '' : `, ${counted(lost, 'record')} removed unread`;
    return [
      reader.kind,
      printable(reader.name),
      `${lag === 0 ? 'has read all' : `${counted(lag, 'record')} behind`}${missed}`,
      at.join(', '),
    ];
  });
  return head + columns(rows) + columns(lines);
}

/** `1 record`, `1,204 records`. */
export function counted(count: number, what: string): string {
  return `${records(count)} ${what}${count === 1 ? '' : 's'}`;
}

function jsonOf(seen: Seen): object {
  if ('problem' in seen) return seen;
  const { name, partitions, readers } = seen;
  const time = (ms: number): number | null => (Number.isNaN(ms) ? null : ms);
  return {
    name,
    partitions: partitions.map(({ minTime, maxTime, writer, ...rest }) => ({
      ...rest,
      records: rest.end - rest.first,
      minTime: time(minTime),
      maxTime: time(maxTime),
      writer: writer ?? null,
    })),
    readers: readers.map((reader) => ({
      kind: reader.kind,
      name: reader.name,
      positions: Object.fromEntries(reader.positions),
      ...lagOf(reader, partitions),
    })),
  };
}
