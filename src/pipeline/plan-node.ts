import type { PlanNode } from './plan.ts';

/** How the copies of a stage divide the work: by partition of the source, by key group, as it comes, not at all, or by unit on threads. */
export type Spread = 'source' | 'key' | 'any' | 'one' | 'workers';

/** Steps that count or choose among all records there are, so that each copy doing it for itself would give another answer. */
const LIMITS: ReadonlySet<string> = new Set(['rateLimit', 'take', 'skip', 'distinct']);

/** What says how far time has come, and keeps that by partition of the source. */
export const SAYS_TIME: ReadonlySet<string> = new Set(['eventTime', 'sourceTime', 'processingTime']);

/** Does this node give records their key? */
export function isKeyStep({ body }: Pick<PlanNode, 'body'>): boolean {
  return body.type === 'step' && body.operator.inline?.shape === 'key';
}

/**
 * Is this an operator that is right only where all records pass one copy? That is what remembers without a key, and
 * what limits. Event time is kept by partition of the source, so it also is right where partitions stay together.
 */
export function needsOneCopy({ body }: Pick<PlanNode, 'body'>, isInputKeyed: boolean, spread: Spread): boolean {
  if (body.type !== 'step' && body.type !== 'station') return false;
  const { kind, remembers } = body.operator;
  if (SAYS_TIME.has(kind)) return spread !== 'source';
  return LIMITS.has(kind) || remembers === 'one' || (remembers === 'key' && !isInputKeyed);
}

interface Keyable<N> extends Pick<PlanNode, 'body'> {
  readonly inputs: readonly N[];
}

/** The nodes behind which records carry a key; of a merge only where all of its streams do. */
export function keyedNodes<N extends Keyable<N>>(nodes: readonly N[]): ReadonlySet<N> {
  const keyed = new Set<N>();
  for (const node of nodes) {
    const { body, inputs } = node;
    const losesKey = body.type === 'station' && body.operator.losesKey === true;
    if (isKeyStep(node) || (!losesKey && inputs.length > 0 && inputs.every((input) => keyed.has(input)))) keyed.add(node);
  }
  return keyed;
}
