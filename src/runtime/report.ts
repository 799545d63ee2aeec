import { type CacheMetrics, cachesTogether } from './cache-metrics.ts';
import type { Counters } from './counters.ts';
import type { Flow } from './flow.ts';
import type { Plan } from '../pipeline/plan.ts';
import { downstreamOfLetters } from './wiring.ts';

/** What a run did. */
export interface RunReport {
  readonly pipeline: string;
  /** How it ended: the data was over, it was stopped, or there was nothing to do since an earlier run had come to the end. */
  readonly ended: 'end' | 'stop' | 'before';
  /** Records that sources delivered. */
  readonly in: number;
  /** Records that sinks took; those of dead letters are not among them. */
  readonly out: number;
  /** Refused records, by what became of them. */
  readonly skipped: number;
  readonly deadLetters: number;
  /** Lost on purpose, by overflow policies and the like. */
  readonly dropped: number;
  /** Came too late for a window, a join or a handler; they are among `deadLetters`, or `dropped` where letters have nowhere to go. */
  readonly late: number;
  /** Records that windows still held when the run was stopped. */
  readonly open: number;
  readonly ms: number;
  /** The most that operators and queues held at a time: exact for bytes and strings, estimated for objects. */
  readonly peakBytes: number;
}

/** One operator at this moment. */
export interface OperatorMetrics {
  readonly id: string;
  readonly kind: string;
  readonly in: number;
  readonly out: number;
  readonly errors: number;
  readonly skipped: number;
  readonly deadLetters: number;
  /** Came too late; they are among the dead letters, or the dropped ones. */
  readonly late: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Sampled; NaN before the first sample and for operators that are not fused. */
  readonly nsPerRecord: number;
  readonly heldRecords: number;
  readonly heldBytes: number;
  /** Operators that make this one wait right now. */
  readonly waitsFor: readonly string[];
  /** Only of those that say how far time has come. */
  readonly time?: TimeMetrics;
  /** Only of those that keep answers (`enrich`). */
  readonly cache?: CacheMetrics;
  /** Only of sources that wait for others (`alignWithin`): partitions that are not read now, since they are ahead. */
  readonly partitionsAhead?: number;
}

/** How far event time has come. */
export interface TimeMetrics {
  /** In milliseconds since 1970; minus infinity before the first, infinity at the end of the data. */
  readonly watermark: number;
  /** How far behind the clock that is. */
  readonly lagMs: number;
  readonly partitions: number;
  /** Of these, the ones that are silent and hold back nobody (`idleAfter`). */
  readonly idle: number;
  /** Records that came behind the watermark. */
  readonly late: number;
}

/** The checkpoints of a run, by number. */
export interface CheckpointMetrics {
  /** The one it goes on from, 0 when it began anew. */
  readonly from: number;
  /** The newest that its sinks have committed; `from` until there is one. */
  readonly last: number;
}

export interface RunMetrics {
  readonly pipeline: string;
  readonly in: number;
  readonly out: number;
  readonly ms: number;
  readonly heldBytes: number;
  /** From the read of a record to the sink that took it; NaN while nothing got there. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Only of a run that keeps checkpoints. */
  readonly checkpoint?: CheckpointMetrics;
  readonly operators: readonly OperatorMetrics[];
}

/** Of a run that found its work done. */
export function nothingToDo(pipeline: string): RunReport {
  return { pipeline, ended: 'before', in: 0, out: 0, skipped: 0, deadLetters: 0, dropped: 0, late: 0, open: 0, ms: 0, peakBytes: 0 };
}

export function reportOf(plan: Plan, flow: Flow, ms: number, ended: 'end' | 'stop', open: number): RunReport {
  const operators = operatorMetrics(plan, flow);
  const total = (pick: (operator: OperatorMetrics) => number) => operators.reduce((all, operator) => all + pick(operator), 0);
  return {
    pipeline: plan.pipeline,
    ended,
    ...flowOf(plan, operators),
    skipped: total((operator) => operator.skipped),
    deadLetters: total((operator) => operator.deadLetters),
    dropped: total((operator) => Object.values(operator.dropped).reduce((all, records) => all + records, 0)),
    late: total((operator) => operator.late),
    open,
    ms,
    peakBytes: flow.budget.peak,
  };
}

export function metricsOf(plan: Plan, flow: Flow, ms: number): RunMetrics {
  const operators = operatorMetrics(plan, flow);
  const { latencyUs } = flow;
  const latencyMs = { p50: latencyUs.quantile(0.5) / 1000, p99: latencyUs.quantile(0.99) / 1000, max: latencyUs.max / 1000 };
  const checkpoint = flow.checkpoints;
  const kept = checkpoint === undefined ? {} : { checkpoint };
  return { pipeline: plan.pipeline, ...flowOf(plan, operators), ms, heldBytes: flow.budget.held, latencyMs, ...kept, operators };
}

function flowOf(plan: Plan, operators: readonly OperatorMetrics[]): { readonly in: number; readonly out: number } {
  const types = new Map(plan.nodes.map((node) => [node.id, node.body.type]));
  const letters = downstreamOfLetters(plan);
  let records = { in: 0, out: 0 };
  for (const { id, in: entered, out } of operators) {
    if (types.get(id) === 'source') records = { ...records, in: records.in + entered };
    if (types.get(id) === 'sink' && !letters.has(id)) records = { ...records, out: records.out + out };
  }
  return records;
}

/** Steps of a fused loop count only where records may vanish or multiply; the numbers between follow from those. */
function operatorMetrics(plan: Plan, flow: Flow): readonly OperatorMetrics[] {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const outs = new Map<string, number>();
  const isFused = (id: string | undefined) => id !== undefined && nodes.get(id)?.body.type === 'step';
  return flow.assembly.counters.map((counters) => {
    const node = nodes.get(counters.id)!;
    const { body } = node;
    const before = node.inputs[0];
    const entered = body.type === 'step' && counters.in === 0 && isFused(before) ? (outs.get(before!) ?? 0) : counters.in;
    const keepsAll =
      body.type === 'step' &&
      (body.operator.inline?.shape === 'replace' || body.operator.inline?.shape === 'look' || body.operator.inline?.shape === 'key');
    const out = keepsAll ? entered - counters.errors : counters.out;
    outs.set(counters.id, out);
    const ahead = flow.alignment?.aheadOf(counters.id);
    const cache = cachesTogether(counters.caches);
    return {
      id: counters.id,
      kind: counters.kind,
      in: entered,
      out,
      errors: counters.errors,
      skipped: counters.skipped,
      deadLetters: counters.deadLetters,
      late: counters.late,
      dropped: Object.fromEntries(counters.dropped),
      nsPerRecord: counters.nsPerRecord,
      heldRecords: counters.heldRecords,
      heldBytes: counters.heldBytes,
      waitsFor: flow.assembly.outlets.filter((outlet) => outlet.id === counters.id).flatMap((outlet) => outlet.waitsFor),
      ...timeOf(counters, flow.world.clock.now()),
      ...(cache === undefined ? {} : { cache }),
      ...(ahead === undefined ? {} : { partitionsAhead: ahead }),
    };
  });
}

function timeOf({ time }: Counters, nowMs: number): Pick<OperatorMetrics, 'time'> {
  if (time === undefined) return {};
  const { watermark, partitions, idle, late } = time;
  return { time: { watermark, lagMs: nowMs - watermark, partitions, idle, late } };
}
