import { Chunk, gather } from './chunk.ts';
import { assert } from './error.ts';
import type { KeyGroup } from './keys.ts';

/**
 * The rows of a chunk by who owns their key group, each share in the order of the chunk and without its control, which
 * every owner gets by itself. Owners without a row get nothing. Shares have arrays of their own.
 *
 * @example
 * ```ts
 * const sorter: Sink<string> = {
 *   kind: 'sorter',
 *   id: 'sorter',
 *   delivery: 'none',
 *   open: () => ({
 *     write(chunk) {
 *       const ownerOfGroup = Array.from({ length: 128 }, (_, group) => (group < 64 ? 0 : 1));
 *       console.log(splitByGroup(chunk, ownerOfGroup, 2).map((share) => share?.values));
 *     },
 *     close() {},
 *   }),
 * };
 * await run(pipeline('mail').from(values(['ann', 'bob', 'ann'])).keyBy((user) => user).to(sorter));
 * // [ [ 'ann', 'ann' ], [ 'bob' ] ]
 * ```
 */
export function splitByGroup(chunk: Chunk, ownerOfGroup: ArrayLike<number>, owners: number): (Chunk | undefined)[] {
  const { keys, keyIds, values } = chunk;
  assert(keys !== undefined && keyIds !== undefined, 'only records with keys are divided by key group');
  const ownerOf = new Int32Array(values.length);
  const counts = new Int32Array(owners);
  for (let i = 0; i < values.length; i++) {
    const group: KeyGroup = keys.groupAt(keyIds[i]!);
    const owner = ownerOfGroup[group] ?? -1;
    assert(owner >= 0 && owner < owners, 'every key group has an owner');
    ownerOf[i] = owner;
    counts[owner] = counts[owner]! + 1;
  }
  const indexes = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < values.length; i++) {
    const owner = ownerOf[i]!;
    indexes[owner]![counts[owner]!] = i;
    counts[owner] = counts[owner]! + 1;
  }
  return indexes.map((index) => (index.length === 0 ? undefined : share(chunk, index)));
}

function share(chunk: Chunk, index: Int32Array): Chunk {
  const values: unknown[] = [];
  for (let i = 0; i < index.length; i++) values.push(chunk.values[index[i]!]);
  return new Chunk(values, chunk.origin, gather(chunk, index, index.length));
}
