import type { Source } from 'headrace';
import { PurchaseBytes } from './bytes.ts';

/** When records were read, for as long as somebody may still ask. */
export interface ReadTimes {
  set(first: number, count: number, atMs: number): void;
}

/** A source of one's own is a plain object: it says what it is, and opens something that can be read. */
export function purchases(options: { readonly records: number; readonly seed: number; readonly times: ReadTimes }): Source<Uint8Array> {
  const { records, seed, times } = options;
  return {
    kind: 'purchases',
    id: `purchases:${seed}`,
    partitions: () => [0],
    open(_partition, resume) {
      const bytes = new PurchaseBytes(seed);
      let next = typeof resume === 'number' ? resume : 0;
      return {
        read(limit) {
          const first = next;
          const count = Math.min(limit, records - first);
          // The clock starts before the bodies are made, as it would before they are fetched.
          times.set(first, count, performance.now());
          next = first + count;
          return { values: bytes.read(first, count), positions: { first }, resume: next, end: next >= records };
        },
        close() {},
      };
    },
  };
}
