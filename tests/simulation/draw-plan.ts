import type { Random } from '../../src/core/world.ts';
import { type Dice, diceOf } from './dice.ts';

const SOURCES = ['outside', 'topic', 'liveTopic', 'file'] as const;
export type SourceKind = (typeof SOURCES)[number];
const STEPS = [
  'map',
  'filter',
  'flatMap',
  'scan numbers',
  'scan objects',
  'statistics',
  'window aggregate',
  'window reduce',
  'distinct',
  'take',
  'skip',
  'mapAsync',
  'mapBatch',
  'batch',
  'buffer',
  'rateLimit',
  'eventTime',
  'split and merge',
] as const;
export type StepKind = (typeof STEPS)[number];
export const SINKS = ['file', 'topic', 'topic at once', 'arbiter'] as const;
export type SinkKind = (typeof SINKS)[number];
/** What becomes of refused records; `topic` is the one nobody wrote, `sink` is read by the pipeline itself. */
const LETTERS = ['skip', 'topic', 'sink', 'redrive'] as const;
export type LettersKind = (typeof LETTERS)[number];

export const STATES = ['memory', 'disk', 'drawn'] as const;
export type StateKind = 'memory' | 'disk';

export interface DrawnSource {
  readonly kind: SourceKind;
  readonly name: string;
  readonly partitions: number;
  readonly records: number;
}

/** One step. What two small numbers mean is up to each. */
export interface DrawnStep {
  readonly kind: StepKind;
  readonly name: string;
  readonly a: number;
  readonly b: number;
  /** It remembers for all records together, where those have one order. */
  readonly isOfAll: boolean;
  readonly refuses: boolean;
}

/** A way from a source, or from a fork, to a sink. */
export interface DrawnBranch {
  /** Where it begins: a source, or behind so many steps of an earlier branch. */
  readonly from: { readonly source: number } | { readonly branch: number; readonly after: number };
  /** A second source whose records join at the beginning. */
  readonly joined: number | undefined;
  readonly steps: readonly DrawnStep[];
  readonly sink: SinkKind;
}

export interface DrawnPlan {
  readonly sources: readonly DrawnSource[];
  readonly branches: readonly DrawnBranch[];
  readonly letters: LettersKind;
  /** How many copies a stage has; 1 is a run in one piece. */
  readonly copies: number;
  /** Where the state of keys is. */
  readonly state: StateKind;
}

const MIXES: readonly (readonly SourceKind[])[] = [
  ['outside'],
  ['outside'],
  ['topic'],
  ['liveTopic'],
  ['file', 'outside'],
  ['outside', 'topic'],
  ['outside', 'liveTopic'],
  ['file', 'topic'],
];
const RECORDS = 320;

/** A random plan. What it commits is, within each lane, decided by its records alone, whatever runs first. */
export function drawPlan(random: Random, asked: (typeof STATES)[number]): DrawnPlan {
  const dice = diceOf(random);
  const kinds = dice.one(MIXES);
  const sources = kinds.map(
    (kind, i): DrawnSource => ({
      kind,
      name: `s${i}`,
      partitions: kind === 'file' ? 1 : 1 + dice.below(3),
      records: Math.ceil(RECORDS / kinds.length) + dice.below(40),
    }),
  );
  const letters = dice.one(LETTERS);
  const copies = letters !== 'redrive' && dice.chance(0.25) ? 2 : 1;
  const draw = new PlanDraw(dice, letters, copies);
  const branches: DrawnBranch[] = [];
  const isJoined = sources.length === 2 && dice.chance(0.5);
  for (const [i, { partitions }] of sources.entries()) {
    if (isJoined && i === 1) break;
    const order = { isOrdered: partitions === 1 && !isJoined, isKeyed: false };
    branches.push(draw.branch({ source: i }, isJoined ? 1 : undefined, order, 2 + dice.below(5)));
  }
  const forks = dice.below(3);
  for (let i = 0; i < forks && branches.length < 3; i++) {
    const branch = dice.below(branches.length);
    const after = dice.below(branches[branch]!.steps.length);
    branches.push(draw.branch({ branch, after }, undefined, draw.orders[branch]![after]!, 1 + dice.below(4)));
  }
  // A store belongs to one copy.
  const drawn = random.fork('state').next() < 0.4 ? 'disk' : 'memory';
  const state = copies > 1 ? 'memory' : asked === 'drawn' ? drawn : asked;
  return { sources, branches, letters, copies, state };
}

/** What holds at a place of a plan. */
interface Order {
  /** All records have one order there, and not only those of a lane. */
  readonly isOrdered: boolean;
  readonly isKeyed: boolean;
}

