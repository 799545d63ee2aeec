import { WITH_STORE } from '../state/checkpoint-errors.ts';
import { STORE_NOTE } from '../state/checkpoint-format.ts';
import type { CheckpointFile, Looked, PipelineFolder } from '../state/checkpoint-folder.ts';
import type { CheckpointSummary } from '../state/checkpoint-reader.ts';
import { size } from './amounts.ts';
import { type KeptEntry, shown } from './checkpoint-state.ts';
import type { StoreFacts } from './checkpoint-store.ts';
import { widthOf } from './text-line.ts';

/** A file with what was found in it. */
export interface Seen {
  readonly file: CheckpointFile;
  readonly looked: Looked;
}

export interface Listed {
  readonly folder: PipelineFolder;
  readonly name: string;
  /** The newest ones. */
  readonly seen: readonly Seen[];
}

/** What `ls` says of one checkpoint. `sound` is of what was read: only `verify` reads the state. */
export function facts({ file, looked }: Seen): object {
  const { n, path, isAside } = file;
  if ('why' in looked) return { n, path, aside: isAside, sound: false, why: looked.why };
  const { bytes, sections, content } = looked.summary;
  const { takenAt, isStop, isCompleted, tokens } = content;
  const at = new Date(takenAt).toISOString();
  return {
    n,
    path,
    aside: isAside,
    sound: true,
    takenAt: at,
    bytes,
    sections: sections.length,
    tokens: tokens.length,
    stop: isStop,
    completed: isCompleted,
  };
}

export function listJson(pipelines: readonly Listed[]): object {
  return pipelines.map(({ folder, name, seen }) => ({
    pipeline: name,
    path: folder.path,
    checkpoints: seen.map(facts),
    more: folder.checkpoints.length - seen.length,
    held: folder.held.map(({ n, path }) => ({ n, path })),
    leftovers: folder.leftovers,
  }));
}

export function listText(dir: string, pipelines: readonly Listed[]): string {
  if (pipelines.length === 0) return `no checkpoints in ${dir}\n`;
  return pipelines.map(pipelineText).join('\n');
}

function pipelineText({ folder, name, seen }: Listed): string {
  const newest = folder.checkpoints.find(({ isAside }) => !isAside);
  const rows = seen.map(({ file, looked }) => {
    const notes: string[] = [];
    if (file.isAside) notes.push('set aside');
    if ('why' in looked) return [String(file.n), '-', '-', '-', '-', [...notes, `DAMAGED: ${looked.why}`].join(', ')];
    const { bytes, sections, content } = looked.summary;
    if (content.isCompleted) notes.push('completed');
    if (content.isStop) notes.push('stopped');
    if (file === newest) notes.push('newest');
    const at = new Date(content.takenAt).toISOString();
    return [String(file.n), at, size(bytes), String(sections.length), String(content.tokens.length), notes.join(', ')];
  });
  const lines = rows.length === 0 ? ['  no checkpoints'] : table(['n', 'taken at', 'size', 'sections', 'tokens', ''], rows, 'rlrrrl');
  const more = folder.checkpoints.length - seen.length;
  if (more > 0) lines.push(`  and ${more} older: --limit ${folder.checkpoints.length} shows all`);
  if (folder.held.length > 0) lines.push(`  and ${folder.held.length} older that these refer to, for state that has not changed since`);
  if (folder.leftovers.length > 0) lines.push(`  and ${folder.leftovers.length} half written, which the next run removes`);
  return `${name}  ${folder.path}\n${lines.join('\n')}\n`;
}

interface OperatorFacts {
  readonly operator: string;
  readonly cell: string;
  readonly codec: string;
  readonly sections: number;
  readonly bytes: number;
  /** Key groups, partitions, or one. */
  readonly of: string;
}

