import type { Plan, PlanNode } from '../pipeline/plan.ts';
import { firstToSayTime, msOf } from '../pipeline/plan-time.ts';
import type { Alignment } from './alignment.ts';
import { Counters } from './counters.ts';
import { Outlet } from './edges.ts';
import type { FlowHost, Part, Refuser } from './flow-host.ts';
import type { Pump } from './pump.ts';
import { refusersOf } from './refusers.ts';
import type { Commits } from './commits.ts';
import { SinkInlet } from './sink-inlet.ts';
import { type PartitionPosition, SourceFeed } from './source-feed.ts';
import { type Entry, wire } from './wiring.ts';

/** All parts of a run in one piece: sources, what lies between, and sinks. */
export interface Assembly {
  readonly feeds: readonly SourceFeed[];
  readonly sinks: readonly SinkInlet[];
  /** What holds records between them: stations, or copies of stages. */
  readonly stations: readonly Holder[];
  readonly parts: readonly Part[];
  readonly counters: readonly Counters[];
  readonly outlets: readonly Outlet[];
  readonly partsBeforeLetters: number;
  /** What has to happen between opening sinks and opening sources. */
  open?(): Promise<void>;
  /** When the run is over. */
  close?(): Promise<void>;
}

export interface Holder {
  /** It holds nothing, or only what waits for more input. */
  readonly holdsForMore: boolean;
  abort(reason: unknown): void;
  /** Sinks are open: what was restored may go on. */
  begin?(): void;
}

export interface AssemblyOptions {
  readonly letters: Outlet;
  readonly commits: Commits | undefined;
  /** Keeps sources at about the same event time. */
  readonly alignment?: Alignment | undefined;
  readonly untilCaughtUp: boolean;
  readonly ready: (pump: Pump) => void;
  readonly positions: (source: string) => readonly PartitionPosition[];
  /** Sources that stand still. */
  readonly isHeld?: ((source: string) => boolean) | undefined;
}

export function assemble(plan: Plan, host: FlowHost, options: AssemblyOptions): Assembly {
  const counters = new Map<string, Counters>(plan.nodes.filter(counts).map(({ id, kind }) => [id, new Counters(id, kind)]));
  const refuser = refusersOf(plan, counters);
  const feeds = feedsOf(plan, host, options, refuser);
  const entries = new Map<string, Entry>(feeds.map(({ id, outlet }) => [id, { outlet, table: undefined }]));
  for (const { body, id } of plan.nodes) if (body.type === 'letters') entries.set(id, { outlet: options.letters, table: undefined });
  const nodes = plan.nodes.filter(({ body }) => body.type !== 'source' && body.type !== 'letters');
  const sinks: SinkInlet[] = [];
  const exit = (node: PlanNode): SinkInlet => {
    const { sink } = node.body as Extract<PlanNode['body'], { type: 'sink' }>;
    const inlet = new SinkInlet(sink, refuser(node), host, options.commits);
    sinks.push(inlet);
    return inlet;
  };
  const { stations, parts, outlets } = wire({ plan, nodes, entries, refuser, exit }, host);
  const all = [...feeds.map((feed) => feed.by.part), ...parts, ...sinks.map((sink) => sink.part)];
  return {
    feeds,
    sinks,
    stations,
    parts: all,
    counters: [...counters.values()],
    outlets: [...new Set(outlets.values())],
    partsBeforeLetters: all.filter((part) => !part.isAfterLetters).length,
  };
}

/** The sources of a plan, each with the outlet its records leave by. `raw`: those whose bodies are decoded further down. */
export function feedsOf(
  plan: Plan,
  host: FlowHost,
  { untilCaughtUp, ready, positions, isHeld, alignment }: AssemblyOptions,
  refuser: (node: PlanNode) => Refuser,
  raw: ReadonlySet<string> = new Set(),
): readonly SourceFeed[] {
  return plan.nodes.flatMap((node): SourceFeed[] => {
    const { body, id } = node;
    if (body.type !== 'source') return [];
    const outlet: Outlet = new Outlet(id, true, () => feed.dismiss());
    const isRaw = raw.has(id);
    const timed = firstToSayTime(plan, id).filter(({ kind }) => kind !== 'processingTime');
    const silentAfterMs = [...new Set(timed.flatMap((one) => msOf(one, 'idleAfter') ?? []))].sort((a, b) => a - b);
    const feed = new SourceFeed(body.source, refuser(node), outlet, host, {
      untilCaughtUp,
      ready,
      tellsPartitions: timed.length > 0,
      silentAfterMs,
      alignment,
      positions: positions(id),
      isRaw,
      isHeld: isHeld?.(id) === true,
    });
    return [feed];
  });
}

/** Branches are outlets of their split, and letters come from everywhere: neither is a part that counts. */
function counts({ body }: PlanNode): boolean {
  return body.type !== 'branch' && body.type !== 'letters' && body.type !== 'workers' && body.type !== 'rejoin';
}
