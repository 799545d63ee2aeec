import type { PlanNode } from './plan.ts';
import { SAYS_TIME } from './plan-node.ts';

/** What a checkpoint may have of a node: where a source reads on, what a sink commits, what an operator remembers, records without an answer. */
export type KeptPiece = 'positions' | 'tokens' | 'state' | 'pending';

/** Stations whose records without an answer go into a checkpoint; the others are drained, or hold them in their state. */
const HOLDS_PENDING: ReadonlySet<string> = new Set(['mapAsync', 'mapBatch', 'enrich', 'buffer', 'rateLimit']);

/** The pieces of state a checkpoint has of a node, named or not. */
export function keptBy({ body, kind, remembers }: Pick<PlanNode, 'body' | 'kind' | 'remembers'>): readonly KeptPiece[] {
  switch (body.type) {
    case 'source':
      return body.source.replay === false ? [] : ['positions'];
    case 'sink':
      return body.sink.delivery === 'twoPhase' || body.sink.delivery === 'arbiter' ? ['tokens'] : [];
    case 'step':
      return remembers === undefined ? [] : ['state'];
    case 'station':
      if (remembers !== undefined || SAYS_TIME.has(kind)) return ['state'];
      return HOLDS_PENDING.has(kind) ? ['pending'] : [];
    default:
      return [];
  }
}