/** The sections of a checkpoint by operator and cell. */
export function operatorsOf({ sections }: CheckpointSummary): readonly OperatorFacts[] {
  const groups = Map.groupBy(sections, ({ operator, cell, scope, codec }) => JSON.stringify([operator, cell, scope.kind, codec]));
  return [...groups.values()].map((all) => {
    const { operator, cell, codec, scope } = all[0]!;
    const bytes = all.reduce((sum, section) => sum + section.bytes, 0);
    const kind = scope.kind === 'group' ? 'key group' : scope.kind === 'one' ? 'for all' : scope.kind;
    const of = kind === 'for all' ? kind : `${all.length} ${kind}${all.length === 1 ? '' : 's'}`;
    return { operator, cell, codec, sections: all.length, bytes, of };
  });
}

const MOST_CHARACTERS = 100;

export function showText(file: CheckpointFile, summary: CheckpointSummary, store?: StoreFacts): string {
  const { n, content, bytes } = summary;
  const { pipeline, takenAt, maxParallelism, positions, tokens, isStop, isCompleted, fingerprint } = content;
  const how = isCompleted ? ', at the end of the data' : isStop ? ', by a stop' : '';
  const aside = file.isAside ? ', set aside' : '';
  const nodes = nodesOf(content.plan);
  const parts: [string, string[]][] = [
    [
      'Positions',
      table(
        undefined,
        positions.map(({ source, partition, resume, ended }) => [source, partition, JSON.stringify(resume), ended ? 'ended' : '']),
        'llll',
      ),
    ],
    [
      'Tokens',
      table(
        undefined,
        tokens.map(({ sink, index, token }) => [sink, String(index), cut(token)]),
        'lrl',
      ),
    ],
    [
      'State',
      table(
        ['operator', 'cell', 'size', 'of', 'as'],
        operatorsOf(summary).map(({ operator, cell, codec, of, bytes: own }) => [operator, cell, size(own), of, codec]),
        'llrll',
      ),
    ],
    ...(store === undefined ? [] : [storePart(store)]),
    [
      'Plan',
      table(
        undefined,
        nodes.map(({ id, kind, inputs }) => [id, kind, inputs.length === 0 ? '' : `from ${inputs.join(', ')}`]),
        'lll',
      ),
    ],
  ];
  const body = parts.map(([title, lines]) => `${title}\n${lines.length === 0 ? '  none' : lines.join('\n')}\n`);
  const head = `${pipeline}, checkpoint ${n}${how}${aside}\n  ${file.path}, ${size(bytes)}\n  taken at ${new Date(takenAt).toISOString()}, ${maxParallelism} key groups, plan ${fingerprint.slice(0, 12)}\n`;
  return [head, ...body].join('\n');
}

function storePart({ name, at, why, keys }: StoreFacts): [string, string[]] {
  const head = at === undefined ? `  ${name}: ${why}` : `  ${name}, at checkpoint ${at}`;
  const rows = keys.map((one) => [one.operator, one.cell, `${one.keys} ${one.keys === 1 ? 'key' : 'keys'}`]);
  return ['Store', [head, ...table(undefined, rows, 'llr')]];
}

function nodesOf(plan: unknown): readonly { readonly id: string; readonly kind: string; readonly inputs: readonly string[] }[] {
  const nodes = (plan as { readonly nodes?: unknown } | null)?.nodes;
  return Array.isArray(nodes) ? nodes : [];
}

/** What an operator keeps, a line each. */
export function stateText(operator: string, { entries, more }: { readonly entries: readonly KeptEntry[]; readonly more: boolean }): string {
  const rows = entries.map(({ cell, key, scope, value }) => [cell, key === undefined ? ofScope(scope) : shown(key), shown(value)]);
  const end = more ? `  and more: --limit ${entries.length * 10}\n` : '';
  return `${operator}\n${rows.length === 0 ? '  nothing' : table(['cell', 'key', 'value'], rows, 'lll').join('\n')}\n${end}`;
}

function ofScope(scope: KeptEntry['scope']): string {
  return scope.kind === 'partition' ? `partition ${scope.partition}` : '-';
}

export interface Verdict {
  readonly n: number;
  readonly path: string;
  readonly why: string;
  /** For the next run, and what to do. */
  readonly means: string;
}

