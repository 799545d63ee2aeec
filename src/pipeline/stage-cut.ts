import { assert } from '../core/error.ts';
import type { Plan, PlanNode } from './plan.ts';
import { isKeyStep, needsOneCopy, type Spread } from './plan-node.ts';

/** How records change hands: `forward` keeps them with the copy that has them, the others hand them over. */
export type ExchangeKind = 'forward' | 'key' | 'gather' | 'rebalance' | 'workers' | 'rejoin';

/** What runs between two exchanges. */
export interface StagePart {
  /** The id of its first node. */
  readonly id: string;
  /** In plan order; sources, sinks and dead letters are outside. */
  readonly nodes: readonly PlanNode[];
  readonly spread: Spread;
  /** Of what stands in `onWorkers`. */
  readonly threads?: number;
  /** The nodes outside whose records enter. */
  readonly inputs: readonly string[];
  /** The nodes inside whose records leave; besides, every stage has dead letters. */
  readonly outputs: readonly string[];
}

export interface StageEdge {
  /** A source, a node of a stage, or the dead letters. */
  readonly from: string;
  readonly to: { readonly stage: string } | { readonly sink: string };
  readonly kind: ExchangeKind;
  /** True where the records on it carry a key. */
  readonly isKeyed: boolean;
}

export interface StageCut {
  readonly stages: readonly StagePart[];
  readonly edges: readonly StageEdge[];
}

/**
 * Cuts a plan into stages, at `keyBy`, before what can only be done in one place, at merges of streams that are
 * divided in different ways, and on both sides of `onWorkers`. Between stages there are never cycles.
 */
export function stagesOf(plan: Plan): StageCut {
  const cutting = new Cutting(plan);
  for (const node of plan.nodes) cutting.place(node);
  return cutting.cut();
}

/** A stage in the making. United with another one, it points to that. */
interface Group {
  readonly spread: Spread;
  readonly threads?: number | undefined;
  /** How the records of each node outside come in. */
  readonly entries: Map<string, ExchangeKind>;
  into?: Group;
}

class Cutting {
  readonly #plan: Plan;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  /** Where the records of a node are when they leave it; of sources and dead letters nobody. */
  readonly #places = new Map<string, Group>();
  /** Stages that the readers of one node share: behind a source, behind `keyBy`, behind a gather. */
  readonly #shared = new Map<string, Group>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  }

  place(node: PlanNode): void {
    const { type } = node.body;
    if (type === 'source' || type === 'letters' || type === 'sink') return;
    this.#places.set(node.id, this.#groupFor(node));
  }

