import { HeadraceError } from '../core/error.ts';
import type { KeptPiece } from './kept-state.ts';
import type { NodeJson, Plain, PlanJson } from './plan-json.ts';
import { oneError } from './plan-problems.ts';
import { versionProblem } from './state-version.ts';

/** What becomes of one piece of state when a plan takes the place of another. */
export interface PieceOfState {
  readonly piece: KeptPiece;
  /** The node that kept it; absent when nobody did. */
  readonly from?: string;
  /** The node that goes on with it. */
  readonly to?: string;
  /** `orphaned`, `changed` and `taken` are refused, and `migrated` where a migration is missing. */
  readonly became: 'kept' | 'moved' | 'migrated' | 'new' | 'forgotten' | 'orphaned' | 'changed' | 'taken';
  /** Of windows that are kept: fields that begin empty, and fields that are dropped. */
  readonly fields?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Of migrated ones. */
  readonly versions?: { readonly from: number; readonly to: number };
  /** Of changed ones: what is not as it was. */
  readonly change?: string;
}

/** What becomes of each piece of state of the plan before, and which pieces are new. */
export function diffPlans(before: PlanJson, after: PlanJson): readonly PieceOfState[] {
  const forgotten = new Set(after.forget);
  const givenTo = new Set<string>();
  const pieces = keptIn(before).map(({ node, piece }): PieceOfState => {
    const from = node.id;
    if (forgotten.has(from)) return { piece, from, became: 'forgotten' };
    const to = Object.hasOwn(after.renamed, from) ? after.renamed[from]! : from;
    const heir = keptIn(after).find((kept) => kept.node.id === to && kept.piece === piece)?.node;
    const other = after.nodes.find(({ id, cells }) => id === to && cells.length > 0);
    if (heir === undefined && other !== undefined && !isEnd(other) && !isEnd(node))
      return { piece, from, to, became: 'changed', change: `was ${aOr(node.kind)} and is ${aOr(other.kind)}` };
    if (heir === undefined) return { piece, from, ...(to === from ? {} : { to }), became: 'orphaned' };
    if (givenTo.has(`${piece} ${to}`)) return { piece, from, to, became: 'taken' };
    givenTo.add(`${piece} ${to}`);
    const change = changeOf(node, heir);
    if (change !== undefined) return { piece, from, to, became: 'changed', change };
    const versions = { from: node.version ?? 1, to: heir.version ?? 1 };
    if (piece === 'state' && versions.from !== versions.to) return { piece, from, to, became: 'migrated', versions };
    const fields = fieldChanges(node, heir);
    return { piece, from, to, became: to === from ? 'kept' : 'moved', ...(fields === undefined ? {} : { fields }) };
  });
  const fresh = keptIn(after).filter(({ node, piece }) => !givenTo.has(`${piece} ${node.id}`));
  return [...pieces, ...fresh.filter(({ node }) => !pieces.some(({ to }) => to === node.id)).map(asNew)];
}

/**
 * Refuses a plan that would lose state, all problems at once. `held` names the nodes of which the checkpoint has
 * something; records without an answer count only there, since a graceful stop leaves none.
 */
export function checkState(before: PlanJson, after: PlanJson, held?: ReadonlySet<string>): void {
  const lost = diffPlans(before, after).filter(({ piece, from }) => piece !== 'pending' || held === undefined || held.has(from!));
  const problems = lost.flatMap((piece) => problemOf(piece, before, after) ?? []);
  if (problems.length > 0) throw oneError(after.pipeline, problems);
}

function keptIn({ nodes }: PlanJson): readonly { readonly node: NodeJson; readonly piece: KeptPiece }[] {
  return nodes.flatMap((node) => node.cells.map((piece) => ({ node, piece })));
}

function asNew({ node, piece }: { readonly node: NodeJson; readonly piece: KeptPiece }): PieceOfState {
  return { piece, to: node.id, became: 'new' };
}

function isEnd({ type }: NodeJson): boolean {
  return type === 'source' || type === 'sink';
}

