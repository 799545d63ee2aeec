import { type Cause, causesOf } from './plan-causes.ts';
import { clonedEdges, gathersOf, guaranteesOf } from './plan-facts.ts';
import { planTree } from './plan-tree.ts';
import type { Plan } from './plan.ts';
import type { PieceOfState } from './plan-diff.ts';
import { type StageCut, type StagePart, stagesOf } from './stage-cut.ts';

type Row = readonly [who: string, what: string];

/** The whole plan for people: the graph, then what is to be known before it runs. */
export function planText(plan: Plan): string {
  const cut = stagesOf(plan);
  const guarantees = guaranteesOf(plan).map(({ sink, withCheckpoints, because, without }): Row => {
    const other = without === withCheckpoints ? '' : `; ${without} without checkpoints`;
    return [sink, `${withCheckpoints}: ${because}${other}`];
  });
  const gathers = gathersOf(plan, cut).map(({ because, from }): Row => [because, `needs all records of ${from} in one place`]);
  const one = causesOf(plan, { copies: 'one' });
  const many = causesOf(plan, { copies: 'many' }).filter(
    ({ node, cause }) => !one.some((known) => known.node === node && known.cause === cause),
  );
  const cloned = clonedEdges(plan, cut).map(({ from, to }): Row => [from, `to ${'stage' in to ? to.stage : to.sink}`]);
  return [
    `pipeline ${plan.pipeline}: ${counted(plan.nodes.length, 'node')}, ${counted(cut.stages.length, 'stage')}, ${plan.maxParallelism} key groups\n`,
    `${planTree(plan, cut)}\n`,
    section('Sinks, when a run is killed and started again', guarantees),
    section('Parallelism ends', gathers),
    one.length === 0
      ? 'Deterministic: two runs over the same records give the same, as long as each source has one partition and each stage one copy.\n'
      : section('Two runs over the same records may differ', one.map(rowOf)),
    section('With several partitions or copies also', many.map(rowOf)),
    section('Cloned to and from threads, which costs more than bytes: give these streams a codec with .as(codec)', cloned),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const SPREADS: Readonly<Record<StagePart['spread'], string>> = {
  source: 'copies by partition of the source',
  key: 'copies by key group',
  any: 'any copy takes any record',
  one: 'one copy',
  workers: 'units of records on threads',
};

/** The stages and the edges between them. */
export function stagesText(plan: Plan, { stages, edges }: StageCut = stagesOf(plan)): string {
  const parts = stages.map(({ id, spread, threads, nodes, inputs, outputs }) => {
    const copies = threads === undefined ? SPREADS[spread] : `${SPREADS[spread]}, ${counted(threads, 'thread')}`;
    const rows: Row[] = [
      ['nodes', nodes.map((node) => node.id).join(', ')],
      ['in', inputs.join(', ')],
      ['out', outputs.length === 0 ? 'nothing' : outputs.join(', ')],
    ];
    return section(`stage ${id}: ${copies}`, rows);
  });
  const rows = edges.map(({ from, to, kind, isKeyed }): Row => {
    const target = 'stage' in to ? `stage ${to.stage}` : `sink ${to.sink}`;
    return [from, `${kind} to ${target}${isKeyed ? ', with keys' : ''}`];
  });
  return [...parts, section('edges', rows)].join('\n');
}

/** What becomes of each piece of state. */
export function stateText(pieces: readonly PieceOfState[]): string {
  if (pieces.length === 0) return 'State: neither plan keeps any.\n';
  const rows = pieces.map(({ piece, from, to, became, fields, change, versions }): Row => {
    const way = versions === undefined ? '' : ` from version ${versions.from} to ${versions.to}`;
    const moved = became === 'moved' || (versions !== undefined && from !== to) ? `${way} to ${to}` : way;
    const added = fields === undefined || fields.added.length === 0 ? '' : `, new in open windows: ${fields.added.join(', ')}`;
    const removed = fields === undefined || fields.removed.length === 0 ? '' : `, dropped: ${fields.removed.join(', ')}`;
    return [from ?? to ?? '', `${piece} ${became}${moved}${added}${removed}${change === undefined ? '' : `: ${change}`}`];
  });
  return section('State', rows);
}

function rowOf({ node, cause }: Cause): Row {
  return [node, cause];
}

function section(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const width = Math.min(40, Math.max(...rows.map(([who]) => who.length)));
  return `${title}\n${rows.map(([who, what]) => `  ${who.padEnd(width)}  ${what}\n`).join('')}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
