import { HeadraceError } from '../core/error.ts';
import { sourceTime } from '../operators/event-time.ts';
import type { Plan, PlanNode } from './plan.ts';
import { SAYS_TIME } from './plan-node.ts';
import { oneError } from './plan-problems.ts';
import { type StagePart, stagesOf } from './stage-cut.ts';

/** The nodes that are the first to say the time of what comes out of a node. */
export function firstToSayTime(plan: Plan, from: string): readonly PlanNode[] {
  const readers = Map.groupBy(
    plan.nodes.flatMap((node) => node.inputs.map((input) => ({ input, node }))),
    ({ input }) => input,
  );
  const found = new Set<PlanNode>();
  const seen = new Set<string>();
  const waiting = [from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const { node } of readers.get(at) ?? []) {
      if (SAYS_TIME.has(node.kind)) found.add(node);
      else if (!seen.has(node.id)) {
        seen.add(node.id);
        waiting.push(node.id);
      }
    }
  }
  return [...found];
}

/** A length of time among the options of a node. */
export function msOf(node: PlanNode, option: 'idleAfter' | 'alignWithin'): number | undefined {
  return node.options?.[option] as number | undefined;
}

/**
 * The plan with everybody who works by event time served: what a source itself says of time counts where nobody says
 * more, and is said by a node that nobody wrote. Only where somebody needs it, since it breaks a loop in two.
 */
export function withSourceTimes(plan: Plan): Plan {
  const needing = needingTime(plan);
  if (needing.size === 0) return plan;
  checkTimes(plan, needing);
  const implied = new Map<string, PlanNode>();
  for (const source of plan.nodes) {
    if (source.body.type !== 'source' || !plan.nodes.some(({ id, inputs }) => needing.has(id) && inputs.includes(source.id))) continue;
    implied.set(source.id, impliedBehind(source));
  }
  const nodes = plan.nodes.flatMap((node): readonly PlanNode[] => {
    const inputs = needing.has(node.id) ? node.inputs.map((input) => implied.get(input)?.id ?? input) : node.inputs;
    const behind = implied.get(node.id);
    return [{ ...node, inputs }, ...(behind === undefined ? [] : [behind])];
  });
  return { ...plan, nodes };
}

/** Refuses an `idleAfter` that would never hear of silence: news of partitions do not go through copies by key. */
export function checkSilenceHeard(plan: Plan): void {
  const wanting = plan.nodes.filter((node) => node.kind === 'eventTime' && msOf(node, 'idleAfter') !== undefined);
  if (wanting.length === 0) return;
  const { stages, edges } = stagesOf(plan);
  const above = (stage: StagePart): readonly StagePart[] => {
    const senders = edges.flatMap(({ from, to }) =>
      'stage' in to && to.stage === stage.id ? stages.filter(({ outputs }) => outputs.includes(from)) : [],
    );
    return [stage, ...senders.flatMap(above)];
  };
  const problems = wanting.flatMap((node): readonly HeadraceError[] => {
    const home = stages.find(({ nodes }) => nodes.some(({ id }) => id === node.id))!;
    if (!above(home).some(({ spread }) => spread === 'key' || spread === 'any')) return [];
    return [
      new HeadraceError({
        code: 'HR_IDLE_UNHEARD',
        what: 'idleAfter would never hear that a partition is silent, since its records go through copies by key first',
        where: `pipeline '${plan.pipeline}', ${node.name ?? node.kind} at ${node.line ?? 'an unknown line'}`,
        todo: 'Write .eventTime(…) before keyBy, best right behind the source.',
      }),
    ];
  });
  if (problems.length > 0) throw oneError(plan.pipeline, problems);
}

/** Nodes that want times and watermarks with what comes to them: for themselves, or for somebody further down. */
function needingTime(plan: Plan): ReadonlySet<string> {
  const needing = new Set<string>();
  for (const node of plan.nodes.toReversed()) {
    const { body, id } = node;
    if (SAYS_TIME.has(node.kind)) continue;
    const isForItself = body.type === 'station' && body.operator.needsTime === true;
    if (isForItself || plan.nodes.some((reader) => needing.has(reader.id) && reader.inputs.includes(id))) needing.add(id);
  }
  return needing;
}

function checkTimes(plan: Plan, needing: ReadonlySet<string>): void {
  const problems = plan.nodes.flatMap((node): readonly HeadraceError[] => {
    const { body, id } = node;
    const isTimeless = body.type === 'letters' || (body.type === 'source' && body.source.timed !== true);
    if (!isTimeless || !needing.has(id)) return [];
    const who = firstInNeed(plan, needing, id);
    return [
      new HeadraceError({
        code: 'HR_TIME_MISSING',
        what: `${who.name ?? who.kind} works by event time, and the records of ${id} have none`,
        where: `pipeline '${plan.pipeline}', ${who.name ?? who.kind} at ${who.line ?? 'an unknown line'}`,
        todo: 'Say when they happened, right behind the source: .eventTime((value) => value.at); or .processingTime(), if the time at which they are read is meant.',
      }),
    ];
  });
  if (problems.length > 0) throw oneError(plan.pipeline, problems);
}

/** The nearest below that works by event time. */
function firstInNeed(plan: Plan, needing: ReadonlySet<string>, from: string): PlanNode {
  const waiting = [from];
  for (const at of waiting) {
    for (const node of plan.nodes) {
      if (!needing.has(node.id) || !node.inputs.includes(at)) continue;
      if (node.body.type === 'station' && node.body.operator.needsTime === true) return node;
      waiting.push(node.id);
    }
  }
  return plan.nodes.find(({ id }) => id === from)!;
}

function impliedBehind(source: PlanNode): PlanNode {
  const operator = sourceTime();
  return {
    id: `${source.id}/${operator.kind}`,
    kind: operator.kind,
    name: undefined,
    inputs: [source.id],
    isKeyed: false,
    remembers: undefined,
    options: undefined,
    codec: undefined,
    edgeCodec: source.edgeCodec,
    onError: source.onError,
    line: source.line,
    body: { type: 'station', operator },
  };
}
