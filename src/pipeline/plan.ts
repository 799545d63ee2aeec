import type { Codec } from '../core/codec.ts';
import type { OnError } from '../core/failure.ts';
import { type Draft, type DraftNode, lineOf, type NodeBody } from './draft.ts';
import { idsOf, kindOf, nameOf, onErrorOf } from './node-names.ts';
import { isKeyStep, keyedNodes } from './plan-node.ts';
import { oneError, problemsOf } from './plan-problems.ts';
import { checkSilenceHeard, withSourceTimes } from './plan-time.ts';
import { unreadLetters } from './unread-letters.ts';

/** A node of a finished plan. */
export interface PlanNode {
  /** The name where there is one, else the kind behind the id of the nearest named node or source above. */
  readonly id: string;
  readonly kind: string;
  readonly name: string | undefined;
  readonly inputs: readonly string[];
  /** True where records carry a key. */
  readonly isKeyed: boolean;
  /** What its state is kept by, as the operator says it: by key (one in all where records have none), or one in all. */
  readonly remembers: 'key' | 'one' | undefined;
  /** What tells this use of its operator from another. */
  readonly options: Readonly<Record<string, unknown>> | undefined;
  /** The kind of codec that writes what it keeps, or that its source reads and its sink writes with. */
  readonly codec: string | undefined;
  /** Writes the records that leave it where they must be bytes; the tagged binary form unless told. */
  readonly edgeCodec: Codec<unknown> | undefined;
  readonly onError: OnError;
  readonly line: string | undefined;
  readonly body: NodeBody;
}

/** What a pipeline becomes at its first use: nodes in an order in which every input stands before its readers. */
export interface Plan {
  readonly version: 1;
  readonly pipeline: string;
  /** Into how many groups keys fall. */
  readonly maxParallelism: number;
  readonly renamed: Readonly<Record<string, string>>;
  readonly forget: readonly string[];
  readonly nodes: readonly PlanNode[];
}

/** Freezes the draft. Every problem is listed at once, with the user's lines. */
export function planOf(draft: Draft): Plan {
  draft.isFrozen = true;
  const problems = problemsOf(draft);
  if (problems.length > 0) throw oneError(draft.name, problems);
  const ids = idsOf(draft.nodes);
  const keyed = keyedNodes(draft.nodes);
  const nodes = draft.nodes.map(
    (node): PlanNode => ({
      id: ids.get(node)!,
      kind: kindOf(node),
      name: nameOf(node),
      inputs: node.inputs.map((input) => ids.get(input)!),
      isKeyed: keyed.has(node),
      ...operatorPartsOf(node),
      codec: codecOf(node)?.kind,
      // What leaves keyBy goes to whoever owns its key, so a codec given there is meant for that way.
      edgeCodec: node.edgeCodec ?? (isKeyStep(node) ? (codecOf(node) as Codec<unknown> | undefined) : undefined),
      onError: onErrorOf(node) ?? draft.options.onError ?? 'stop',
      // A stack is made into text when somebody asks: a start that goes well has no use for it.
      get line() {
        return lineOf(node);
      },
      body: node.body,
    }),
  );
  const { maxParallelism = 128, renamed = {}, forget = [] } = draft.options;
  const plan: Plan = { version: 1, pipeline: draft.name, maxParallelism, renamed, forget, nodes };
  const whole = withSourceTimes({ ...plan, nodes: [...nodes, ...unreadLetters(plan)] });
  checkSilenceHeard(whole);
  return whole;
}

function operatorPartsOf({ body }: DraftNode): Pick<PlanNode, 'remembers' | 'options'> {
  if (body.type === 'workers') return { remembers: undefined, options: { threads: body.threads } };
  if (body.type === 'split') return { remembers: undefined, options: { labels: body.labels } };
  if (body.type !== 'step' && body.type !== 'station') return { remembers: undefined, options: undefined };
  return { remembers: body.operator.remembers, options: body.operator.options };
}

function codecOf({ body }: DraftNode): { readonly kind: string } | undefined {
  switch (body.type) {
    case 'source':
      return body.source.codec;
    case 'sink':
      return body.sink.codec;
    case 'step':
    case 'station':
      return body.operator.codec;
    default:
      return undefined;
  }
}
