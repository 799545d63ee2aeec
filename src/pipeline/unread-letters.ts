import { letters } from '../codecs/letters.ts';
import { topic, type Topic } from '../connectors/topics/topic.ts';
import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Sink } from '../core/sink.ts';
import type { PlanJson } from './plan-json.ts';
import type { Plan, PlanNode } from './plan.ts';

/** The topic of a pipeline for dead letters that nobody reads. They keep the order in which they were refused. */
export function deadLetterTopic(pipeline: string, codecOf?: (operator: string) => Codec<unknown> | undefined): Topic<DeadLetter> {
  return topic(`${pipeline}.dead`, letters(codecOf), { partitions: 1, keep: { for: '30d', bytes: '1GiB' } });
}

/** What the values that come to an operator are written with, where the user said so. */
export function edgeCodecs({ nodes }: Pick<Plan, 'nodes'>): (operator: string) => Codec<unknown> | undefined {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (operator) => {
    const [first] = byId.get(operator)?.inputs ?? [];
    return first === undefined ? undefined : byId.get(first)?.edgeCodec;
  };
}

const FROM = 'dead letters/letters';

/** The end of dead letters that some operator sends and nobody reads: nodes that the plan has although nobody wrote them. */
export function unreadLetters(plan: Plan): readonly PlanNode[] {
  const { nodes, pipeline } = plan;
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  if (nodes.some(({ body, id }) => body.type === 'letters' && read.has(id)) || !nodes.some(sends)) return [];
  const sink = deadLetterTopic(pipeline, edgeCodecs(plan));
  const common = {
    name: undefined,
    isKeyed: false,
    remembers: undefined,
    options: undefined,
    edgeCodec: undefined,
    onError: 'stop',
    line: undefined,
  } as const;
  return [
    { ...common, id: FROM, kind: 'letters', inputs: [], codec: undefined, body: { type: 'letters' } },
    {
      ...common,
      id: sink.id,
      kind: sink.kind,
      inputs: [FROM],
      codec: sink.codec.kind,
      body: { type: 'sink', sink: sink as Sink<unknown>, name: undefined, isImplied: true },
    },
  ];
}

/** Can it send dead letters: those that it refuses, or those that come too late for it? */
export function sends(node: PlanNode): boolean {
  return refuses(node) || (node.body.type === 'station' && node.body.operator.refusesLate === true);
}

function refuses({ onError }: PlanNode): boolean {
  return onError === 'deadLetter';
}

/**
 * The plan of a run that has nowhere to keep dead letters. Late ones are counted there, and that is all; what an
 * operator refuses is not given up so easily: the run does not begin.
 */
export function withoutKeptLetters(plan: Plan): Plan {
  const { nodes, pipeline } = plan;
  const implied = nodes.find(({ body }) => body.type === 'sink' && body.isImplied === true);
  if (implied === undefined) return plan;
  const sender = nodes.find(refuses);
  if (sender === undefined) return { ...plan, nodes: nodes.filter(({ id }) => id !== implied.id && id !== implied.inputs[0]) };
  throw new HeadraceError({
    code: 'HR_DEAD_LETTERS_UNREAD',
    what: "records go to the dead letters (onError: 'deadLetter') and nobody reads them",
    where: `pipeline '${pipeline}', ${sender.name ?? sender.kind} at ${sender.line ?? 'an unknown line'}`,
    todo: 'Give deadLetters() of the pipeline a sink, run it with a dir, where they are kept in a topic, or choose skip or stop.',
  });
}

/** Does somebody read dead letters, the topic of the pipeline too? */
export function readsLetters({ nodes }: Pick<Plan, 'nodes'>): boolean {
  return nodes.some(({ body }) => body.type === 'letters');
}

/**
 * The plan of a checkpoint without its topic of dead letters, where the plan that goes on from it has none any more: what
 * the checkpoint has committed to it is finished all the same, so nobody has to say that it may go.
 */
export function withoutGoneLetters(before: PlanJson, after: PlanJson): PlanJson {
  const { id } = deadLetterTopic(before.pipeline);
  if (after.nodes.some((node) => node.id === id)) return before;
  return { ...before, nodes: before.nodes.filter((node) => node.id !== id || node.inputs[0] !== FROM) };
}
