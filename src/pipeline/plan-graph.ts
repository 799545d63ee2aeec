import { describe } from './plan-tree.ts';
import type { Plan } from './plan.ts';
import { type StageCut, stagesOf } from './stage-cut.ts';

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** The kind of exchange; absent inside a stage. */
  readonly label: string | undefined;
}

/** The plan for Graphviz: a box around each stage. */
export function planDot(plan: Plan): string {
  const cut = stagesOf(plan);
  const shape = (type: string): string => (type === 'source' || type === 'sink' || type === 'letters' ? 'ellipse' : 'box');
  const nodeOf = new Map(
    plan.nodes.map((node) => [node.id, `${dot(node.id)} [shape=${shape(node.body.type)}, label=${dot(`${node.id}\n${describe(node)}`)}];`]),
  );
  const stages = cut.stages.flatMap(({ id, spread, nodes }, i) => [
    `  subgraph ${dot(`cluster_${i}`)} {`,
    `    label=${dot(`stage ${id} (${spread})`)};`,
    ...nodes.map((node) => `    ${nodeOf.get(node.id)}`),
    '  }',
  ]);
  const inside = new Set(cut.stages.flatMap(({ nodes }) => nodes.map((node) => node.id)));
  const outside = plan.nodes.filter(({ id }) => !inside.has(id)).map(({ id }) => `  ${nodeOf.get(id)}`);
  const arrows = arrowsOf(plan, cut).map(
    ({ from, to, label }) => `  ${dot(from)} -> ${dot(to)}${label === undefined ? '' : ` [label=${dot(label)}]`};`,
  );
  return `${[`digraph ${dot(plan.pipeline)} {`, '  rankdir=LR;', ...stages, ...outside, ...arrows, '}'].join('\n')}\n`;
}

/** The plan as a Mermaid flowchart, which GitHub draws in Markdown. */
export function planMermaid(plan: Plan): string {
  const cut = stagesOf(plan);
  // Mermaid has words that may not be ids, and no way to quote one, so nodes are numbered.
  const idOf = new Map(plan.nodes.map(({ id }, i) => [id, `n${i}`]));
  const boxOf = new Map(
    plan.nodes.map((node) => {
      const label = mermaid(`${node.id}\n${describe(node)}`);
      const isEnd = node.body.type === 'source' || node.body.type === 'sink' || node.body.type === 'letters';
      return [node.id, `${idOf.get(node.id)}${isEnd ? `([${label}])` : `[${label}]`}`];
    }),
  );
  const stages = cut.stages.flatMap(({ id, spread, nodes }, i) => [
    `  subgraph s${i}[${mermaid(`stage ${id} (${spread})`)}]`,
    ...nodes.map((node) => `    ${boxOf.get(node.id)}`),
    '  end',
  ]);
  const inside = new Set(cut.stages.flatMap(({ nodes }) => nodes.map((node) => node.id)));
  const outside = plan.nodes.filter(({ id }) => !inside.has(id)).map(({ id }) => `  ${boxOf.get(id)}`);
  const arrows = arrowsOf(plan, cut).map(
    ({ from, to, label }) => `  ${idOf.get(from)} -->${label === undefined ? '' : `|${mermaid(label)}|`} ${idOf.get(to)}`,
  );
  return `${['flowchart LR', ...stages, ...outside, ...arrows].join('\n')}\n`;
}

function arrowsOf(plan: Plan, { stages, edges }: StageCut): readonly Arrow[] {
  const stageOf = new Map(stages.flatMap(({ id, nodes }) => nodes.map((node) => [node.id, id] as const)));
  const kinds = new Map(edges.flatMap(({ from, to, kind }) => ('stage' in to ? [[`${from} ${to.stage}`, kind] as const] : [])));
  return plan.nodes.flatMap(({ id, inputs }) =>
    inputs.map((from): Arrow => {
      const kind = kinds.get(`${from} ${stageOf.get(id) ?? ''}`);
      const isInside = stageOf.get(from) !== undefined && stageOf.get(from) === stageOf.get(id);
      return { from, to: id, label: isInside || kind === 'forward' ? undefined : kind };
    }),
  );
}

function dot(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Inside quotes Mermaid knows HTML and its own numeric entities, so whatever could be one is written as an entity. */
function mermaid(text: string): string {
  const written = text.replace(/["#&<>]/g, (character) => `#${character.charCodeAt(0)};`);
  return `"${written.replaceAll('\n', '<br/>')}"`;
}