  #groupFor(node: PlanNode): Group {
    const { body, inputs } = node;
    const input = this.#nodes.get(inputs[0]!)!;
    switch (body.type) {
      case 'merge':
        return this.#mergeFor(node);
      case 'workers':
        // A key stays with one thread; without keys any thread may take any unit, and the units are put in order behind.
        return group(input.isKeyed ? 'key' : 'workers', [[input.id, input.isKeyed ? 'key' : 'workers']], body.threads);
      case 'rejoin':
        return group(input.isKeyed ? 'key' : 'one', [[input.id, input.isKeyed ? 'forward' : 'rejoin']]);
      default: {
        const before = this.#behind(input);
        if (!needsOneCopy(node, input.isKeyed, before.spread) || before.spread === 'one') return before;
        return this.#sharedBy(`${input.id} gather`, () => group('one', [[input.id, 'gather']]));
      }
    }
  }

  /** The stage in which a reader of this node would be by itself. */
  #behind(input: PlanNode): Group {
    const { id, body } = input;
    if (body.type === 'source') return this.#sharedBy(id, () => group('source', [[id, 'forward']]));
    if (body.type === 'letters') return this.#sharedBy(id, () => group('one', [[id, 'gather']]));
    if (isKeyStep(input)) return this.#sharedBy(id, () => group('key', [[id, 'key']]));
    return root(this.#places.get(id)!);
  }

  /** Streams that are divided alike go on in one stage, unless one of them goes through the other: then it would feed itself. */
  #mergeFor(node: PlanNode): Group {
    const groups = [...new Set(node.inputs.map((input) => this.#behind(this.#nodes.get(input)!)))];
    const spreads = new Set(groups.map(({ spread }) => spread));
    // A stage on threads ends where its part ends, and one with a number of threads has copies of its own.
    const canUnite = spreads.size === 1 && !groups.some(({ threads }) => threads !== undefined);
    if (groups.length === 1) return groups[0]!;
    if (canUnite && !groups.some((one) => groups.some((other) => this.#isAbove(one, other)))) return united(groups);
    const readsLetters = node.inputs.some((input) => this.#nodes.get(input)!.body.type === 'letters');
    const isOne = readsLetters || (spreads.size === 1 && spreads.has('one'));
    const [spread, kind] = node.isKeyed
      ? (['key', 'key'] as const)
      : isOne
        ? (['one', 'gather'] as const)
        : (['any', 'rebalance'] as const);
    return group(
      spread,
      node.inputs.map((input) => [input, kind]),
    );
  }

  /** Does a way through exchanges lead from `above` to `below`? */
  #isAbove(above: Group, below: Group): boolean {
    const seen = new Set<Group>();
    const waiting = [below];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const id of at.entries.keys()) {
        const place = this.#places.get(id);
        const before = place === undefined ? undefined : root(place);
        if (before === above) return true;
        if (before === undefined || seen.has(before)) continue;
        seen.add(before);
        waiting.push(before);
      }
    }
    return false;
  }

  #sharedBy(key: string, make: () => Group): Group {
    const known = this.#shared.get(key);
    if (known !== undefined) return root(known);
    const made = make();
    this.#shared.set(key, made);
    return made;
  }

  cut(): StageCut {
    const members = new Map<Group, PlanNode[]>();
    for (const node of this.#plan.nodes) {
      const place = this.#places.get(node.id);
      if (place === undefined) continue;
      const nodes = members.get(root(place));
      if (nodes === undefined) members.set(root(place), [node]);
      else nodes.push(node);
    }
    const ids = new Map([...members].map(([place, nodes]) => [place, nodes[0]!.id]));
    const edges = this.#edges(ids);
    const stages = [...members].map(([place, nodes]): StagePart => {
      const id = ids.get(place)!;
      const here = new Set(nodes.map((node) => node.id));
      return {
        id,
        nodes,
        spread: place.spread,
        ...(place.threads === undefined ? {} : { threads: place.threads }),
        inputs: unique(edges.filter(({ to }) => 'stage' in to && to.stage === id).map(({ from }) => from)),
        outputs: unique(edges.filter(({ from }) => here.has(from)).map(({ from }) => from)),
      };
    });
    return { stages, edges };
  }

  #edges(ids: ReadonlyMap<Group, string>): readonly StageEdge[] {
    const edges = new Map<string, StageEdge>();
    for (const node of this.#plan.nodes) {
      const place = this.#places.get(node.id);
      for (const input of node.inputs) {
        const { isKeyed } = this.#nodes.get(input)!;
        if (place === undefined) {
          edges.set(`${input} sink ${node.id}`, { from: input, to: { sink: node.id }, kind: 'forward', isKeyed });
          continue;
        }
        const from = this.#places.get(input);
        if (from !== undefined && root(from) === root(place)) continue;
        const stage = ids.get(root(place))!;
        const kind = root(place).entries.get(input);
        assert(kind !== undefined, `stage ${stage} knows how the records of ${input} come in`);
        edges.set(`${input} stage ${stage}`, { from: input, to: { stage }, kind, isKeyed });
      }
    }
    return [...edges.values()];
  }
}

function group(spread: Spread, entries: readonly (readonly [string, ExchangeKind])[], threads?: number): Group {
  return { spread, threads, entries: new Map(entries) };
}

function root(place: Group): Group {
  let at = place;
  while (at.into !== undefined) at = at.into;
  return at;
}

function united(groups: readonly Group[]): Group {
  const [first, ...others] = groups as readonly [Group, ...Group[]];
  for (const other of others) {
    for (const [id, kind] of other.entries) first.entries.set(id, kind);
    other.into = first;
  }
  return first;
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
