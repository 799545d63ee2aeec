/**
 * The features of one record as numbers by id, ascending: how the parts of a model hand them on with no object in between.
 * One row is filled again and again; nobody keeps it.
 */
export class Row {
  ids: Int32Array = new Int32Array(16);
  values: Float64Array = new Float64Array(16);
  length = 0;

  /** Makes room for so many; what the row held is gone. */
  reserve(length: number): void {
    if (length <= this.ids.length) return;
    const room = Math.max(length, 2 * this.ids.length);
    this.ids = new Int32Array(room);
    this.values = new Float64Array(room);
  }
}

/** One number a feature, 0 until it is set; it grows as features come. */
export class ByFeature {
  numbers: Float64Array = new Float64Array(16);

  /** The array, with room for every feature of the row. */
  for(row: Row): Float64Array {
    const { length } = row;
    const greatest = length === 0 ? 0 : row.ids[length - 1]!;
    return greatest < this.numbers.length ? this.numbers : this.#grown(greatest + 1);
  }

  #grown(room: number): Float64Array {
    const grown = new Float64Array(Math.max(room, 2 * this.numbers.length));
    grown.set(this.numbers);
    this.numbers = grown;
    return grown;
  }

  /** What is set, up to the last feature that a model with so many has. */
  kept(features: number): Float64Array {
    return this.numbers.slice(0, Math.min(features, this.numbers.length));
  }

  restore(kept: Float64Array): void {
    this.numbers = new Float64Array(Math.max(16, kept.length));
    this.numbers.set(kept);
  }
}

/** The sum of a row's numbers, each times the weight of its feature; the weights have room for the row afterwards. */
export function dot(weights: ByFeature, row: Row): number {
  const numbers = weights.for(row);
  const { ids, values, length } = row;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += numbers[ids[i]!]! * values[i]!;
  return sum;
}
