import { HeadraceError } from '../core/error.ts';
import { needsOneCopy, SAYS_TIME } from './plan-node.ts';
import { oneError } from './plan-problems.ts';
import type { Plan, PlanNode } from './plan.ts';
import { type StageCut, type StageEdge, stagesOf } from './stage-cut.ts';

export type Guarantee = 'exactly once' | 'exactly once by record id' | 'at least once' | 'at most once';

export interface SinkFact {
  readonly sink: string;
  /** For runs with a `dir`, which keep checkpoints. */
  readonly withCheckpoints: Guarantee;
  readonly because: string;
  /** For runs without, which begin anew after a failure. */
  readonly without: Guarantee;
}

/** What each sink gets when a run is killed and started again. */
export function guaranteesOf(plan: Plan): readonly SinkFact[] {
  const above = sourcesAbove(plan);
  return plan.nodes.flatMap((node): readonly SinkFact[] => {
    if (node.body.type !== 'sink') return [];
    const sources = [...(above.get(node.id) ?? [])];
    const lossy = sources.find(({ body }) => body.type === 'source' && body.source.replay === false);
    // Without checkpoints a source that cannot be read again has lost what was in flight; all others begin again.
    const without: Guarantee = lossy === undefined ? 'at least once' : 'at most once';
    if (lossy !== undefined)
      return [{ sink: node.id, withCheckpoints: 'at most once', because: `${lossy.id} cannot be read again`, without }];
    return [{ sink: node.id, ...ofDelivery(node.body.sink.delivery), without }];
  });
}

function ofDelivery(delivery: 'twoPhase' | 'arbiter' | 'byId' | 'none'): Pick<SinkFact, 'withCheckpoints' | 'because'> {
  switch (delivery) {
    case 'twoPhase':
      return { withCheckpoints: 'exactly once', because: 'the sink commits with the checkpoint' };
    case 'arbiter':
      return { withCheckpoints: 'exactly once', because: 'the sink keeps the number of the checkpoint in its own transaction' };
    case 'byId':
      return { withCheckpoints: 'exactly once by record id', because: 'the sink drops records it has seen by their ids' };
    default:
      return {
        withCheckpoints: 'at least once',
        because: 'the sink keeps nothing of a checkpoint: what came after the last one comes again',
      };
  }
}

/** Sources whose records, or dead letters, can come to a node. */
function sourcesAbove(plan: Plan): ReadonlyMap<string, ReadonlySet<PlanNode>> {
  const sources = plan.nodes.filter(({ body }) => body.type === 'source');
  const above = new Map<string, Set<PlanNode>>();
  for (const node of plan.nodes) {
    // Any operator may have sent a dead letter, so anything may stand above.
    const own = node.body.type === 'source' ? [node] : node.body.type === 'letters' ? sources : [];
    above.set(node.id, new Set([...own, ...node.inputs.flatMap((input) => [...(above.get(input) ?? [])])]));
  }
  return above;
}

export interface Gather {
  /** The records that come together. */
  readonly from: string;
  /** The operator that is the reason. */
  readonly because: string;
  readonly stage: string;
}

/** Where parallelism ends, and which operator is the reason. */
export function gathersOf(plan: Plan, cut: StageCut = stagesOf(plan)): readonly Gather[] {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  return cut.edges.flatMap(({ from, to, kind }): readonly Gather[] => {
    if (kind !== 'gather' || !('stage' in to) || nodes.get(from)!.body.type === 'letters') return [];
    const stage = cut.stages.find(({ id }) => id === to.stage)!;
    const readers = stage.nodes.filter(({ inputs }) => inputs.includes(from));
    const reason = readers.find((node) => needsOneCopy(node, nodes.get(from)!.isKeyed, 'any')) ?? readers[0]!;
    return [{ from, because: reason.id, stage: to.stage }];
  });
}

/** Edges to and from threads whose values have no codec of their own: they are cloned, which costs more than bytes. */
export function clonedEdges(plan: Plan, cut: StageCut = stagesOf(plan)): readonly StageEdge[] {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const onThreads = new Set(cut.stages.filter(({ threads }) => threads !== undefined).map(({ id }) => id));
  const places = new Map(cut.stages.flatMap(({ id, nodes: inside }) => inside.map((node) => [node.id, id] as const)));
  return cut.edges.filter(({ from, to }) => {
    const crosses = ('stage' in to && onThreads.has(to.stage)) || onThreads.has(places.get(from) ?? '');
    const { body, edgeCodec } = nodes.get(from)!;
    // A source with a codec sends its bytes, and the threads decode them.
    const sendsBytes = body.type === 'source' && body.source.codec !== undefined;
    return crosses && edgeCodec === undefined && !sendsBytes;
  });
}

/** Refuses unnamed operators that remember: a checkpoint keeps their state by name. */
export function checkNames(plan: Plan): void {
  const unnamed = plan.nodes.filter(
    ({ body, kind, remembers, name }) =>
      (body.type === 'step' || body.type === 'station') && remembers !== undefined && name === undefined && !SAYS_TIME.has(kind),
  );
  const problems = unnamed.map(
    ({ kind, line }) =>
      new HeadraceError({
        code: 'HR_NAME_MISSING',
        what: `${kind} remembers something and has no name to keep it under`,
        where: `pipeline '${plan.pipeline}', ${kind} at ${line ?? 'an unknown line'}`,
        todo: `Give it one, as ${kind}(…, { name: 'first-${kind}' }); only runs without checkpoints do without.`,
      }),
  );
  if (problems.length > 0) throw oneError(plan.pipeline, problems);
}
