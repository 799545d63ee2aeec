import { folderName } from '../base/folder-name.ts';
import type { Files, World } from '../core/world.ts';
import type { NodeJson } from '../pipeline/plan-json.ts';
import { lockFolder } from '../runtime/folder-lock.ts';
import { missing } from '../state/checkpoint-errors.ts';
import { type CheckpointFile, examine, glance, type Looked, type PipelineFolder, readStateFolder } from '../state/checkpoint-folder.ts';
import { STORE_NOTE } from '../state/checkpoint-format.ts';
import { readCheckpointName } from '../state/checkpoint-names.ts';
import { readCheckpoint, type Unreadable } from '../state/checkpoint-reader.ts';
import { letGo } from '../state/checkpoint-references.ts';
import { size } from './amounts.ts';
import { needed, noOperator, noPipeline, unconfirmed, unreadable } from './checkpoint-errors.ts';
import { type Seen, facts, listJson, listText, operatorsOf, showText, stateText, verdictOf, verifyText } from './checkpoint-lines.ts';
import { jsonText, keptEntries } from './checkpoint-state.ts';
import { noteIn, storedEntries, storeFacts } from './checkpoint-store.ts';
import { type CheckpointWish, checkpointWish } from './checkpoint-wish.ts';
import { ExitCode } from './exit-code.ts';
import { failureOf, failureText } from './failure.ts';
import { helpFor } from './help.ts';
import { wantsStack } from './usage.ts';

type Wish<A extends CheckpointWish['action']> = Extract<CheckpointWish, { readonly action: A }>;

/** `headrace checkpoint`: looks at what is on the disk without the module that wrote it. */
export async function checkpointCommand(argv: readonly string[], world: World): Promise<number> {
  const wish = checkpointWish(argv);
  if (wish === 'help') return print(helpFor('checkpoint'));
  const { files } = world;
  try {
    switch (wish.action) {
      case 'ls':
        return await list(wish, files);
      case 'show':
        return await show(wish, world);
      case 'verify':
        return await verify(wish, files);
      case 'rm':
        return await remove(wish, files);
    }
  } catch (error) {
    const failure = failureOf(error);
    process.stderr.write(failureText(failure, wantsStack(argv, process.env)));
    return failure.code === 'HR_USAGE' ? ExitCode.usage : ExitCode.failed;
  }
}

async function list({ dir, limit, json }: Wish<'ls'>, files: Files): Promise<number> {
  const pipelines = [];
  for (const folder of await readStateFolder(files, dir)) {
    const seen = await seenOf(folder.checkpoints.slice(0, limit), (file) => glance(files, file));
    pipelines.push({ folder, name: nameOf(folder, seen), seen });
  }
  return print(json ? `${jsonText(listJson(pipelines))}\n` : listText(dir, pipelines));
}

async function show({ dir, words, state, limit, json }: Wish<'show'>, world: World): Promise<number> {
  const { files } = world;
  const { folder, n } = chosen(dir, await readStateFolder(files, dir), words);
  const whole = folder.checkpoints.filter(({ isAside }) => !isAside);
  const file = n === undefined ? (whole[0] ?? folder.checkpoints[0]) : folder.checkpoints.find((one) => one.n === n);
  const numbers = folder.checkpoints.map((one) => one.n);
  if (file === undefined) throw n === undefined ? noPipeline(folder.path, undefined, []) : missing(folder.path, n, numbers);
  const looked = await glance(files, file);
  if ('why' in looked) throw unreadable(file.path, looked.why);
  const { summary } = looked;
  const isInStore = summary.sections.some(({ codec }) => codec === STORE_NOTE);
  // The state of a checkpoint is read only when somebody asks for it.
  const read = state === undefined && !isInStore ? undefined : await readCheckpoint(files, file.path);
  const stored = read === undefined || 'why' in read ? undefined : { n: file.n, folder: folder.path, sections: read.sections };
  if (state === undefined) {
    const store = stored && (await storeFacts(world, stored));
    const all = { ...facts({ file, looked }), ...summary.content, operators: operatorsOf(summary), ...(store && { store }) };
    return print(json ? `${jsonText(all)}\n` : showText(file, summary, store));
  }
  if (stored === undefined) throw unreadable(file.path, (read as Unreadable).why);
  const note = await noteIn(stored.sections);
  const inFile = summary.sections.filter(({ codec }) => codec !== STORE_NOTE).map(({ operator }) => operator);
  const known = [...new Set([...inFile, ...(note?.spaces ?? []).map(([operator]) => operator)])];
  if (!known.includes(state)) throw noOperator(state, known, file.path);
  const node = (summary.content.plan as { readonly nodes?: readonly NodeJson[] } | null)?.nodes?.find(
    ({ id, name }) => id === state || name === state,
  );
  const kept = await keptEntries(stored.sections, state, { node, limit, stored: storedEntries(world, stored, state, node) });
  return print(json ? `${jsonText({ operator: state, ...kept })}\n` : stateText(state, kept));
}

