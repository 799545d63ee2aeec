import { InternedKeys } from '../base/key-table.ts';
import type { KeyTable } from '../core/chunk.ts';
import { assert } from '../core/error.ts';
import type { Operator } from '../core/operator.ts';
import type { CellsSpec } from '../core/state.ts';
import type { Plan, PlanNode } from '../pipeline/plan.ts';
import { type Cells, KeyedCells, OneCell } from './cells.ts';
import { KeyedStates } from './keyed-states.ts';
import { CHANGES } from './stored/stored-bytes.ts';
import type { Inlet, Outlet } from './edges.ts';
import type { FlowHost, Part, Refuser } from './flow-host.ts';
import { Fused } from './fused.ts';
import { Merge, Split } from './junctions.ts';
import { MAX_LEVELS } from './record-view.ts';
import { Site, type SiteStep } from './site.ts';
import { StationInlet } from './station-inlet.ts';

/** Where records enter from outside: an outlet, and the table of the keys that come with them. */
export interface Entry {
  readonly outlet: Outlet;
  readonly table: KeyTable | undefined;
}

/** The parts between entries and exits, connected. */
export interface Wiring {
  readonly stations: readonly StationInlet[];
  /** What is captured when a barrier passes or an end comes, part by part. */
  readonly parts: readonly Part[];
  /** Where the records of a node leave, entries among them. */
  readonly outlets: ReadonlyMap<string, Outlet>;
  readonly tables: ReadonlyMap<string, KeyTable | undefined>;
}

export interface WiringSpec {
  readonly plan: Plan;
  /** The nodes to build, in plan order, without sources. */
  readonly nodes: readonly PlanNode[];
  readonly entries: ReadonlyMap<string, Entry>;
  readonly refuser: (node: PlanNode, part?: Part) => Refuser;
  /** Where what leaves by a sink goes. */
  readonly exit?: (node: PlanNode) => Inlet;
}

/** Builds the parts from the entries down, fusing every run of steps with one reader each into one loop. */
export function wire({ plan, nodes, entries, refuser, exit }: WiringSpec, host: FlowHost): Wiring {
  const readers = readersOf(plan);
  const here = new Set(nodes.map((node) => node.id));
  const outlets = new Map<string, Outlet>();
  const tables = new Map<string, KeyTable | undefined>();
  const stations: StationInlet[] = [];
  const parts: Part[] = [];
  const isFusedInto = new Set<string>();
  for (const [id, entry] of entries) {
    outlets.set(id, entry.outlet);
    tables.set(id, entry.table);
  }

  const connect = (node: PlanNode, inlet: Inlet): void => {
    for (const input of node.inputs) outlets.get(input)!.connect(inlet);
  };

  for (const node of nodes) {
    const { body, id } = node;
    if (isFusedInto.has(id)) continue;
    const table = node.inputs.length === 0 ? undefined : tables.get(node.inputs[0]!);
    tables.set(id, node.isKeyed ? table : undefined);
    switch (body.type) {
      case 'step': {
        const run = fusible(node, readers, here);
        const part = refuser(node).part;
        const site = siteOf(plan, run, host, { table, refuser: (step) => refuser(step, part) });
        for (const [i, step] of run.entries()) {
          isFusedInto.add(step.id);
          tables.set(
            step.id,
            step.isKeyed ? (site.steps.slice(0, i + 1).findLast((one) => one.table !== undefined)?.table ?? table) : undefined,
          );
        }
        const fused = new Fused(site, part, host);
        parts.push(part);
        connect(node, fused);
        outlets.set(run.at(-1)!.id, fused.outlet);
        break;
      }
      case 'station': {
        const by = refuser(node);
        const station = new StationInlet(body.operator, by, host, table);
        stations.push(station);
        parts.push(by.part);
        connect(node, station);
        outlets.set(id, station.outlet);
        break;
      }
      case 'merge': {
        const by = refuser(node);
        if (node.isKeyed) tables.set(id, new InternedKeys({ where: id, maxParallelism: plan.maxParallelism }));
        const merge = new Merge(by, host, tables.get(id));
        parts.push(by.part);
        for (const input of node.inputs) outlets.get(input)!.connect(merge.port());
        outlets.set(id, merge.outlet);
        break;
      }
      case 'split': {
        const branches = body.labels.map((label) =>
          readers.get(id)?.find((reader) => reader.body.type === 'branch' && reader.body.label === label),
        );
        const by = refuser(node);
        const split = new Split(
          body,
          by,
          host,
          branches.map((branch) => branch !== undefined && readers.has(branch.id)),
        );
        parts.push(by.part);
        connect(node, split);
        for (const [at, branch] of branches.entries()) if (branch !== undefined) outlets.set(branch.id, split.outlets[at]!);
        break;
      }
      case 'sink':
        assert(exit !== undefined, 'the sinks of a stage are outside of it');
        connect(node, exit(node));
        break;
      default:
        // A branch is an outlet of its split; both ends of a stretch for workers pass records on where there are none.
        if (!outlets.has(id)) outlets.set(id, outlets.get(node.inputs[0]!)!);
    }
  }
  return { stations, parts, outlets, tables };
}

