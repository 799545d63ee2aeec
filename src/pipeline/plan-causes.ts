import type { Plan, PlanNode } from './plan.ts';
import { type StageCut, stagesOf } from './stage-cut.ts';
import { sends } from './unread-letters.ts';

/** Something by which two runs over the same records may differ. */
export interface Cause {
  readonly node: string;
  readonly cause: string;
}

export interface CausesOptions {
  /** How many copies of a stage there are; with one, a source is taken to have one partition. */
  readonly copies: 'one' | 'many';
  /** False for runs that take none and are never restarted; true unless told. */
  readonly checkpoints?: boolean;
}

/**
 * Why the output of two runs of a plan over the same records may differ, in order or in content; nothing means that it
 * is equal byte for byte. The functions of the user are taken to be deterministic, asynchronous ones too.
 */
export function causesOf(plan: Plan, { copies, checkpoints = true }: CausesOptions): readonly Cause[] {
  const causes = plan.nodes.flatMap((node) => ofNode(node, plan, checkpoints).map((cause) => ({ node: node.id, cause })));
  return copies === 'one' ? causes : [...causes, ...ofCopies(plan, stagesOf(plan))];
}

function ofNode(node: PlanNode, plan: Plan, checkpoints: boolean): readonly string[] {
  const { body, kind } = node;
  switch (body.type) {
    case 'source':
      if (body.source.replay !== false) return [];
      return [kind === 'every' ? 'ticks come by the clock' : 'it cannot be read again'];
    case 'merge':
      return ['records of several streams come as they arrive'];
    case 'letters':
      return plan.nodes.filter(sends).length > 1 ? ['dead letters of several operators come as they arrive'] : [];
    case 'rejoin': {
      const threads = plan.nodes.find((entry) => entry.body.type === 'workers' && entry.body.name === body.name)?.options?.['threads'];
      // Without keys units are put in order again.
      return node.isKeyed && threads !== 1 ? ['records of different keys come from their threads as they arrive'] : [];
    }
    case 'station':
      return ofStation(node, checkpoints);
    default:
      return [];
  }
}

function ofStation({ kind, options = {}, onError, isKeyed }: PlanNode, checkpoints: boolean): readonly string[] {
  switch (kind) {
    case 'mapAsync':
    case 'mapBatch':
    case 'enrich':
      return [
        ...(options['order'] === 'completion' ? ["answers leave as they come (order: 'completion')"] : []),
        ...(options['order'] === 'key' ? ["answers of different keys leave as they come (order: 'key')"] : []),
        ...(kind === 'mapBatch' ? ['which records share a call depends on time'] : []),
        ...(kind === 'enrich' ? [ENRICHED] : []),
        ...timeLimit(options, onError),
      ];
    case 'batch':
      if (options['within'] !== undefined) return ['batches are cut by time (within)'];
      if (options['adaptive'] !== undefined) return ['sizes of batches follow the time they take (adaptive)'];
      return checkpoints ? ['batches are cut short by a checkpoint'] : [];
    case 'buffer': {
      const { overflow } = options;
      return overflow === 'dropOldest' || overflow === 'dropNewest' ? [`what is dropped depends on time (overflow: '${overflow}')`] : [];
    }
    case 'eventTime': {
      const future = options['future'] as { readonly of: string } | undefined;
      return [
        ...(options['idleAfter'] === undefined ? [] : ['while nothing comes time walks with the clock (idleAfter)']),
        ...(future?.of === 'clock' ? ['which times are too far ahead depends on the clock (future)'] : []),
      ];
    }
    case 'processingTime':
      return ['the time of a record is the one at which it passes (processingTime)'];
    case 'window':
      return ofWindow(options, checkpoints && isKeyed);
    case 'process':
      return [
        ...(options['clock'] === true ? ['timers go by the clock'] : []),
        ...(options['order'] === 'arrival' && options['onTimer'] !== undefined
          ? ["between which records timers fire depends on how they were read (order: 'arrival')"]
          : []),
      ];
    case 'joinLatest':
      return ['which row is the newest depends on which stream was read faster'];
    default:
      return [];
  }
}

function ofWindow(options: Readonly<Record<string, unknown>>, isKeptByKey: boolean): readonly string[] {
  const early = options['early'] as { readonly ms: number } | { readonly records: number } | undefined;
  return [
    ...(early !== undefined && 'ms' in early ? ['early panes come by the clock (early)'] : []),
    ...(early !== undefined && 'records' in early
      ? ['how early panes stand among those of other windows depends on how records come (early)']
      : []),
    // Keys have numbers in the order in which they came, and after a restart in the order of the snapshot.
    ...(isKeptByKey && options['partial'] === true ? ['after a restart, windows left at the end come in another order of keys'] : []),
  ];
}

/** Also without a cache a call that fails refuses those that share it. */
const ENRICHED = 'which keys share a call and how old an answer is depend on time';

/** Where a call that is too late stops the run, there is no other output. */
function timeLimit({ timeout, deadline }: Readonly<Record<string, unknown>>, onError: string): readonly string[] {
  if (onError === 'stop') return [];
  const limit = timeout === undefined ? 'deadline' : 'timeout';
  return timeout === undefined && deadline === undefined ? [] : [`which calls are too late depends on time (${limit})`];
}

/** With several copies, whoever reads from more than one of them gets their records as they arrive. */
function ofCopies(plan: Plan, { stages, edges }: StageCut): readonly Cause[] {
  const spreads = new Map(stages.flatMap(({ nodes, spread }) => nodes.map((node) => [node.id, spread] as const)));
  for (const { id, body } of plan.nodes) if (body.type === 'source') spreads.set(id, 'source');
  return edges.flatMap(({ from, to, kind }): readonly Cause[] => {
    const spread = spreads.get(from);
    if (spread === undefined || spread === 'one' || spread === 'workers') return [];
    if ('stage' in to && kind === 'forward') return [];
    const who = spread === 'source' ? 'partitions' : 'copies';
    return [{ node: 'sink' in to ? to.sink : to.stage, cause: `records of several ${who} come from ${from} as they arrive` }];
  });
}
