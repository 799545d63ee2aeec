import { InternedKeys } from '../base/key-table.ts';
import type { Plan, PlanNode } from '../pipeline/plan.ts';
import { KeyedCells, OneCell } from './cells.ts';
import { Counters } from './counters.ts';
import { Outlet } from './edges.ts';
import type { FlowHost, Refuser } from './flow-host.ts';
import { Fused } from './fused.ts';
import { Merge, Split } from './junctions.ts';
import type { Letters } from './letters.ts';
import { MAX_LEVELS } from './record-view.ts';
import { SinkInlet } from './sink-inlet.ts';
import { Site, type SiteStep } from './site.ts';
import { StationInlet } from './station-inlet.ts';

/** A source node: where its chunks leave, and who reads it. */
export interface SourceEnd {
  readonly node: PlanNode;
  readonly by: Refuser;
  readonly outlet: Outlet;
}

/** The parts of a run, connected. */
export interface Wiring {
  readonly sources: readonly SourceEnd[];
  readonly stations: readonly StationInlet[];
  readonly sinks: readonly SinkInlet[];
  readonly counters: readonly Counters[];
  readonly outlets: readonly Outlet[];
  /** How many parts will report that they have closed: upstream of the dead letters' readers, and in all. */
  readonly partsBeforeLetters: number;
  readonly parts: number;
}

/** Builds the parts of a plan from its sources down, fusing every run of steps with one reader each into one loop. */
export function wire(plan: Plan, host: FlowHost, letters: Letters, unwanted: (source: SourceEnd) => void): Wiring {
  const readers = new Map<string, PlanNode[]>();
  for (const node of plan.nodes) for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  const afterLetters = downstreamOfLetters(plan);
  const outlets = new Map<string, Outlet>();
  const sources: SourceEnd[] = [];
  const stations: StationInlet[] = [];
  const sinks: SinkInlet[] = [];
  const counters: Counters[] = [];
  const isFusedInto = new Set<string>();
  let parts = 0;
  let partsBeforeLetters = 0;

  function refuser(node: PlanNode): Refuser {
    const counting = new Counters(node.id, node.kind);
    counters.push(counting);
    const { id, kind, onError, line } = node;
    return { id, kind, onError, line, counters: counting, isAfterLetters: afterLetters.has(id) };
  }
  function connect(node: PlanNode, inlet: Parameters<Outlet['connect']>[0]): void {
    for (const input of node.inputs) outlets.get(input)!.connect(inlet);
    parts++;
    if (!afterLetters.has(node.id)) partsBeforeLetters++;
  }

  for (const node of plan.nodes) {
    const { body, id } = node;
    switch (body.type) {
      case 'source': {
        const end: SourceEnd = { node, by: refuser(node), outlet: new Outlet(id, true, () => unwanted(end)) };
        sources.push(end);
        outlets.set(id, end.outlet);
        parts++;
        partsBeforeLetters++;
        break;
      }
      case 'letters':
        outlets.set(id, letters.outlet);
        break;
      case 'step': {
        if (isFusedInto.has(id)) break;
        const run = fusible(node, readers);
        for (const step of run) isFusedInto.add(step.id);
        const fused = new Fused(siteOf(plan, run, host, refuser), host);
        connect(node, fused);
        outlets.set(run.at(-1)!.id, fused.outlet);
        break;
      }
      case 'station': {
        const station = new StationInlet(body.operator, refuser(node), host);
        stations.push(station);
        connect(node, station);
        outlets.set(id, station.outlet);
        break;
      }
      case 'merge': {
        const merge = new Merge(refuser(node), host, node.isKeyed ? new InternedKeys() : undefined);
        connect(node, merge);
        outlets.set(id, merge.outlet);
        break;
      }
      case 'split': {
        const branches = body.labels.map((label) =>
          readers.get(id)?.find((reader) => reader.body.type === 'branch' && reader.body.label === label),
        );
        const split = new Split(
          body.tests,
          refuser(node),
          host,
          branches.map((branch) => branch !== undefined && readers.has(branch.id)),
        );
        connect(node, split);
        for (const [at, branch] of branches.entries()) if (branch !== undefined) outlets.set(branch.id, split.outlets[at]!);
        break;
      }
      case 'branch':
        break;
      case 'sink': {
        const sink = new SinkInlet(body.sink, refuser(node), host);
        sinks.push(sink);
        connect(node, sink);
        break;
      }
    }
  }
  return { sources, stations, sinks, counters, outlets: [...outlets.values()], parts, partsBeforeLetters };
}

/** Nodes that dead letters come to: a failure there has nowhere to go, and what they pass on is no output of the data. */
export function downstreamOfLetters(plan: Plan): ReadonlySet<string> {
  const after = new Set<string>();
  for (const node of plan.nodes) if (node.body.type === 'letters' || node.inputs.some((input) => after.has(input))) after.add(node.id);
  return after;
}

/** The longest run of steps from `node` on in which each has one reader, and no more levels of children than a loop can hold. */
function fusible(node: PlanNode, readers: ReadonlyMap<string, readonly PlanNode[]>): readonly PlanNode[] {
  const run = [node];
  let levels = spreads(node) ? 1 : 0;
  for (let at = node; ; ) {
    const next = readers.get(at.id);
    if (next?.length !== 1 || next[0]!.body.type !== 'step' || next[0]!.inputs.length !== 1) return run;
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

function siteOf(plan: Plan, run: readonly PlanNode[], host: FlowHost, refuser: (node: PlanNode) => Refuser): Site {
  let level = 0;
  const steps = run.map((node): SiteStep => {
    const { operator } = node.body as Extract<PlanNode['body'], { type: 'step' }>;
    const isKey = operator.inline?.shape === 'key';
    const cells =
      operator.remembers === undefined
        ? undefined
        : operator.remembers === 'key' && node.isKeyed
          ? new KeyedCells<unknown>()
          : new OneCell<unknown>();
    const step = { ...refuser(node), operator, cells, table: isKey ? new InternedKeys() : undefined, level };
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

/** What a CPU profile shows: the pipeline and its steps, as a name JavaScript allows. */
function loopName(plan: Plan, run: readonly PlanNode[]): string {
  const words = [plan.pipeline, ...run.map((node) => node.name ?? node.kind)].map((word) => word.replace(/[^A-Za-z0-9]+/g, '_'));
  const name = words.join('_').slice(0, 120);
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
}