export function readersOf(plan: Plan): ReadonlyMap<string, readonly PlanNode[]> {
  const readers = new Map<string, PlanNode[]>();
  for (const node of plan.nodes) {
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known === undefined) readers.set(input, [node]);
      else known.push(node);
    }
  }
  return readers;
}

/** Nodes that dead letters come to: a failure there has nowhere to go, and what they pass on is no output of the data. */
export function downstreamOfLetters(plan: Plan): ReadonlySet<string> {
  const after = new Set<string>();
  for (const node of plan.nodes) if (node.body.type === 'letters' || node.inputs.some((input) => after.has(input))) after.add(node.id);
  return after;
}

/** The longest run of steps from `node` on in which each has one reader, and no more levels of children than a loop can hold. */
function fusible(node: PlanNode, readers: ReadonlyMap<string, readonly PlanNode[]>, here: ReadonlySet<string>): readonly PlanNode[] {
  const run = [node];
  let levels = spreads(node) ? 1 : 0;
  for (let at = node; ; ) {
    const next = readers.get(at.id);
    if (next?.length !== 1 || next[0]!.body.type !== 'step' || next[0]!.inputs.length !== 1 || !here.has(next[0]!.id)) return run;
    at = next[0]!;
    if (spreads(at) && ++levels > MAX_LEVELS) return run;
    run.push(at);
  }
}

function spreads({ body }: PlanNode): boolean {
  return (
    body.type === 'step' && (body.operator.inline === undefined ? body.operator.single !== true : body.operator.inline.shape === 'spread')
  );
}

function siteOf(
  plan: Plan,
  run: readonly PlanNode[],
  host: FlowHost,
  { table, refuser }: { readonly table: KeyTable | undefined; readonly refuser: (node: PlanNode) => Refuser },
): Site {
  let level = 0;
  let keys = table;
  const steps = run.map((node): SiteStep => {
    const { operator } = node.body as Extract<PlanNode['body'], { type: 'step' }>;
    const isKey = operator.inline?.shape === 'key';
    const own = isKey ? new InternedKeys({ where: node.id, maxParallelism: plan.maxParallelism }) : undefined;
    keys = own ?? keys;
    const { id, kind, onError, counters, part, hasReader } = refuser(node);
    const step: SiteStep = {
      ...{ id, kind, onError, counters, part, hasReader },
      // Not copied: the line is looked for when somebody asks.
      get line() {
        return node.line;
      },
      ...{ operator, cells: cellsOf(node, operator, keys, host), table: own, level },
    };
    if (spreads(node)) level++;
    return step;
  });
  const carriesKeys = run.some((node) => node.isKeyed) || plan.nodes.some((node) => node.isKeyed && run[0]!.inputs.includes(node.id));
  return new Site(
    loopName(plan, run),
    steps,
    { levels: level, chunkLimit: host.chunkLimit, carriesKeys },
    { refused: host.refused.bind(host) },
  );
}

/** The state of a step, as the checkpoint left it. */
function cellsOf(node: PlanNode, operator: Operator, keys: KeyTable | undefined, host: FlowHost): Cells | undefined {
  if (operator.remembers === undefined) return undefined;
  const { codec, pack, version, migrate, keepMs } = operator;
  const spec: CellsSpec<unknown> = { name: 'cell', operator: node.id, codec, version, migrate, keepMs, ...pack };
  const { clock } = host.world;
  const table = operator.remembers === 'key' && node.isKeyed ? keys : undefined;
  const stored = table === undefined ? undefined : host.stored?.table(node.id, spec, table);
  const cells = table === undefined ? new OneCell(spec, clock) : new KeyedCells(stored ?? new KeyedStates(spec, table, clock));
  // What the store has is there already.
  for (const piece of host.restored(node.id)) if (piece.cell === 'cell' && piece.codec !== CHANGES) cells.restore(piece);
  return cells;
}

/** What a CPU profile shows: the pipeline and its steps, as a name JavaScript allows. */
function loopName(plan: Plan, run: readonly PlanNode[]): string {
  const words = [plan.pipeline, ...run.map((node) => node.name ?? node.kind)].map((word) => word.replace(/[^A-Za-z0-9]+/g, '_'));
  const name = words.join('_').slice(0, 120);
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}
