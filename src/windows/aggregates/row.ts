import { mayGenerate } from '../../base/may-generate.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Aggregate } from './aggregate.ts';
import type { WindowSpan } from './layout.ts';
import { generatedSteps } from './generated-steps.ts';
import { packRun, unpackRun } from './numeric.ts';
import { type Head, plainSteps, type RowParts, type RowSteps } from './row-steps.ts';

/** States by the name of their field. */
export type PackedRow = Readonly<Record<string, unknown>>;
export type Fields<T> = Readonly<Record<string, Aggregate<T, unknown>>>;

/** Nobody writes into it. */
const NONE: unknown[] = [];

/**
 * Several aggregates as one. States that are numbers lie side by side in a run of `cells` float64 at any place of any
 * array; the others, mostly sketches, in a list. What a record gives to each is asked of all by `take`, before the
 * state of any is changed by `addTaken`.
 */
export class AggregateRow<T> {
  readonly names: readonly string[];
  /** How many float64 a row takes. */
  readonly cells: number;
  /** How many states are no numbers. */
  readonly objects: number;
  /** About how many bytes a row takes. */
  readonly bytes: number;
  readonly #parts: RowParts<T>;
  readonly #steps: RowSteps<T>;

  constructor(fields: Fields<T>, { generate = true }: { readonly generate?: boolean | undefined } = {}) {
    this.names = Object.keys(fields);
    this.#parts = partsOf(fields);
    const { numeric, plain } = this.#parts;
    this.cells = numeric.reduce((cells, { layout }) => cells + layout.names.length, 0);
    this.objects = plain.length;
    this.bytes = 8 * this.cells + plain.reduce((bytes, { aggregate }) => bytes + (aggregate.bytes ?? 64), 0);
    this.#steps = generate && mayGenerate() ? generatedSteps(this.#parts) : plainSteps(this.#parts);
  }

  /** Makes the run at `at` that of a window without records. */
  reset(cells: Float64Array, at: number): void {
    this.#steps.reset(cells, at);
  }
  /** Makes it what another is; runs are short, and `set` would take five times as long. */
  copy(cells: Float64Array, at: number, from: Float64Array, fromAt: number): void {
    this.#steps.copy(cells, at, from, fromAt);
  }
  /** The states of a window without records that are no numbers. */
  create(): unknown[] {
    return this.objects === 0 ? NONE : this.#parts.plain.map(({ aggregate }) => aggregate.create());
  }
  /** Throws what a function of the user throws; nothing has changed then. */
  take(value: T, timeMs: number): void {
    this.#steps.take(value, timeMs);
  }
  /** Adds what was taken last; to several rows where windows overlap. */
  addTaken(cells: Float64Array, at: number, objects: unknown[]): void {
    this.#steps.add(cells, at, objects);
  }
  merge(cells: Float64Array, at: number, objects: unknown[], later: Float64Array, laterAt: number, laterObjects: readonly unknown[]): void {
    this.#steps.merge(cells, at, objects, later, laterAt, laterObjects);
  }
  /** The answers in the order of `names`. */
  extract(cells: Float64Array, at: number, objects: readonly unknown[], window: WindowSpan): unknown[] {
    const answers: unknown[] = new Array(this.names.length);
    for (const { layout, offset, answer } of this.#parts.numeric) answers[answer] = layout.extract(cells, at + offset, window);
    for (const [i, { aggregate, answer }] of this.#parts.plain.entries()) answers[answer] = aggregate.extract(objects[i], window);
    return answers;
  }

  /** The answers behind a head, which must not have a field of the same name. */
  pane(cells: Float64Array, at: number, objects: readonly unknown[], head: Head): object {
    return this.#steps.pane(cells, at, objects, head);
  }

  pack(cells: Float64Array, at: number, objects: readonly unknown[]): PackedRow {
    const packed: Record<string, unknown> = {};
    for (const { field, layout, offset } of this.#parts.numeric) put(packed, field, packRun(layout, cells, at + offset));
    for (const [i, { field, aggregate }] of this.#parts.plain.entries())
      put(packed, field, aggregate.pack === undefined ? objects[i] : aggregate.pack(objects[i]));
    return packed;
  }

  /** Fills the run and answers the other states. A field that was added since begins empty, one that was removed is left behind. */
  restore(packed: PackedRow, cells: Float64Array, at: number): unknown[] {
    this.reset(cells, at);
    for (const { field, layout, offset } of this.#parts.numeric)
      if (Object.hasOwn(packed, field) && !unpackRun(layout, packed[field], cells, at + offset)) throw otherKind(field);
    if (this.objects === 0) return NONE;
    return this.#parts.plain.map(({ field, aggregate }) =>
      Object.hasOwn(packed, field) ? stateOf(aggregate, packed[field], field) : aggregate.create(),
    );
  }
}

/** One of them wants event times. */
export function needsTimes(fields: Fields<never>): boolean {
  return Object.values(fields).some(({ needs }) => needs === 'times');
}

/** Refuses what needs to know how long a window is where windows have no length. */
export function checkNeeds(fields: Fields<never>, where: string): void {
  for (const [field, { needs }] of Object.entries(fields)) {
    if (needs !== 'span') continue;
    throw new HeadraceError({
      code: 'HR_OPTION_INVALID',
      what: `the aggregate '${field}' divides by the length of its window in time, and these windows have none`,
      where,
      todo: 'Use windows of time that end, or count and divide yourself.',
    });
  }
}

/** A field may have any name. */
function put(packed: Record<string, unknown>, field: string, value: unknown): void {
  if (field !== '__proto__') packed[field] = value;
  else Object.defineProperty(packed, field, { value, enumerable: true });
}

function partsOf<T>(fields: Fields<T>): RowParts<T> {
  const numeric: RowParts<T>['numeric'][number][] = [];
  const plain: RowParts<T>['plain'][number][] = [];
  let offset = 0;
  for (const [answer, [field, aggregate]] of Object.entries(fields).entries()) {
    const layout = aggregate.numeric;
    if (layout === undefined) {
      plain.push({ field, aggregate, answer });
      continue;
    }
    numeric.push({ field, aggregate, layout, offset, answer });
    offset += layout.names.length;
  }
  return { numeric, plain };
}

function stateOf(aggregate: Aggregate<never, unknown>, packed: unknown, field: string): unknown {
  const state = aggregate.unpack === undefined ? plainState(packed, aggregate.create()) : aggregate.unpack(packed);
  if (state === undefined) throw otherKind(field);
  return state;
}

/** The state of another kind of aggregate lacks what this one counts on, and would answer NaN for ever. */
function plainState(state: unknown, empty: unknown): unknown {
  if (typeof state !== typeof empty) return undefined;
  if (typeof state !== 'object' || typeof empty !== 'object' || state === null || empty === null) return state;
  return Object.keys(empty).every((name) => Object.hasOwn(state, name)) ? state : undefined;
}

function otherKind(field: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_STATE_UNREADABLE',
    what: `the aggregate '${field}' was of another kind when its state was written`,
    todo: 'Give the new aggregate a name of its own, or begin anew.',
  });
}
