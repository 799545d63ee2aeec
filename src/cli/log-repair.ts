import { HeadraceError } from '../core/error.ts';
import type { World } from '../core/world.ts';
import { type LogRepair, repairLog } from '../log/repair.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf } from './failure.ts';
import { asked, damageText, findingsOf, isDamaged, lostText, type TopicFindings, tornText } from './log-fsck.ts';
import { counted } from './log-ls.ts';
import { printable, say } from './printable.ts';

/** `headrace log repair`: without --yes it says what it would do, and does nothing. */
export async function logRepair(
  { dir, topic, yes }: { readonly dir: string; readonly topic: string | undefined; readonly yes: boolean },
  world: World,
): Promise<number> {
  const found: TopicFindings[] = [];
  for (const one of await asked(world, dir, topic)) found.push(await findingsOf(one, world.files));
  const toMend = found.filter(needsRepair);
  if (toMend.length === 0) {
    await say(`nothing to repair: ${counted(found.length, 'topic')} looked through\n`);
    return ExitCode.ok;
  }
  if (!yes) {
    await say(toMend.map(planText).join(''));
    throw unconfirmed(dir, toMend);
  }
  let isSound = true;
  for (const one of toMend) isSound = (await mend(one, world)) && isSound;
  return isSound ? ExitCode.ok : ExitCode.failed;
}

function needsRepair(one: TopicFindings): boolean {
  return isDamaged(one) || one.partitions.some(({ torn }) => torn !== undefined);
}

function planText({ name, partitions, problems }: TopicFindings): string {
  const lines = problems.map((problem) => `${printable(name)}\n  cannot be mended here: ${printable(problem)}\n`);
  for (const { partition, damage, torn } of partitions) {
    if (damage.length === 0 && torn === undefined) continue;
    lines.push(`${printable(name)}/${partition}\n`);
    for (const one of damage) lines.push(`  put aside: ${damageText(one)}\n`);
    if (torn !== undefined) lines.push(`  cut: ${tornText(torn)}\n`);
  }
  return lines.join('');
}

/** Mends one topic and says what became of it; whether it is sound then. What keeps one from being mended must not keep others. */
async function mend({ name, folder, partitions, problems }: TopicFindings, { files, clock }: World): Promise<boolean> {
  const left = [...problems];
  if (partitions.some(({ damage, torn }) => damage.length > 0 || torn !== undefined)) {
    try {
      await say(repairText(name, await repairLog(files, folder, clock)));
      const after = await findingsOf({ name, folder, log: undefined, problem: undefined }, files);
      left.push(...after.partitions.flatMap(({ damage }) => damage.map(damageText)));
    } catch (error) {
      const { code, message } = failureOf(error);
      left.push(`${code}: ${message}`);
    }
  }
  if (left.length > 0) await say(`${printable(name)}  not sound\n${left.map((problem) => `  ${printable(problem)}\n`).join('')}`);
  return left.length === 0;
}

function repairText(name: string, { cut, moved }: LogRepair): string {
  const lines = [`${name}  repaired`];
  for (const { from, to, bytes, first, next } of moved) {
    const where = to === undefined ? 'no bytes were left to put aside' : `${bytes} bytes put aside in ${to}`;
    lines.push(`  ${from}: ${where}; ${lostText(first, next)}, and readers pass over that`);
  }
  for (const { file, bytes } of cut) lines.push(`  ${file}: ${bytes} bytes of an unfinished write cut off`);
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function unconfirmed(dir: string, found: readonly TopicFindings[]): HeadraceError {
  return new HeadraceError({
    code: 'HR_USAGE',
    what: `this would mend ${counted(found.length, 'topic')} as said above; nothing was changed`,
    where: dir,
    todo: 'Where there is a copy, put it back instead. Else add --yes; what is put aside stays beside the log.',
  });
}