async function verify({ dir, json }: Wish<'verify'>, files: Files): Promise<number> {
  const pipelines = [];
  for (const folder of await readStateFolder(files, dir)) {
    const seen = await seenOf(folder.checkpoints, (file) => examine(files, file));
    const name = nameOf(folder, seen);
    pipelines.push({ folder, name, seen, verdicts: seen.flatMap((one) => verdictOf(one, seen, { dir, name }) ?? []) });
  }
  const damaged = pipelines.flatMap(({ verdicts }) => verdicts);
  const checkpoints = pipelines.reduce((sum, { seen }) => sum + seen.length, 0);
  print(json ? `${jsonText({ checkpoints, sound: checkpoints - damaged.length, damaged })}\n` : verifyText(dir, pipelines));
  return damaged.length === 0 ? ExitCode.ok : ExitCode.failed;
}

async function remove({ dir, pipeline, n, yes }: Wish<'rm'>, files: Files): Promise<number> {
  const { folder } = chosen(dir, await readStateFolder(files, dir), [pipeline]);
  const newest = await seenOf(folder.checkpoints.slice(0, 1), (file) => glance(files, file));
  // Under the lock, so that no run begins from what is just going.
  const unlock = await lockFolder(files, dir, nameOf(folder, newest, pipeline));
  try {
    const now = (await readStateFolder(files, dir)).find(({ name }) => name === folder.name) ?? folder;
    const { checkpoints, held, leftovers } = now;
    const paths = n === 'all' ? [...[...checkpoints, ...held].map(({ path }) => path), ...leftovers] : [oneOf(now, n)];
    const bytes = await Promise.all(paths.map(async (path) => (await files.stat(path))?.bytes ?? 0));
    const amount = size(bytes.reduce((sum, one) => sum + one, 0));
    if (!yes) throw unconfirmed(folder.path, paths.length, amount);
    // What others refer to stays, under another name.
    if (n !== 'all') await letGo(files, folder.path, [readCheckpointName(paths[0]!.slice(folder.path.length + 1))!]);
    // The newest last: killed in between, the next run still goes on from it.
    else for (const path of [...paths.slice(checkpoints.length), ...paths.slice(0, checkpoints.length).reverse()]) await files.remove(path);
    await files.syncFolder(folder.path);
    const then = n === 'all' ? '. The next run begins anew' : '';
    return print(`removed ${paths.length} ${paths.length === 1 ? 'file' : 'files'}, ${amount}${then}.\n`);
  } finally {
    await unlock();
  }
}

function oneOf({ path, checkpoints }: PipelineFolder, n: number): string {
  const file = checkpoints.find((one) => one.n === n);
  if (file === undefined) {
    throw missing(
      path,
      n,
      checkpoints.map((one) => one.n),
    );
  }
  const newest = checkpoints.find(({ isAside }) => !isAside);
  if (file === newest) throw needed(path, n);
  return file.path;
}

async function seenOf(checkpoints: readonly CheckpointFile[], look: (file: CheckpointFile) => Promise<Looked>): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (const file of checkpoints) seen.push({ file, looked: await look(file) });
  return seen;
}

/** The pipeline and number that were asked for; a single word may be the number where there is one pipeline only. */
function chosen(
  dir: string,
  folders: readonly PipelineFolder[],
  words: readonly string[],
): { readonly folder: PipelineFolder; readonly n: number | undefined } {
  const [first, second] = words;
  const known = folders.map((folder) => nameOf(folder, []));
  const named = folders.find(({ name }) => first !== undefined && (name === first || name === folderName(first)));
  const number = (word: string | undefined): number | undefined => {
    if (word === undefined) return undefined;
    if (/^\d+$/.test(word)) return Number(word);
    throw noPipeline(dir, word, known);
  };
  if (named !== undefined) return { folder: named, n: number(second) };
  const isNumber = first !== undefined && second === undefined && /^\d+$/.test(first);
  const [only] = folders;
  if (only === undefined || folders.length > 1 || !(first === undefined || isNumber))
    throw noPipeline(dir, isNumber ? undefined : first, known);
  return { folder: only, n: number(first) };
}

/** The name of the pipeline: as a checkpoint says it, as somebody has typed it, or read back from the name of the folder. */
function nameOf({ name }: PipelineFolder, seen: readonly Seen[], typed?: string): string {
  for (const { looked } of seen)
    if ('summary' in looked && folderName(looked.summary.content.pipeline) === name) return looked.summary.content.pipeline;
  if (typed !== undefined && folderName(typed) === name) return typed;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A name or a value may bring escape sequences; they must not reach the terminal. */
function print(text: string): number {
  process.stdout.write(text.replace(/(?!\n)\p{Cc}/gu, '\u{fffd}'));
  return ExitCode.ok;
}
