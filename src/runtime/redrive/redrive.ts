import { HeadraceError } from '../../core/error.ts';
import type { DeadLetter } from '../../core/letter.ts';
import type { StationOperator } from '../../core/station.ts';
import type { World } from '../../core/world.ts';
import { KeptTopics } from '../../connectors/topics/kept-topics.ts';
import type { Topic } from '../../connectors/topics/topic.ts';
import type { Plan, PlanNode } from '../../pipeline/plan.ts';
import { deadLetterTopic, edgeCodecs } from '../../pipeline/unread-letters.ts';
import type { Recovery } from '../recovery.ts';
import { entrance } from './entrance.ts';
import { letterSource, operatorsOf } from './letter-source.ts';
import { REDRIVE, redriveTo } from './names.ts';

/**
 * The plan of a run that sends dead letters in again: the plan as it is, with its sources standing still, and the
 * letters entering in front of the operators that refused them. How far the letters have come is a position like any
 * other, so it is in the checkpoint with what they did: each is sent in once, whatever happens meanwhile.
 */
export async function redriving(plan: Plan, world: World, dir: string, recovery: Recovery): Promise<Plan> {
  const letters = deadLetterTopic(plan.pipeline, edgeCodecs(plan));
  const topics = new KeptTopics(world, dir);
  const context = { world, topics, signal: new AbortController().signal };
  const kept = recovery.positions(REDRIVE)[0]?.resume;
  const { first, end } = await topics.bounds(letters.spec, 0);
  const from = Math.max(first, typeof kept === 'number' ? kept : 0);
  const operators = await operatorsOf(letters, { from, end }, context);
  return withEntrances(plan, letters, { from, end, operators });
}

interface Span {
  readonly from: number;
  readonly end: number;
  readonly operators: ReadonlySet<string>;
}

function withEntrances(plan: Plan, letters: Topic<DeadLetter>, { from, end, operators }: Span): Plan {
  const unknown = [...operators].filter((operator) => !plan.nodes.some(({ id }) => id === operator));
  if (unknown.length > 0) throw unknownOperators(plan, unknown);
  const source = letterSource(letters, from, end);
  const nodes: PlanNode[] = [nodeOf(REDRIVE, { type: 'source', source, name: REDRIVE }, [])];
  const renamed = new Map<string, string>();
  for (const node of plan.nodes) {
    const inputs = node.inputs.map((input) => renamed.get(input) ?? input);
    if (!operators.has(node.id)) {
      nodes.push({ ...node, inputs });
      continue;
    }
    const { body } = node;
    const isSource = body.type === 'source';
    const isKeyed = !isSource && plan.nodes.find(({ id }) => id === node.inputs[0])?.isKeyed === true;
    const codec = isSource ? body.source.codec : undefined;
    const operator = entrance({ operator: node.id, isSource, codec, isKeyed, maxParallelism: plan.maxParallelism }) as StationOperator;
    const entering: PlanNode = {
      ...nodeOf(redriveTo(node.id), { type: 'station', operator }, [REDRIVE]),
      isKeyed,
      onError: node.onError,
      line: node.line,
    };
    const merged = `${entering.id}/merge`;
    const merge = (input: string): PlanNode => ({ ...nodeOf(merged, { type: 'merge' }, [input, entering.id]), isKeyed });
    if (isSource) {
      nodes.push(node, entering, merge(node.id));
      renamed.set(node.id, merged);
    } else {
      nodes.push(entering, merge(inputs[0]!), { ...node, inputs: [merged] });
    }
  }
  return { ...plan, nodes };
}

function nodeOf(id: string, body: PlanNode['body'], inputs: readonly string[]): PlanNode {
  const kind = body.type === 'station' ? body.operator.kind : body.type;
  return {
    id,
    kind,
    name: undefined,
    inputs,
    isKeyed: false,
    remembers: undefined,
    options: undefined,
    codec: undefined,
    edgeCodec: undefined,
    onError: 'stop',
    line: undefined,
    body,
  };
}

function unknownOperators({ pipeline }: Plan, operators: readonly string[]): HeadraceError {
  return new HeadraceError({
    code: 'HR_REDRIVE_UNKNOWN',
    what: `there are dead letters of ${operators.map((operator) => `'${operator}'`).join(', ')}, and the pipeline has no operator of that name`,
    where: `pipeline '${pipeline}'`,
    todo: 'Letters enter where they were refused: run the version that refused them, or give the operator its old name again.',
  });
}
