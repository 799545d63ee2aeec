import type { OnError } from '../core/failure.ts';
import { type Draft, type DraftNode, lineOf } from './draft.ts';

type Bodied = Pick<DraftNode, 'body'>;

/** Sources and sinks that are numbered where there are several: they keep nothing that a later start would look for. */
const NUMBERED: ReadonlySet<string> = new Set(['print', 'each', 'collect', 'values']);

export function kindOf({ body }: Bodied): string {
  switch (body.type) {
    case 'source':
      return body.source.kind;
    case 'sink':
      return body.sink.kind;
    case 'branch':
      return body.label;
    case 'step':
    case 'station':
      return body.operator.kind;
    default:
      return body.type;
  }
}

/** The name the user gave, under which state is kept. */
export function nameOf({ body }: Bodied): string | undefined {
  if (body.type === 'step' || body.type === 'station') return body.operator.name;
  return body.type === 'source' || body.type === 'sink' || body.type === 'workers' ? body.name : undefined;
}

export function onErrorOf({ body }: Bodied): OnError | undefined {
  return body.type === 'step' || body.type === 'station' ? body.operator.onError : undefined;
}

/** What a source or sink is called in the plan: its name, else what its descriptor says. */
export function endNameOf({ body }: Bodied): string | undefined {
  if (body.type === 'source') return body.name ?? body.source.id;
  return body.type === 'sink' ? (body.name ?? body.sink.id) : undefined;
}

/** Does it keep positions or tokens under its name, or was it given the name? Then nobody else of its role may have it. */
export function ownsName({ body }: Bodied): boolean {
  if (body.type === 'source') return body.name !== undefined || (body.source.replay === true && !NUMBERED.has(body.source.kind));
  if (body.type !== 'sink') return false;
  const { kind, delivery } = body.sink;
  return body.name !== undefined || ((delivery === 'twoPhase' || delivery === 'arbiter') && !NUMBERED.has(kind));
}

/** `pipeline 'shop', filter at shop.ts:12:3`. */
export function placeOf(draft: Draft, node: DraftNode): string {
  return `pipeline '${draft.name}', ${nameOf(node) ?? kindOf(node)} at ${lineOf(node) ?? 'an unknown line'}`;
}

/**
 * Gives every node an id of its own. Operators have their names, whatever stands around them. Sources and sinks have
 * theirs within their role; unnamed operators are called after the nearest named one above.
 */
export function idsOf(nodes: readonly DraftNode[]): ReadonlyMap<DraftNode, string> {
  const ids = new Map<DraftNode, string>();
  const taken = new Set<string>();
  const named = nodes.filter((node) => endNameOf(node) === undefined && nameOf(node) !== undefined);
  for (const node of named) ids.set(node, numbered(taken, nameOf(node)!));
  for (const role of ['source', 'sink']) {
    const others = new Set(taken);
    const own = new Set<string>();
    for (const node of nodes) {
      if (node.body.type !== role) continue;
      const id = numbered(own, endNameOf(node)!);
      ids.set(node, numbered(taken, others.has(id) ? `${id} (${role})` : id));
    }
  }
  for (const node of nodes)
    if (!ids.has(node))
      ids.set(node, numbered(taken, `${node.body.type === 'rejoin' ? node.body.name : anchorOf(node, ids)}/${kindOf(node)}`));
  return ids;
}

/** The nearest named node or source above, or end of a part on threads, which an unnamed node is called after. */
function anchorOf(node: DraftNode, ids: ReadonlyMap<DraftNode, string>): string {
  let at = node.inputs[0];
  while (at !== undefined && !isAnchor(at)) at = at.inputs[0];
  return at === undefined ? 'dead letters' : ids.get(at)!;
}

function isAnchor(node: DraftNode): boolean {
  return nameOf(node) !== undefined || ['source', 'letters', 'rejoin'].includes(node.body.type);
}

function numbered(taken: Set<string>, id: string): string {
  let free = id;
  for (let n = 2; taken.has(free); n++) free = `${id}#${n}`;
  taken.add(free);
  return free;
}
