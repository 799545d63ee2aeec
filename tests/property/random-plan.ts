import fc from 'fast-check';
import type { Rows } from './row-source.ts';

/** What the operators of a random plan are called. `batch` and `window` make arrays, `statistics` objects; every function takes any value. */
export const OPS = [
  'map',
  'filter',
  'flatMap',
  'tap',
  'scan',
  'distinct',
  'take',
  'skip',
  'statistics',
  'keyBy',
  'batch',
  'window',
  'mapAsync',
  'mapBatch',
  'buffer',
  'rateLimit',
  'fork',
  'merge',
  'split',
] as const;
export type Op = (typeof OPS)[number];
export type Fate = 'stop' | 'skip' | 'deadLetter';
/** `late`: a generator that throws after its first children; `child`: one child of several is a failure. */
export type FaultKind = 'throw' | 'fail' | 'late' | 'child';
export interface Fault {
  readonly kind: FaultKind;
  /** It hits the values whose number leaves the rest `at` when divided by `every`. */
  readonly every: number;
  readonly at: number;
}

export interface PlanNode {
  readonly id: number;
  readonly op: Op | 'source' | 'branch' | 'sink';
  readonly inputs: readonly number[];
  /** Two small numbers that each operator reads in its own way. */
  readonly a: number;
  readonly b: number;
  readonly fault?: Fault | undefined;
  readonly onError?: Fate | undefined;
}

export interface RandomPlan {
  readonly nodes: readonly PlanNode[];
  readonly onError: Fate;
  /** How many values each source has. */
  readonly records: number;
  /** Its sources bring rows, some of which cannot be read; plain numbers by default. */
  readonly rows?: Rows | undefined;
}

interface Instruction {
  readonly op: Op;
  /** Which of the open streams it is built on, and which it merges with. */
  readonly on: number;
  readonly other: number;
  readonly a: number;
  readonly b: number;
  readonly fault: Fault | undefined;
  readonly onError: Fate | undefined;
}

/** Growth is bounded: three levels of flatMap and two merges on any path. */
const MOST_FLAT_MAPS = 3;
const MOST_MERGES = 2;
const MOST_STREAMS = 4;

interface Open {
  readonly at: number;
  readonly flatMaps: number;
  readonly merges: number;
}

/** Builds the graph: each instruction stands on an open stream, and what is open at the end gets a sink. */
function drawn(instructions: readonly Instruction[], sources: number, onError: Fate, records: number): RandomPlan {
  const nodes: PlanNode[] = [];
  const add = (op: PlanNode['op'], inputs: readonly number[], rest: Partial<PlanNode> = {}): number => {
    nodes.push({ a: 1, b: 0, ...rest, id: nodes.length, op, inputs });
    return nodes.length - 1;
  };
  const open: Open[] = Array.from({ length: sources }, (_, b) => ({ at: add('source', [], { b }), flatMaps: 0, merges: 0 }));
  for (const { op, on, other, ...rest } of instructions) {
    const place = on % open.length;
    const from = open[place]!;
    const next = (to: number, more: Partial<Open> = {}): void => void (open[place] = { ...from, at: to, ...more });
    if (op === 'fork') {
      if (open.length < MOST_STREAMS) open.push(from);
    } else if (op === 'merge') {
      const second = other % open.length;
      const into = open[second]!;
      const merges = from.merges + into.merges + 1;
      if (second === place || merges > MOST_MERGES || from.at === into.at) continue;
      next(add('merge', [from.at, into.at]), { merges, flatMaps: Math.max(from.flatMaps, into.flatMaps) });
      open.splice(second, 1);
    } else if (op === 'split') {
      if (open.length >= MOST_STREAMS) continue;
      const split = add('split', [from.at], { ...rest, onError: undefined }); // It follows the pipeline.
      next(add('branch', [split], { b: 0 }));
      open.push({ ...from, at: add('branch', [split], { b: 1 }) });
    } else if (op === 'flatMap') {
      if (from.flatMaps < MOST_FLAT_MAPS) next(add(op, [from.at], rest), { flatMaps: from.flatMaps + 1 });
    } else {
      next(add(op, [from.at], rest));
    }
  }
  for (const stream of open) add('sink', [stream.at]);
  return { nodes, onError, records };
}

const fate = fc.constantFrom<Fate>('skip', 'deadLetter', 'skip', 'deadLetter', 'stop');
const fault: fc.Arbitrary<Fault> = fc
  .record({ kind: fc.constantFrom<FaultKind>('throw', 'fail', 'late', 'child'), every: fc.integer({ min: 2, max: 12 }), at: fc.nat(11) })
  .map((one) => ({ ...one, at: one.at % one.every }));

const WEIGHTS: Readonly<Partial<Record<Op, number>>> = { map: 4, filter: 2, flatMap: 6, keyBy: 2, scan: 2, mapAsync: 2, fork: 2, merge: 3 };

function instruction(ops: readonly Op[]): fc.Arbitrary<Instruction> {
  return fc.record({
    op: fc.oneof(...ops.map((op) => ({ arbitrary: fc.constant(op), weight: WEIGHTS[op] ?? 1 }))),
    on: fc.nat(7),
    other: fc.nat(7),
    a: fc.integer({ min: 1, max: 5 }),
    b: fc.nat(4),
    fault: fc.option(fault, { nil: undefined, freq: 2 }),
    onError: fc.option(fate, { nil: undefined }),
  });
}

export interface Shape {
  readonly ops: readonly Op[];
  readonly records: { readonly min: number; readonly max: number };
  readonly sources: number;
  readonly longest: number;
}

export function randomPlans({ ops, records, sources, longest }: Shape): fc.Arbitrary<RandomPlan> {
  return fc
    .record({
      instructions: fc.array(instruction(ops), { minLength: 1, maxLength: longest }),
      sources: fc.integer({ min: 1, max: sources }),
      onError: fate,
      records: fc.integer(records),
    })
    .map((parts) => readable(drawn(parts.instructions, parts.sources, parts.onError, parts.records)));
}

/** What fast-check prints: a line a node, as one would write it. */
function readable(plan: RandomPlan): RandomPlan {
  const lines = plan.nodes.map(({ id, op, inputs, a, b, fault: broken, onError }) => {
    const on = inputs.map((input) => `n${input}`).join(', ');
    const faults = broken === undefined ? '' : ` ${broken.kind} where number % ${broken.every} === ${broken.at}`;
    return `  n${id} = ${op}(${on}) a=${a} b=${b}${faults}${onError === undefined ? '' : ` onError=${onError}`}`;
  });
  const text = `\n${plan.records} records, onError=${plan.onError}\n${lines.join('\n')}\n`;
  return Object.defineProperty({ ...plan }, fc.toStringMethod, { value: () => text, enumerable: false });
}

/** All nodes from which `id` is reached. */
export function above(plan: RandomPlan, id: number): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (at: number): void => {
    for (const input of plan.nodes[at]!.inputs) {
      if (!found.has(input)) visit(input);
      found.add(input);
    }
  };
  visit(id);
  return found;
}
