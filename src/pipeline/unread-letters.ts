import { letters } from '../codecs/letters.ts';
import { topic, type Topic } from '../connectors/topics/topic.ts';
import type { Codec } from '../core/codec.ts';
import { HeadraceError } from '../core/error.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Sink } from '../core/sink.ts';
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
  const from = 'dead letters/letters';
  return [
    { ...common, id: from, kind: 'letters', inputs: [], codec: undefined, body: { type: 'letters' } },
    {
      ...common,
      id: sink.id,
      kind: sink.kind,
      inputs: [from],
      codec: sink.codec.kind,
      body: { type: 'sink', sink: sink as Sink<unknown>, name: undefined, isImplied: true },
    },
  ];
}

function sends({ onError }: PlanNode): boolean {
  return onError === 'deadLetter';
}

/** Refuses a plan whose dead letters nobody reads, for runs that have nowhere to keep them. */
export function checkLettersRead({ nodes, pipeline }: Plan): void {
  if (!nodes.some(({ body }) => body.type === 'sink' && body.isImplied === true)) return;
  const sender = nodes.find(sends)!;
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