/** What a damaged checkpoint means; undefined for a sound one. `seen` are all of its pipeline, newest first. */
export function verdictOf(
  { file, looked }: Seen,
  seen: readonly Seen[],
  { dir, name }: { readonly dir: string; readonly name: string },
): Verdict | undefined {
  if (!('why' in looked)) return undefined;
  const { n, path } = file;
  const sound = seen.filter((one) => !one.file.isAside && 'summary' in one.looked).map((one) => one.file.n);
  const remove = `headrace checkpoint rm ${dir} ${name}`;
  const verdict = (means: string): Verdict => ({ n, path, why: looked.why, means });
  if (file.isAside) return verdict(`It was set aside, and no run goes on from it. \`${remove} ${n} --yes\` removes it.`);
  const newer = sound.find((one) => one > n);
  if (newer !== undefined) return verdict(`A newer one, ${newer}, is sound: the next run does not need this one.`);
  if (looked.mayBeCommitted === undefined) return verdict('The next run stops at it. Nobody can say what sinks have committed.');
  const before = sound.find((one) => one < n);
  const beneath = seen.find((one) => one.file.n === before)?.looked;
  const isStored = beneath !== undefined && 'summary' in beneath && beneath.summary.sections.some(({ codec }) => codec === STORE_NOTE);
  if (before === undefined)
    return verdict(
      `No other is sound: the next run stops with HR_CHECKPOINT_DAMAGED. Put the file back from a copy, or begin anew: \`${remove} --all --yes\`.`,
    );
  if (
    !looked.mayBeCommitted &&
    seen.every((one) => one.file.n <= before || one.file.isAside || ('why' in one.looked && one.looked.mayBeCommitted === false))
  )
    return verdict(
      `No sink has committed it: the next run goes on from ${before} by itself, and loses nothing${isStored ? ', unless the store on the disk has gone on already: then it stops with HR_STATE_STORE_APART' : ''}.`,
    );
  if (isStored)
    return verdict(
      `Sinks may have committed it, so the next run stops with HR_CHECKPOINT_DAMAGED. Put the file back from a copy. ${WITH_STORE}`,
    );
  return verdict(
    `Sinks may have committed it, so the next run stops with HR_CHECKPOINT_DAMAGED. Put the file back from a copy, or go on from ${before}, and what sinks have committed since is written again: \`headrace run … --from ${before} --accept-duplicates\`.`,
  );
}

export function verifyText(dir: string, pipelines: readonly (Listed & { readonly verdicts: readonly Verdict[] })[]): string {
  let text = '';
  for (const { name, verdicts } of pipelines) {
    for (const { n, path, why, means } of verdicts) text += `${name}, checkpoint ${n}: DAMAGED, ${why}\n  ${path}\n  ${means}\n`;
  }
  const count = pipelines.reduce((sum, { seen }) => sum + seen.length, 0);
  const damaged = pipelines.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
  if (count === 0) return `no checkpoints in ${dir}\n`;
  const sound = damaged === 0 ? (count === 1 ? 'sound' : 'all sound') : `${damaged} damaged`;
  return `${text}${count} ${count === 1 ? 'checkpoint' : 'checkpoints'} of ${pipelines.length} ${pipelines.length === 1 ? 'pipeline' : 'pipelines'}: ${sound}\n`;
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

/** Columns two spaces apart; `sides` says for each whether it stands left or right. */
function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[], sides: string): string[] {
  if (rows.length === 0) return [];
  const all = head === undefined ? rows : [head, ...rows];
  const widths = Array.from(sides, (_, at) => all.reduce((width, row) => Math.max(width, widthOf(row[at]!)), 0));
  const cell = (text: string, at: number): string => {
    const room = ' '.repeat(widths[at]! - widthOf(text));
    return sides[at] === 'r' ? room + text : text + room;
  };
  return all.map((row) => `  ${row.map(cell).join('  ')}`.trimEnd());
}
