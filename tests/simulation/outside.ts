import type { Source } from '../../src/index.ts';
import type { Item } from './build-plan.ts';
import type { DrawnSource } from './draw-plan.ts';

/** The records of a source, by partition. The same every time. */
export function recordsOf({ name, partitions, records }: DrawnSource): readonly (readonly Item[])[] {
  const lanes: Item[][] = Array.from({ length: partitions }, () => []);
  for (let i = 0; i < records; i++) {
    const place = ((i * i) % 7) % partitions;
    const lane = `${name}p${place}`;
    lanes[place]!.push({ lane, s: `${lane}/${lanes[place]!.length}`, n: (i * 7919 + place * 31 + 13) % 10_007 });
  }
  return lanes;
}

/** A system that records come from: it keeps them, outlives every process, and holds the last ones back for a while. */
export class Outside {
  readonly #drawn: DrawnSource;
  readonly #records: readonly (readonly Item[])[];
  readonly #perRead: number;
  readonly #held: number;
  isOpen = false;

  constructor(drawn: DrawnSource, perRead: number) {
    this.#drawn = drawn;
    this.#records = recordsOf(drawn);
    this.#perRead = perRead;
    this.#held = Math.ceil(60 / drawn.partitions);
  }

  source(wait: (ms: number) => Promise<void>): Source<Item> {
    const id = `outside:${this.#drawn.name}`;
    return {
      kind: 'outside',
      id,
      replay: true,
      partitions: () => this.#records.map((_, partition) => partition),
      open: (partition, resume) => {
        const records = this.#records[Number(partition)]!;
        let at = typeof resume === 'number' ? resume : 0;
        return {
          read: async (limit, signal) => {
            await wait(1);
            while (this.#end(records) <= at && !this.isOpen && !signal.aborted) await wait(3);
            const first = at;
            at = Math.max(at, Math.min(this.#end(records), at + Math.min(limit, this.#perRead)));
            return { values: records.slice(first, at), positions: { first }, resume: at, end: at === records.length };
          },
          close() {},
        };
      },
    };
  }

  #end(records: readonly Item[]): number {
    return this.isOpen ? records.length : Math.max(0, records.length - this.#held);
  }
}
