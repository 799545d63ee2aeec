import { VirtualClock } from '../base/virtual-clock.ts';
import type { Failure } from '../core/failure.ts';
import type { Key } from '../core/keys.ts';
import type { CacheView, StationOperator } from '../core/station.ts';
import { enrich, type EnrichOptions } from './enrich.ts';
import { type RigOptions, StationRig } from './station-rig.ts';

/** A table elsewhere that answers after a time, and remembers what it was asked for. */
export class Table {
  readonly clock: VirtualClock = new VirtualClock();
  readonly calls: (readonly Key[])[] = [];
  /** Keys that are under way; asking for one of them again is what must not happen. */
  readonly #underWay = new Set<Key>();
  readonly twice: Key[] = [];
  readonly #takes: number;
  readonly #answer: (key: Key) => string | Failure | undefined;

  constructor(takes = 10, answer: (key: Key) => string | Failure | undefined = (key) => `<${String(key)}>`) {
    this.#takes = takes;
    this.#answer = answer;
  }

  get asked(): Key[] {
    return this.calls.flat();
  }

  readonly find = (keys: readonly Key[]): Promise<(string | Failure | undefined)[]> => {
    this.calls.push([...keys]);
    for (const key of keys) {
      if (this.#underWay.has(key)) this.twice.push(key);
      this.#underWay.add(key);
    }
    return new Promise((resolve, reject) => {
      this.clock.after(this.#takes, () => {
        for (const key of keys) this.#underWay.delete(key);
        try {
          resolve(keys.map(this.#answer));
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  };
}

export type EnrichRig = StationRig<number, string> & { readonly cache: CacheView };

/** Records are numbers; `by` says which key each asks for. */
export function enrichRig(table: Table, by: (n: number) => Key, options: EnrichOptions = {}, rig: RigOptions = {}): EnrichRig {
  const operator = enrich({ by, find: table.find }, (n, found) => `${n}${found ?? '?'}`, options);
  return watchedRig(operator, table, rig);
}

export function watchedRig(operator: StationOperator<number, string>, table: Table, rig: RigOptions = {}): EnrichRig {
  let cache: CacheView | undefined;
  const watched: StationOperator<number, string> = {
    ...operator,
    open: (host) => operator.open(Object.assign(Object.create(host) as typeof host, { showsCache: (view: CacheView) => (cache = view) })),
  };
  const made = new StationRig<number, string>(watched, { ...rig, clock: table.clock });
  return Object.assign(made, { cache: cache! });
}
