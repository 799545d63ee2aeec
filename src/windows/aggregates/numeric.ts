import { HeadraceError } from '../../core/error.ts';
import type { Aggregate } from './aggregate.ts';
import { NO_SPAN, type NumericLayout } from './layout.ts';

export interface NumericOptions {
  readonly needs?: 'span' | undefined;
}

/**
 * An aggregate whose state is numbers. Alone it keeps them in an array of its own; windows keep those of many keys in
 * one. It is written as an object of its fields.
 */
export function numericAggregate<T, R>(
  name: string,
  layout: NumericLayout<T, R>,
  { needs }: NumericOptions = {},
): Aggregate<T, R, number | Float64Array, Float64Array> {
  const { names, initial, inputs, settings = {} } = layout;
  checkLayout(name, layout);
  const taken = new Float64Array(Math.max(1, inputs.length));
  const take = (value: T, timeMs: number, at: number): number => {
    const { of, check } = inputs[at]!;
    return check(of === undefined ? timeMs : of(value), name);
  };
  return {
    kind: [[...names].sort().join(' '), ...Object.entries(settings).map(([key, value]) => `${key}=${value}`)].join(' '),
    needs: needs ?? (inputs.some(({ of }) => of === undefined) ? 'times' : undefined),
    numeric: layout,
    of: (value, timeMs = Number.NaN) =>
      inputs.length === 1 ? take(value, timeMs, 0) : Float64Array.from(inputs, (_, at) => take(value, timeMs, at)),
    create: () => Float64Array.from(initial),
    add(state, x) {
      if (typeof x === 'number') taken[0] = x;
      else taken.set(x);
      layout.add(state, 0, taken, 0);
    },
    merge: (state, later) => layout.merge(state, 0, later, 0),
    extract: (state, window = NO_SPAN) => layout.extract(state, 0, window),
    pack: (state) => packRun(layout, state, 0),
    unpack(plain) {
      const state = new Float64Array(names.length);
      return unpackRun(layout, plain, state, 0) ? state : undefined;
    },
  };
}

/** A run as an object: its fields by name, and what they mean. */
export function packRun({ names, settings }: NumericLayout<never>, cells: Float64Array, at: number): Record<string, unknown> {
  const packed: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) packed[names[i]!] = cells[at + i];
  return settings === undefined ? packed : Object.assign(packed, settings);
}

/** Fills a run with what `packRun` made; false where that is of another kind, and what the run holds then is no matter. */
export function unpackRun({ names, settings = {} }: NumericLayout<never>, plain: unknown, cells: Float64Array, at: number): boolean {
  const packed = Object(plain) as Readonly<Record<string, unknown>>;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const field = packed[name];
    if (typeof field !== 'number' || !Object.hasOwn(packed, name)) return false;
    cells[at + i] = field;
  }
  let meant = 0;
  for (const key in settings) {
    if (packed[key] !== settings[key]) return false;
    meant++;
  }
  return Object.keys(packed).length === names.length + meant;
}

function checkLayout(where: string, { names, initial, settings = {} }: NumericLayout<never>): void {
  const all = new Set([...names, ...Object.keys(settings)]);
  const isWhole = names.length === initial.length && all.size === names.length + Object.keys(settings).length;
  if (isWhole && !all.has('__proto__')) return;
  throw new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: 'a layout of numbers needs one initial number for each of its names, and no name twice',
    where,
    todo: "Count `names` and `initial`, and give each field a name of its own that is not '__proto__'.",
  });
}
