import { InternedKeys } from '../../base/key-table.ts';
import type { KeyGroup } from '../../core/keys.ts';
import type { Sink } from '../../core/sink.ts';
import type { Stage } from '../../core/stage.ts';
import type { RestoredSections, Scope, Section } from '../../core/state.ts';
import type { Plan } from '../../pipeline/plan.ts';
import { type StageEdge, type StagePart, stagesOf } from '../../pipeline/stage-cut.ts';
import { type Assembly, type AssemblyOptions, feedsOf } from '../assembly.ts';
import { Counters } from '../counters.ts';
import { Outlet } from '../edges.ts';
import { speaksFor, tellsTime } from '../time-sections.ts';
import { type FlowHost, Part, type RestoredPiece } from '../flow-host.ts';
import { Merge } from '../junctions.ts';
import { refusersOf } from '../refusers.ts';
import { SinkInlet } from '../sink-inlet.ts';
import { downstreamOfLetters } from '../wiring.ts';
import type { Receiver } from './channels.ts';
import { CountHearing } from './counts.ts';
import { endsInside } from './inside.ts';
import { LETTERS } from './stage-output.ts';
import { Crossing, KeyRoute, ownersOf } from './routes.ts';
import { StageCopy } from './stage-copy.ts';
import { Units } from './units.ts';

/** How a plan is run as stages. */
export interface StagesOptions {
  /** How many copies a stage that can be divided has. */
  readonly parallelism: number;
  makeStage(cut: StagePart, index: number, counters: ReadonlyMap<string, Counters>): Stage;
}

/** The parts of a run whose middle is stages: sources and sinks are here, and what goes between changes hands by routes. */
export function assembleStages(plan: Plan, host: FlowHost, options: AssemblyOptions, stages: StagesOptions): Assembly {
  const cut = stagesOf(plan);
  const after = downstreamOfLetters(plan);
  const counters = new Map(plan.nodes.map(({ id, kind }) => [id, new Counters(id, kind)]));
  const refuser = refusersOf(plan, counters);
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const inside = endsInside(plan, cut);
  const copies = new Map<string, readonly StageCopy[]>();
  for (const stage of cut.stages) {
    const many = copiesOf(stage, stages.parallelism);
    const owners = ownersOf(plan.maxParallelism, many);
    const isAfter = stage.nodes.every((node) => after.has(node.id));
    copies.set(
      stage.id,
      Array.from({ length: many }, (_, index) => {
        const part = new Part(many === 1 ? stage.id : `${stage.id}[${index}]`, isAfter);
        const groups = [...owners.keys()].filter((group) => owners[group] === index);
        const restored = sectionsFor(stage, index, new Set(groups), host);
        return new StageCopy(stages.makeStage(stage, index, counters), host, {
          part,
          inputs: stage.inputs,
          index,
          parallelism: many,
          groups,
          restored,
          counts: new CountHearing(counters),
        });
      }),
    );
  }

  const feeds = feedsOf(plan, host, options, refuser, inside);
  const sinks = new Map<string, SinkInlet>();
  const junctions = new Map<string, Merge>();
  const mergeParts: Part[] = [];
  for (const node of plan.nodes) {
    if (node.body.type !== 'sink') continue;
    const { sink: described } = node.body;
    const sink = new SinkInlet(
      (inside.has(node.id) ? described.bodies! : described) as Sink<unknown>,
      refuser(node),
      host,
      options.commits,
    );
    // Several copies write to one sink: their barriers are aligned in front of it.
    const by = { ...refuser(node, new Part(`${node.id} input`, after.has(node.id))), counters: new Counters(node.id, 'merge') };
    const merge = new Merge(by, host, node.isKeyed ? new InternedKeys({ where: node.id, maxParallelism: plan.maxParallelism }) : undefined);
    merge.outlet.connect(sink);
    mergeParts.push(by.part);
    sinks.set(node.id, sink);
    junctions.set(node.id, merge);
  }

  const copyOf = new Map<string, readonly StageCopy[]>();
  for (const stage of cut.stages) for (const id of stage.outputs) copyOf.set(id, copies.get(stage.id)!);
  const units = new Map<string, Units>();
  for (const edge of cut.edges) {
    if (edge.kind !== 'rejoin') continue;
    // What goes to threads in units comes back by one edge, where the units are put in order again.
    const stage = cut.stages.find((one) => one.outputs.includes(edge.from))!;
    const threads = copies.get(stage.id)!;
    const back = copies.get((edge.to as { readonly stage: string }).stage)![0]!.receiver(edge.from);
    const work = new Units(
      threads.map((copy) => copy.receiver(stage.inputs[0]!)),
      back,
      host.world.clock,
    );
    units.set(stage.id, work);
    for (const [i, copy] of threads.entries()) copy.connect(edge.from, work.exit(i));
  }
  for (const edge of cut.edges) {
    if (edge.kind === 'rejoin') continue;
    const from = nodes.get(edge.from)!;
    const to = 'stage' in edge.to ? copies.get(edge.to.stage)! : undefined;
    const work = edge.kind === 'workers' ? units.get((edge.to as { readonly stage: string }).stage)! : undefined;
    const receiver = (sender: number): Receiver =>
      work !== undefined
        ? entryOf(work, edge)
        : to === undefined
          ? receiverOf(junctions.get((edge.to as { readonly sink: string }).sink)!)
          : routeOf(edge, to, sender, plan);
    if (from.body.type === 'source') {
      const feed = feeds.find((one) => one.id === from.id)!;
      feed.outlet.connect(new Crossing(receiver(0)));
    } else if (from.body.type === 'letters') {
      options.letters.connect(new Crossing(receiver(0)));
      for (const [id, senders] of copies) {
        const stage = cut.stages.find((one) => one.id === id)!;
        if (!stage.nodes.every((node) => after.has(node.id))) for (const sender of senders) sender.connect(LETTERS, receiver(0));
      }
    } else {
      for (const [i, sender] of copyOf.get(edge.from)!.entries()) sender.connect(edge.from, receiver(i));
    }
  }

  const all = [...copies.values()].flat();
  const parts = [
    ...feeds.map((feed) => feed.by.part),
    ...all.map((copy) => copy.part),
    ...mergeParts,
    ...[...sinks.values()].map((sink) => sink.part),
  ];
  return {
    feeds,
    sinks: [...sinks.values()],
    stations: all,
    parts,
    counters: [...counters.values()],
    outlets: feeds.map(({ outlet }) => outlet),
    partsBeforeLetters: parts.filter((part) => !part.isAfterLetters).length,
    open: async () => {
      await Promise.all(all.map((copy) => copy.open()));
    },
    close: async () => {
      await Promise.all(all.map((copy) => copy.close()));
    },
  };

  /** Several copies that bring units are merged first, so that barriers are aligned before the threads. */
  function entryOf(work: Units, edge: StageEdge): Receiver {
    if ((copyOf.get(edge.from)?.length ?? 1) === 1) return work.entry;
    let merge = junctions.get(edge.from);
    if (merge === undefined) {
      const node = nodes.get(edge.from)!;
      const part = new Part(`${node.id} input`, after.has(node.id));
      merge = new Merge({ ...refuser(node, part), counters: new Counters(node.id, 'merge') }, host, undefined);
      mergeParts.push(part);
      merge.outlet.connect(new Crossing(work.entry));
      junctions.set(edge.from, merge);
    }
    return receiverOf(merge);
  }
}