/** What makes state unreadable for its heir, or would make it mean something else. */
function changeOf(was: NodeJson, is: NodeJson): string | undefined {
  if (was.kind !== is.kind) return `was ${aOr(was.kind)} and is ${aOr(is.kind)}`;
  if (isEnd(was)) return undefined;
  if (was.remembers !== is.remembers)
    return `kept its state by ${was.remembers ?? 'partition'} and keeps it by ${is.remembers ?? 'partition'}`;
  // What remembers by key passes the key on, so what is behind it says what it is.
  if (was.remembers === 'key' && was.keyed !== is.keyed)
    return `was on a stream ${was.keyed ? 'with' : 'without'} keys and is on one ${is.keyed ? 'with' : 'without'}`;
  if (was.codec !== is.codec)
    return `was written with ${was.codec ?? 'the default codec'} and is to be read with ${is.codec ?? 'the default codec'}`;
  if (was.kind === 'process') return optionChange(['order'], was, is) ?? cellChange(was.options?.['cells'], is.options?.['cells']);
  if (was.kind !== 'window') return undefined;
  const change = optionChange(WINDOW_OPTIONS, was, is);
  if (change !== undefined) return change;
  for (const [field, kind] of Object.entries(was.fields ?? {})) {
    const now = is.fields?.[field];
    if (now !== undefined && now !== kind) return `has another aggregate in the field '${field}'`;
  }
  return undefined;
}

/** What the kept state of a window means depends on these. */
const WINDOW_OPTIONS: readonly string[] = ['kind', 'size', 'every', 'fold', 'offset', 'gap', 'unit', 'zone', 'panes', 'slices'];

function optionChange(options: readonly string[], was: NodeJson, is: NodeJson): string | undefined {
  for (const option of options) {
    const [old, now] = [was.options?.[option], is.options?.[option]];
    if (old !== now) return `had ${option} ${JSON.stringify(old)} and has ${option} ${JSON.stringify(now)}`;
  }
  return undefined;
}

/** A cell that is of another kind than it was. New ones begin empty, and what is gone is dropped. */
function cellChange(was: Plain | undefined, is: Plain | undefined): string | undefined {
  const [old, now] = [was ?? {}, is ?? {}] as unknown as Readonly<Record<string, string>>[];
  for (const [cell, kind] of Object.entries(old!))
    if (Object.hasOwn(now!, cell) && now![cell] !== kind) return `had ${aOr(kind)} '${cell}' and has ${aOr(now![cell]!)} of that name`;
  return undefined;
}

function fieldChanges(was: NodeJson, is: NodeJson): PieceOfState['fields'] {
  const [old, now] = [Object.keys(was.fields ?? {}), Object.keys(is.fields ?? {})];
  const added = now.filter((field) => !old.includes(field));
  const removed = old.filter((field) => !now.includes(field));
  return added.length + removed.length === 0 ? undefined : { added, removed };
}

function problemOf(
  { became, piece, from, to, change, versions }: PieceOfState,
  before: PlanJson,
  after: PlanJson,
): HeadraceError | undefined {
  const where = `pipeline '${after.pipeline}'`;
  const node = before.nodes.find(({ id }) => id === from);
  const name = keyText(from ?? '');
  switch (became) {
    case 'orphaned': {
      const role = node?.type === 'source' || node?.type === 'sink' ? node.type : 'operator';
      const keeps = piece === 'state' ? 'state' : piece === 'pending' ? 'records without an answer' : piece;
      const drain = piece === 'pending' ? ' Or stop the version before gracefully, which leaves none.' : '';
      const gone = to === undefined ? 'has that name' : `has the name '${to}' that it is renamed to`;
      return new HeadraceError({
        code: 'HR_STATE_ORPHANED',
        what: `the checkpoint keeps ${keeps} for '${from}' and no ${role} ${gone}`,
        where,
        todo: `Rename it with { renamed: { ${name}: '<new name>' } } or drop it with { forget: ['${from}'] }.${drain}`,
      });
    }
    case 'changed':
      return new HeadraceError({
        code: 'HR_STATE_CHANGED',
        what: `'${to}' ${change}, so it cannot go on with the state that the checkpoint keeps for '${from}'`,
        where,
        todo: `Give it a new name, and drop the old state with { forget: ['${from}'] }.`,
      });
    case 'migrated': {
      const heir = after.nodes.find(({ id }) => id === to);
      return versionProblem({ where: `'${to}'`, ...versions! }, (version) => heir?.migrates?.includes(version) === true);
    }
    case 'taken':
      return new HeadraceError({
        code: 'HR_NAME_TAKEN',
        what: `the states of two nodes, one of them '${from}', would both go to '${to}'`,
        where,
        todo: `Give each its own heir in renamed, or drop one with { forget: ['${from}'] }.`,
      });
    default:
      return undefined;
  }
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
}

function aOr(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