/** Draws branch after branch, and keeps what there may be only one of. */
class PlanDraw {
  /** By branch, in front of each step and behind the last. */
  readonly orders: Order[][] = [];
  readonly #dice: Dice;
  readonly #copies: number;
  readonly #letters: LettersKind;
  #refusers: number;
  #steps = 0;
  #hasArbiter = false;

  constructor(dice: Dice, letters: LettersKind, copies: number) {
    this.#dice = dice;
    this.#copies = copies;
    this.#letters = letters;
    // Letters of two operators have no order among each other, and those of one come back in theirs.
    this.#refusers = letters === 'redrive' ? 1 : 1 + dice.below(2);
  }

  branch(from: DrawnBranch['from'], joined: number | undefined, order: Order, length: number): DrawnBranch {
    const dice = this.#dice;
    const steps: DrawnStep[] = [];
    let { isOrdered, isKeyed } = order;
    const orders = [order];
    // A take ends a source that serves nobody else, a letter may come back to it when it is over, and how far somebody in
    // front of it has read and refused is no promise.
    const mayEnd = !('source' in from) && this.#letters !== 'redrive';
    // The one that refuses is there for sure.
    const refuserAt = this.#refusers > 0 ? dice.below(length) : -1;
    for (let i = 0; i < length; i++) {
      const refuses = i === refuserAt;
      const kind = refuses
        ? dice.one(['map', 'flatMap', 'mapAsync', 'mapBatch', 'scan objects'] as const)
        : this.#kind(isOrdered, mayEnd && !steps.some((step) => step.refuses));
      if (refuses) this.#refusers--;
      const isOfAll = isOrdered && (kind === 'distinct' || (OF_ALL.has(kind) && !isKeyed && dice.chance(0.5)));
      const step = { kind, name: `n${++this.#steps}`, a: 1 + dice.below(5), b: dice.below(5), isOfAll, refuses };
      steps.push(step);
      isOrdered &&= this.#keepsOrder(step, isKeyed);
      isKeyed = kind === 'batch' ? false : isKeyed || isKeying(step);
      orders.push({ isOrdered, isKeyed });
    }
    this.orders.push(orders);
    return { from, joined, steps, sink: this.#sink() };
  }

  #kind(isOrdered: boolean, mayEnd: boolean): StepKind {
    for (;;) {
      const kind = this.#dice.one(STEPS);
      if (kind === 'skip' && !isOrdered) continue;
      if (kind === 'take' && (!isOrdered || !mayEnd)) continue;
      return kind;
    }
  }

  #keepsOrder(step: DrawnStep, isKeyed: boolean): boolean {
    const { kind } = step;
    if (kind === 'split and merge') return false;
    if (kind === 'batch') return !isKeyed;
    if (kind === 'mapAsync') return orderOf(step) === 'input';
    // Each copy has some of the keys.
    return this.#copies === 1 || !isKeying(step);
  }

  #sink(): SinkKind {
    const kind = this.#dice.one(SINKS);
    if (kind !== 'arbiter') return kind;
    if (this.#hasArbiter) return 'file';
    this.#hasArbiter = true;
    return kind;
  }
}

/** What remembers for each lane, or for all. */
const OF_ALL: ReadonlySet<StepKind> = new Set<StepKind>([
  'scan numbers',
  'scan objects',
  'statistics',
  'window aggregate',
  'window reduce',
]);

/** Of mapAsync. */
export function orderOf({ kind, a, b, refuses }: DrawnStep): 'input' | 'key' | 'completion' {
  if (kind !== 'mapAsync' || a % 2 === 0) return 'input';
  // Refused records would have no order either.
  return b === 4 && !refuses ? 'completion' : 'key';
}

/** Its records leave it with their lane as their key. */
export function isKeying(step: DrawnStep): boolean {
  return (OF_ALL.has(step.kind) && !step.isOfAll) || orderOf(step) === 'key';
}

/** What the table of a run counts a plan under. */
export function namesOf({ sources, branches, letters, copies, state }: DrawnPlan): readonly string[] {
  const steps = branches.flatMap((branch) => branch.steps.map(({ kind }) => kind as string));
  const from = sources.map(({ kind }) => `from ${kind}`);
  return [
    ...new Set([
      ...steps,
      ...from,
      `refused: ${letters}`,
      ...(copies > 1 ? ['two copies'] : []),
      ...(state === 'disk' ? ['state on disk'] : []),
    ]),
  ];
}

export const ALL_NAMES: readonly string[] = [
  ...STEPS,
  ...SOURCES.map((kind) => `from ${kind}`),
  ...LETTERS.map((kind) => `refused: ${kind}`),
  'two copies',
  'state on disk',
];
