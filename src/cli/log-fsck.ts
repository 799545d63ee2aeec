import type { Files, World } from '../core/world.ts';
import { checkPartition, type PartitionCheck, partitionsOf } from '../log/check.ts';
import type { LogDamage } from '../log/log-errors.ts';
import { size } from './amounts.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { type FoundTopic, topicOf, topicsIn } from './log-folder.ts';
import { counted } from './log-ls.ts';
import { printable, say } from './printable.ts';

export interface TopicFindings {
  readonly name: string;
  readonly folder: string;
  readonly partitions: readonly PartitionCheck[];
  /** What kept something from being read at all. */
  readonly problems: readonly string[];
}

/** `headrace log fsck`: reads every byte and writes none. 1 when something is damaged. */
export async function logFsck(
  { dir, topic, json }: { readonly dir: string; readonly topic: string | undefined; readonly json: boolean },
  world: World,
): Promise<number> {
  const found: TopicFindings[] = [];
  for (const one of await asked(world, dir, topic)) found.push(await findingsOf(one, world.files));
  const isSound = found.every((one) => !isDamaged(one));
  if (json) await say(`${printable(JSON.stringify({ isSound, topics: found.map(jsonOf) }))}\n`);
  else if (found.length === 0) await say(`there are no topics in ${printable(dir)}\n`);
  else await say(`${found.map(textOf).join('')}${advice(dir, found)}`);
  return isSound ? ExitCode.ok : ExitCode.failed;
}

/** The topic of a name, or all. */
export async function asked(world: World, dir: string, topic: string | undefined): Promise<readonly FoundTopic[]> {
  const all = await topicsIn(world, dir);
  if (topic === undefined) return all;
  // One that has lost its description goes by the name of its folder.
  const known = all.find(({ name }) => name === topic);
  if (known !== undefined) return [known];
  const log = await topicOf(world, dir, topic);
  return [{ name: log.name, folder: log.folder, log, problem: undefined }];
}

export async function findingsOf({ name, folder, log, problem }: FoundTopic, files: Files): Promise<TopicFindings> {
  const problems: string[] = [];
  const partitions: PartitionCheck[] = [];
  const tried = async (check: () => Promise<unknown>): Promise<void> => {
    try {
      await check();
    } catch (error) {
      const { code, message } = failureOf(error);
      problems.push(`${code}: ${message}`);
    }
  };
  if (problem !== undefined) await tried(() => Promise.reject(problem as Error));
  for (const partition of await partitionsOf(files, folder)) {
    await tried(async () => partitions.push(await checkPartition(files, `${folder}/${partition}`, partition)));
  }
  if (log !== undefined) await tried(() => log.consumers());
  return { name, folder, partitions, problems };
}

export function isDamaged({ partitions, problems }: TopicFindings): boolean {
  return problems.length > 0 || partitions.some(({ damage }) => damage.length > 0);
}

function textOf({ name, partitions, problems }: TopicFindings): string {
  const lines = problems.map((problem) => `${printable(name)}  cannot be used as it is\n    ${printable(problem)}\n`);
  for (const { partition, first, end, records, bytes, segments, damage, torn, staged } of partitions) {
    const what = records === 0 ? 'no records' : `${counted(records, 'record')} (${first} to ${end - 1})`;
    const sum = `${what}, ${size(bytes)} in ${counted(segments, 'segment')}`;
    lines.push(`${printable(name)}/${partition}  ${damage.length === 0 ? 'sound' : 'damaged'}, ${sum}\n`);
    for (const one of damage) lines.push(`    ${damageText(one)}\n`);
    if (torn !== undefined) lines.push(`    ${tornText(torn)}\n`);
    if (staged.length > 0)
      lines.push(`    ${counted(staged.length, 'file')} staged for checkpoints that are not committed yet: no damage\n`);
  }
  if (lines.length === 0) lines.push(`${printable(name)}  sound, nothing was written yet\n`);
  return lines.join('');
}

/** Where it is, and what that means. */
export function damageText({ file, at, bytes, first, next, why }: LogDamage): string {
  const place = bytes === 0 ? `byte ${at}` : `bytes ${at} to ${at + bytes - 1}`;
  return printable(`${file}, ${place}: ${why}; ${lostText(first, next)}`);
}

export function lostText(first: number, next: number): string {
  if (next <= first) return 'no record is lost';
  return next === first + 1 ? `record ${first} is lost` : `records ${first} to ${next - 1} are lost`;
}

export function tornText({ file, at, bytes }: NonNullable<PartitionCheck['torn']>): string {
  const what = `${size(bytes)} at the end, from byte ${at}, belong to a write that was not finished`;
  return printable(`${file}: ${what}: no damage. It is being written right now, or the next to open it cuts that off`);
}

function advice(dir: string, found: readonly TopicFindings[]): string {
  const damaged = found.filter(({ partitions }) => partitions.some(({ damage }) => damage.length > 0));
  if (damaged.length === 0) return '';
  const one = damaged.length === 1 ? ` ${damaged[0]!.name}` : '';
  return (
    printable(
      `Put the files back from a copy where there is one. Else \`headrace log repair ${dir}${one}\` says what it would put aside.`,
    ) + '\n'
  );
}

function jsonOf({ partitions, ...rest }: TopicFindings): object {
  const time = (ms: number): number | null => (Number.isNaN(ms) ? null : ms);
  return {
    ...rest,
    partitions: partitions.map(({ minTime, maxTime, torn, ...more }) => ({
      ...more,
      minTime: time(minTime),
      maxTime: time(maxTime),
      torn: torn ?? null,
    })),
  };
}
