import { HeadraceError } from '../core/error.ts';
import type { OnError } from '../core/failure.ts';
import { type Draft, type DraftNode, lineOf, type NodeBody } from './draft.ts';

/** A node of a finished plan. */
export interface PlanNode {
  /** The name where there is one, else the kind behind the id of the nearest named node or source above. */
  readonly id: string;
  readonly kind: string;
  readonly name: string | undefined;
  readonly inputs: readonly string[];
  /** True where records carry a key. */
  readonly isKeyed: boolean;
  readonly onError: OnError;
  readonly line: string | undefined;
  readonly body: NodeBody;
}

/** What a pipeline becomes at its first use: nodes in an order in which every input stands before its readers. */
export interface Plan {
  readonly version: 1;
  readonly pipeline: string;
  readonly nodes: readonly PlanNode[];
}

/** Freezes the draft. Every problem is listed at once, with the user's lines. */
export function planOf(draft: Draft): Plan {
  draft.isFrozen = true;
  const problems = problemsOf(draft);
  if (problems.length > 0) throw oneError(draft, problems);
  const ids = new Map<DraftNode, string>();
  const taken = new Map<string, number>();
  const keyed = new Set<DraftNode>();
  const nodes = draft.nodes.map((node): PlanNode => {
    const kind = kindOf(node);
    const name = nameOf(node);
    const id = numbered(taken, name ?? descriptorOf(node) ?? `${anchorOf(node, ids)}/${kind}`);
    ids.set(node, id);
    if (isKeyed(node, keyed)) keyed.add(node);
    return {
      id,
      kind,
      name,
      inputs: node.inputs.map((input) => ids.get(input)!),
      isKeyed: keyed.has(node),
      onError: onErrorOf(node) ?? draft.options.onError ?? 'stop',
      line: lineOf(node),
      body: node.body,
    };
  });
  return { version: 1, pipeline: draft.name, nodes };
}

function problemsOf(draft: Draft): HeadraceError[] {
  const problems: HeadraceError[] = [];
  const where = (node: DraftNode) => `pipeline '${draft.name}', ${nameOf(node) ?? kindOf(node)} at ${lineOf(node) ?? 'an unknown line'}`;
  if (!draft.nodes.some((node) => node.body.type === 'source')) {
    problems.push(
      new HeadraceError({
        code: 'HR_PIPELINE_EMPTY',
        what: 'the pipeline reads nothing',
        where: `pipeline '${draft.name}'`,
        todo: 'Begin with .from(source) and end with .to(sink).',
      }),
    );
  }
  const read = new Set(draft.nodes.flatMap((node) => node.inputs));
  for (const node of draft.nodes) {
    if (node.body.type === 'sink' || read.has(node)) continue;
    // Of a split nobody needs every branch, but somebody must read one.
    if (node.body.type === 'branch') continue;
    problems.push(
      new HeadraceError({
        code: 'HR_STREAM_UNUSED',
        what: 'this stream ends nowhere',
        where: where(node),
        todo: 'Give it a sink with .to(…), or remove it.',
      }),
    );
  }
  const named = new Map<string, DraftNode>();
  for (const node of draft.nodes) {
    const name = nameOf(node);
    if (name === undefined) continue;
    const other = named.get(name);
    if (other !== undefined) {
      problems.push(
        new HeadraceError({
          code: 'HR_NAME_TAKEN',
          what: `two operators have the name '${name}' (the other at ${lineOf(other) ?? 'an unknown line'})`,
          where: where(node),
          todo: 'State is kept by name, so each needs its own.',
        }),
      );
    }
    named.set(name, node);
  }
  const lettersRead = draft.nodes.some((node) => node.body.type === 'letters' && read.has(node));
  const sender =
    draft.nodes.find((node) => onErrorOf(node) === 'deadLetter') ?? (draft.options.onError === 'deadLetter' ? draft.nodes[0] : undefined);
  if (sender !== undefined && !lettersRead) {
    problems.push(
      new HeadraceError({
        code: 'HR_DEAD_LETTERS_UNREAD',
        what: "records go to the dead letters (onError: 'deadLetter') and nobody reads them",
        where: where(sender),
        todo: 'Give deadLetters() of the pipeline a sink, or choose skip or stop.',
      }),
    );
  }
  return problems;
}

function oneError(draft: Draft, problems: readonly HeadraceError[]): HeadraceError {
  if (problems.length === 1) return problems[0]!;
  return new HeadraceError({
    code: 'HR_PLAN_INVALID',
    what: `pipeline '${draft.name}' has ${problems.length} problems`,
    todo: `Mend all of them:\n${problems.map((problem) => `  ${problem.code}: ${problem.message}`).join('\n')}`,
    cause: new AggregateError(problems, 'problems of the plan'),
  });
}

function kindOf({ body }: DraftNode): string {
  switch (body.type) {
    case 'source':
      return body.source.kind;
    case 'sink':
      return body.sink.kind;
    case 'branch':
      return body.label;
    case 'step':
    case 'station':
      return body.operator.kind;
    default:
      return body.type;
  }
}

/** Sources and sinks are called what their descriptor says. */
function descriptorOf({ body }: DraftNode): string | undefined {
  if (body.type === 'source') return body.source.id;
  return body.type === 'sink' ? body.sink.id : undefined;
}

function nameOf({ body }: DraftNode): string | undefined {
  return body.type === 'step' || body.type === 'station' ? body.operator.name : undefined;
}

function onErrorOf({ body }: DraftNode): OnError | undefined {
  return body.type === 'step' || body.type === 'station' ? body.operator.onError : undefined;
}

/** The nearest named node or source above, which an unnamed node is called after. */
function anchorOf(node: DraftNode, ids: ReadonlyMap<DraftNode, string>): string {
  let at = node.inputs[0];
  while (at !== undefined && at.body.type !== 'source' && at.body.type !== 'letters' && nameOf(at) === undefined) at = at.inputs[0];
  return at === undefined ? 'dead letters' : ids.get(at)!;
}

function isKeyed(node: DraftNode, keyed: ReadonlySet<DraftNode>): boolean {
  const { body } = node;
  if (body.type === 'step' && body.operator.inline?.shape === 'key') return true;
  if (body.type === 'station' && body.operator.losesKey === true) return false;
  if (body.type === 'source' || body.type === 'letters') return false;
  return node.inputs.length > 0 && node.inputs.every((input) => keyed.has(input));
}

function numbered(taken: Map<string, number>, id: string): string {
  const before = taken.get(id) ?? 0;
  taken.set(id, before + 1);
  return before === 0 ? id : `${id}#${before + 1}`;
}
