import type { Aggregate } from './aggregate.ts';
import type { NumericLayout, WindowSpan } from './layout.ts';

/** What stands in a pane in front of its answers. */
export interface Head {
  readonly key: unknown;
  readonly window: WindowSpan;
  readonly pane: object;
}

interface NumericPart<T> {
  readonly field: string;
  readonly aggregate: Aggregate<T, unknown>;
  readonly layout: NumericLayout<T>;
  /** Where its run begins in the run of the row. */
  readonly offset: number;
  /** Which answer is its own. */
  readonly answer: number;
}

interface PlainPart<T> {
  readonly field: string;
  readonly aggregate: Aggregate<T, unknown>;
  readonly answer: number;
}

export interface RowParts<T> {
  readonly numeric: readonly NumericPart<T>[];
  readonly plain: readonly PlainPart<T>[];
}

/** What happens for every record, or for every slice of a sliding window. */
export interface RowSteps<T> {
  /** Makes a run that of a window without records. */
  reset(cells: Float64Array, at: number): void;
  /** Makes a run what another is. */
  copy(cells: Float64Array, at: number, from: Float64Array, fromAt: number): void;
  take(value: T, timeMs: number): void;
  add(cells: Float64Array, at: number, objects: unknown[]): void;
  merge(cells: Float64Array, at: number, objects: unknown[], later: Float64Array, laterAt: number, laterObjects: readonly unknown[]): void;
  /** The head and the answers as one object, these by name in the order of the fields. */
  pane(cells: Float64Array, at: number, objects: readonly unknown[], head: Head): object;
}

/** As a loop over the aggregates; where text may become code, `generatedSteps` is several times as fast. */
export function plainSteps<T>({ numeric, plain }: RowParts<T>): RowSteps<T> {
  let count = 0;
  const parts = numeric.map((part) => {
    const from = count;
    count += part.layout.inputs.length;
    return { ...part, from };
  });
  const inputs = new Float64Array(count);
  // Fractions, so that the engine keeps the numbers themselves in it and not boxes of them.
  const taken: unknown[] = plain.map(() => 0.5);
  const initial = numeric.flatMap(({ layout }) => layout.initial);
  return {
    reset(cells, at) {
      for (let i = 0; i < initial.length; i++) cells[at + i] = initial[i]!;
    },
    copy(cells, at, from, fromAt) {
      for (let i = 0; i < initial.length; i++) cells[at + i] = from[fromAt + i]!;
    },
    take(value, timeMs) {
      for (const { layout, field, from } of parts)
        for (const [i, { of, check }] of layout.inputs.entries())
          inputs[from + i] = check(of === undefined ? timeMs : of(value), `the aggregate '${field}'`);
      for (const [i, { aggregate }] of plain.entries()) taken[i] = aggregate.of(value, timeMs);
    },
    add(cells, at, objects) {
      for (const { layout, offset, from } of parts) layout.add(cells, at + offset, inputs, from);
      for (const [i, { aggregate }] of plain.entries()) aggregate.add(objects[i], taken[i]);
    },
    merge(cells, at, objects, later, laterAt, laterObjects) {
      for (const { layout, offset } of parts) layout.merge(cells, at + offset, later, laterAt + offset);
      for (const [i, { aggregate }] of plain.entries()) aggregate.merge(objects[i], laterObjects[i]);
    },
    pane(cells, at, objects, { key, window, pane }) {
      const answers: (readonly [field: string, answer: unknown])[] = [];
      for (const { field, layout, offset, answer } of parts) answers[answer] = [field, layout.extract(cells, at + offset, window)];
      for (const [i, { field, aggregate, answer }] of plain.entries()) answers[answer] = [field, aggregate.extract(objects[i], window)];
      return { key, window, pane, ...Object.fromEntries(answers) };
    },
  };
}