/** One for what reads sources or must be in one place. */
export function copiesOf(stage: StagePart, parallelism: number): number {
  if (stage.spread === 'workers') return stage.threads ?? 1;
  return stage.spread === 'key' || stage.spread === 'any' ? (stage.threads ?? parallelism) : 1;
}

function routeOf(edge: StageEdge, to: readonly StageCopy[], sender: number, plan: Plan): Receiver {
  // Behind threads by key the copies may be of another number: the key decides again.
  if (edge.isKeyed && to.length > 1) {
    return new KeyRoute(
      edge.from,
      to.map((copy) => copy.receiver(edge.from)),
      ownersOf(plan.maxParallelism, to.length),
    );
  }
  return to[sender % to.length]!.receiver(edge.from);
}

function receiverOf(merge: Merge): Receiver {
  const port = merge.port();
  port.connect(NOBODY);
  return port;
}

/** What writes to a port from outside of the flow's own edges. */
const NOBODY = new Outlet('stages', false);

/** The captured pieces that belong to one copy. */
function sectionsFor(stage: StagePart, index: number, groups: ReadonlySet<KeyGroup>, host: FlowHost): RestoredSections | undefined {
  const pieces = stage.nodes.flatMap((node) => host.restored(node.id).map((piece) => [node.id, piece] as const));
  const all = pieces.map(([operator, { cell, scope }]) => ({ operator, cell, scope }));
  const mine = pieces.filter((_, i) => (tellsTime(all[i]!) ? speaksFor(all[i]!, all, groups) : belongs(all[i]!.scope, index, groups)));
  if (mine.length === 0) return undefined;
  const sections = new Map<Section, RestoredPiece>(
    mine.map(([operator, piece]) => {
      const { bytes: _bytes, ...section } = piece;
      return [{ operator, ...section }, piece];
    }),
  );
  return { list: () => [...sections.keys()], read: (section) => sections.get(section)!.bytes };
}

/** Groups have an owner; what belongs to no group is with the first copy. */
function belongs(scope: Scope, index: number, groups: ReadonlySet<KeyGroup>): boolean {
  return scope.kind === 'group' ? groups.has(scope.group) : index === 0;
}
