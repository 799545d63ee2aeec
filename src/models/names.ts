import { HeadraceError } from '../core/error.ts';

/** The features a model has learned of, numbered as they came. */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #list: string[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get list(): readonly string[] {
    return this.#list;
  }

  /** The number of a name, and a new one for a new name. */
  add(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.#list.length >= this.#most) throw tooMany(this.#most);
    this.#ids.set(name, this.#list.length);
    return this.#list.push(name) - 1;
  }

  /** All of them, or none where there is no room for all. */
  addAll(names: readonly string[]): void {
    const unknown = names.filter((name) => !this.#ids.has(name));
    if (this.#list.length + unknown.length > this.#most) throw tooMany(this.#most);
    for (const name of unknown) this.add(name);
  }

  /** The number of a name; -1 where nothing has been learned of it. */
  find(name: string): number {
    return this.#ids.get(name) ?? -1;
  }

  /** Has these and no others. */
  restore(list: readonly string[]): void {
    this.#ids.clear();
    this.#list.length = 0;
    for (const name of list) this.add(name);
  }
}

const tooMany = (most: number): HeadraceError =>
  new HeadraceError({
    code: 'HR_FEATURES_TOO_MANY',
    what: `the model may learn of ${most} features, and there are more`,
    todo: 'Hash features into a fixed number of places, or raise the bound (`features`).',
  });
