import type { Plan, PlanNode } from './plan.ts';
import { type ExchangeKind, type StageCut, stagesOf } from './stage-cut.ts';

/** What is said on the line of an exchange. */
const EXCHANGES: Readonly<Record<Exclude<ExchangeKind, 'forward'>, string>> = {
  key: 'by key',
  gather: 'gather: all records to one place',
  rebalance: 'rebalance: spread anew',
  workers: 'to threads',
  rejoin: 'from threads, in order again',
};

/** A line of the drawing: the graph on the left, what is said about it on the right. */
type Line = readonly [left: string, right: string];

/**
 * The plan from its sources down, a node a line. A stream with several readers branches; what reads several streams
 * stands where the last of them comes to it, and the others point to it.
 */
export function planTree(plan: Plan, cut: StageCut = stagesOf(plan)): string {
  const lines: Line[] = [];
  const branch = new Branches(plan, cut, lines);
  for (const node of plan.nodes) {
    if (node.inputs.length > 0) continue;
    if (lines.length > 0) lines.push(['', '']);
    branch.draw(node, '', '');
  }
  const width = Math.min(60, Math.max(...lines.map(([left, right]) => (right === '' ? 0 : left.length))));
  return lines.map(([left, right]) => `${right === '' ? left : left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
}

class Branches {
  readonly #plan: Plan;
  readonly #lines: Line[];
  readonly #kinds: ReadonlyMap<string, ExchangeKind>;
  readonly #stageOf: ReadonlyMap<string, string>;
  readonly #arrived = new Map<PlanNode, number>();

  constructor(plan: Plan, { stages, edges }: StageCut, lines: Line[]) {
    this.#plan = plan;
    this.#lines = lines;
    this.#stageOf = new Map(stages.flatMap(({ id, nodes }) => nodes.map((node) => [node.id, id] as const)));
    this.#kinds = new Map(edges.map(({ from, to, kind }) => [`${from} ${'stage' in to ? to.stage : to.sink}`, kind]));
  }

  /** `first` stands before the first line of it, `rest` before the others. */
  draw(node: PlanNode, first: string, rest: string): void {
    this.#lines.push([`${first}${node.id}`, describe(node)]);
    const readers = this.#plan.nodes.filter(({ inputs }) => inputs.includes(node.id));
    if (readers.length === 1) return this.#follow(node, readers[0]!, rest, rest);
    for (const [i, reader] of readers.entries()) {
      const isLast = i === readers.length - 1;
      this.#follow(node, reader, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`);
    }
  }

  #follow(from: PlanNode, reader: PlanNode, first: string, rest: string): void {
    const kind = this.#kinds.get(`${from.id} ${this.#stageOf.get(reader.id) ?? reader.id}`) ?? 'forward';
    if (kind !== 'forward') this.#lines.push([`${first}══ ${EXCHANGES[kind]} ══`, '']);
    const start = kind === 'forward' ? first : rest;
    const arrived = (this.#arrived.get(reader) ?? 0) + 1;
    this.#arrived.set(reader, arrived);
    if (arrived < new Set(reader.inputs).size) this.#lines.push([`${start}-> ${reader.id}`, '']);
    else this.draw(reader, start, rest);
  }
}

/** What kind of node it is, what it remembers, and its options that are plain. */
export function describe({ id, kind, body, remembers, isKeyed, options = {} }: PlanNode): string {
  const role = body.type === 'source' || body.type === 'sink' ? body.type : body.type === 'letters' ? 'dead letters' : '';
  const said = [role === '' ? kind : id.startsWith(kind) || kind === 'letters' ? role : `${role} (${kind})`];
  if (body.type === 'sink' && body.isImplied === true) said.push('in runs with a dir');
  if (remembers !== undefined) said.push(remembers === 'key' && isKeyed ? 'remembers by key' : 'remembers');
  for (const [option, value] of Object.entries(options))
    if (typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && option !== 'kind'))
      said.push(`${option} ${value}`);
  return said.join(', ');
}
