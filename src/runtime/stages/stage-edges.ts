import { InternedKeys } from '../../base/key-table.ts';
import type { KeyTable } from '../../core/chunk.ts';
import type { Codec } from '../../core/codec.ts';
import type { Plan } from '../../pipeline/plan.ts';
import type { EdgeFormats } from '../remote/chunk-wire.ts';

/** How records travel on the edges of a plan's stages: both ends of a line know it from the plan. */
export function edgesOf(plan: Plan, keysOf: (edge: string) => KeyTable | undefined): EdgeFormats {
  const codecs = new Map<string, Codec<unknown> | undefined>(plan.nodes.map((node) => [node.id, node.edgeCodec]));
  return { codecOf: (edge) => codecs.get(edge), keysOf };
}

/** One table a keyed edge, made when the first chunk comes on it. */
export function tablesOf(plan: Plan): (edge: string) => KeyTable | undefined {
  const keyed = new Set(plan.nodes.filter((node) => node.isKeyed).map((node) => node.id));
  const tables = new Map<string, KeyTable>();
  return (edge) => {
    if (!keyed.has(edge)) return undefined;
    let table = tables.get(edge);
    if (table === undefined) tables.set(edge, (table = new InternedKeys({ where: edge, maxParallelism: plan.maxParallelism })));
    return table;
  };
}
