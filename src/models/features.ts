import { HeadraceError } from '../core/error.ts';
import type { Names } from './names.ts';
import type { Encoder } from './parts.ts';
import type { Row } from './row.ts';
import type { Features } from './types.ts';

/** How an object looked that was read last: most that come behind it have the same members in the same order. */
interface Shape {
  readonly names: readonly string[];
  /** -1 where nothing has been learned of a name. */
  readonly ids: readonly number[];
  /** Where each stands in a row, which is by id; -1 where it is left out. */
  readonly places: readonly number[];
  /** How many are not left out. */
  readonly length: number;
}

const NO_SHAPE: Shape = { names: [], ids: [], places: [], length: 0 };

/** Reads objects of numbers by name. */
export class FeaturesEncoder implements Encoder<Features> {
  readonly name = 'features';
  #shape = NO_SHAPE;

  learn(x: Features, row: Row, names: Names): void {
    if (this.#read(x, row) && this.#shape.length === this.#shape.names.length) return;
    // Nothing is learned of an object that is refused, not even a name.
    this.#look(x, row, names);
    if (this.#shape.length === this.#shape.names.length) return;
    // In alphabetical order, and rows are by number: in which order an object lists its members makes no difference.
    names.addAll(this.#shape.names.toSorted());
    this.#look(x, row, names);
  }

  predict(x: Features, row: Row, names: Names): void {
    if (!this.#read(x, row)) this.#look(x, row, names);
  }

  #look(x: Features, row: Row, names: Names): void {
    const members = Object.keys(x);
    const ids = members.map((name) => names.find(name));
    const known = ids.filter((id) => id >= 0).toSorted((a, b) => a - b);
    this.#shape = { names: members, ids, places: ids.map((id) => known.indexOf(id)), length: known.length };
    if (!this.#read(x, row)) throw inherited();
  }

  /** Reads an object that looks like the one before; false where it does not. */
  #read(x: Features, row: Row): boolean {
    const { names, ids, places, length } = this.#shape;
    row.reserve(length);
    const { ids: rowIds, values } = row;
    let at = 0;
    for (const name in x) {
      if (name !== names[at]) return false;
      const value = x[name]!;
      if (!Number.isFinite(value)) throw notANumber(name, value);
      const place = places[at]!;
      if (place >= 0) {
        rowIds[place] = ids[at]!;
        values[place] = value;
      }
      at++;
    }
    row.length = length;
    return at === names.length;
  }

  clone(): FeaturesEncoder {
    return new FeaturesEncoder();
  }

  forget(): void {
    this.#shape = NO_SHAPE;
  }
}

const notANumber = (name: string, value: unknown): HeadraceError =>
  new HeadraceError({
    code: 'HR_FEATURE_INVALID',
    where: `feature '${name}'`,
    what: `it is ${typeof value === 'number' ? String(value) : `a ${value === null ? 'null' : typeof value}`}, and a model eats finite numbers`,
    todo: 'Leave the feature out where it has no value, or make a number of it.',
  });

const inherited = (): HeadraceError =>
  new HeadraceError({
    code: 'HR_FEATURE_INVALID',
    what: 'the object inherits members, and features are members of their own',
    todo: 'Give a plain object, as { ...features }.',
  });
