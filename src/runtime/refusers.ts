import type { Plan, PlanNode } from '../pipeline/plan.ts';
import { readsLetters } from '../pipeline/unread-letters.ts';
import { Counters } from './counters.ts';
import { Part, type Refuser } from './flow-host.ts';
import { downstreamOfLetters } from './wiring.ts';

/** Counters for all nodes of a plan. */
export function countersOf({ nodes }: { readonly nodes: readonly PlanNode[] }): ReadonlyMap<string, Counters> {
  return new Map(nodes.map(({ id, kind }) => [id, new Counters(id, kind)]));
}

/** Who refuses a record in the name of each node; nodes that are fused share a part. */
export function refusersOf(plan: Plan, counters: ReadonlyMap<string, Counters> = new Map()): (node: PlanNode, part?: Part) => Refuser {
  const after = downstreamOfLetters(plan);
  const hasReader = readsLetters(plan);
  return (node, part = new Part(node.id, after.has(node.id))) => {
    const { id, kind, onError } = node;
    return {
      id,
      kind,
      onError,
      get line() {
        return node.line;
      },
      counters: counters.get(id) ?? new Counters(id, kind),
      part,
      hasReader,
    };
  };
}
