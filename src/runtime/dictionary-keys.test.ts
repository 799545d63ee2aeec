import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { virtualWorld } from '../base/virtual-world.ts';
import type { Column, Columns } from '../core/columns.ts';
import type { Key } from '../core/keys.ts';
import type { Sink } from '../core/sink.ts';
import type { Source } from '../core/source.ts';
import { pipeline } from '../pipeline/pipeline.ts';
import { DictionaryKeys } from './dictionary-keys.ts';
import { embedded } from './embedded.ts';

interface Row {
  readonly land: string | null;
  readonly town: string | null;
  readonly n: number;
}

/** Each read as it is given. */
function reads(given: readonly Columns[]): Source<Row> {
  return {
    kind: 'reads',
    id: 'reads',
    partitions: () => [0],
    open() {
      let next = 0;
      return {
        read: () => ({ columns: given[next++]!, positions: { first: next * 1000 }, resume: null, end: next === given.length }),
        close() {},
      };
    },
  };
}

const sink: Sink<unknown> = { kind: 'none', id: 'none', delivery: 'none', open: () => ({ write() {}, close() {} }) };

/** The key of every record, and how many keys there were. */
async function keysOf(given: readonly Columns[], key: (row: Row) => Key, codegen: 'always' | 'never'): Promise<readonly unknown[]> {
  const world = virtualWorld();
  const keys: unknown[] = [];
  const made = pipeline('keys')
    .from(reads(given))
    .filter(({ n }) => n % 5 !== 3)
    .keyBy(key)
    .scan(
      'count',
      () => 0,
      (count) => count + 1,
    )
    .tap((count, record) => void keys.push([record.key, count]))
    .to(sink);
  const running = await embedded({ world, codegen }).start(made, {});
  await world.until(running.done);
  return keys;
}

const NAMES = ['CH', 'DE', 'FR', 'IT', '', 'Ürf'];
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 });

/** One dictionary after the other, each for a few reads: other strings at the same numbers. One that grows says more with each read. */
const dictionaries = fc.record({
  many: fc.array(names, { minLength: 1, maxLength: 4 }),
  reads: fc.integer({ min: 1, max: 5 }),
  grows: fc.boolean(),
});

const keyings: Readonly<Record<string, (row: Row) => Key>> = {
  'one column': ({ land }) => land ?? '',
  'the other column': ({ town }) => town ?? 'none',
  'now one, now the other': ({ land, town, n }) => (n % 3 === 0 ? land : town) ?? 'none',
  'text made of it': ({ land }) => `${land}!`,
  'text made of it that may be another entry': ({ land }) => (land === 'CH' ? 'DE' : (land ?? 'FR')),
  'a tuple': ({ land, n }) => [land ?? '', n % 2],
  'a number': ({ n }) => n % 4,
};

const scenes = fc.record({
  land: dictionaries,
  town: dictionaries,
  lengths: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 14 }),
  drawn: fc.infiniteStream(fc.nat(1000)),
  keying: fc.constantFrom(...Object.keys(keyings)),
});

test('keys are those that the function answers, whatever dictionaries the columns of each read have', async () => {
  const given = process.env['HEADRACE_SEED'] ?? (process.env['CI'] === undefined ? undefined : '20261122');
  await fc.assert(
    fc.asyncProperty(scenes, async ({ land, town, lengths, drawn, keying }) => {
      const draw = (below: number): number => (drawn.next().value as number) % below;
      const kept = new Map<readonly string[], string[]>();
      const column = ({ many, reads, grows }: typeof land, read: number, length: number): Column => {
        const all = many[Math.floor(read / reads) % many.length]!;
        const entries = kept.get(all) ?? [];
        kept.set(all, entries);
        // Who grows a dictionary does so in place, behind the backs of those who hold it.
        const upTo = grows ? Math.min(all.length, entries.length + 1) : all.length;
        while (entries.length < upTo) entries.push(all[entries.length]!);
        const nulls = draw(3) === 0 ? Uint8Array.from({ length }, () => (draw(4) === 0 ? 1 : 0)) : undefined;
        const ids = Int32Array.from({ length }, (_, i) => (nulls?.[i] === 1 ? -1 : draw(upTo)));
        return { kind: 'dictionary', ids, entries, nulls };
      };
      const columns = lengths.map(
        (length, read): Columns => ({
          length,
          names: ['land', 'town', 'n'],
          columns: [
            column(land, read, length),
            column(town, read, length),
            { kind: 'number', values: Int32Array.from({ length }, (_, i) => i) },
          ],
        }),
      );
      const key = keyings[keying]!;
      expect(await keysOf(columns, key, 'always'), keying).toEqual(await keysOf(columns, key, 'never'));
    }),
    { numRuns: 80, ...(given === undefined ? {} : { seed: Number(given) }) },
  );
});

test('once a column is known to be the key, the numbers of its strings are read and not asked for', () => {
  const table = new InternedKeys();
  const keys = new DictionaryKeys(table);
  const entries = ['CH', 'DE'];
  const other: Column = { kind: 'dictionary', ids: Int32Array.of(0, 0), entries: ['x'] };
  const land: Column = { kind: 'dictionary', ids: Int32Array.of(1, 0), entries };
  const columns: Columns = { length: 2, names: ['other', 'land'], columns: [other, land] };
  expect(keys.begin(columns)).toBe(false);
  keys.learn(columns, Int32Array.of(0, 1), Int32Array.of(table.idOf('DE'), table.idOf('CH')), 2);
  expect(keys.isLearning).toBe(false);
  // A dictionary that is met once is not worth it.
  expect(keys.begin(columns)).toBe(false);
  expect(keys.begin(columns)).toBe(true);
  expect([keys.ids, keys.entries]).toEqual([land.ids, entries]);
  keys.numbers[1] = 7;
  expect(keys.begin(columns)).toBe(true);
  expect(keys.numbers[1]).toBe(7);
  const another: Columns = { ...columns, columns: [other, { ...land, entries: ['FR', 'IT'] }] };
  keys.begin(another);
  expect(keys.begin(another)).toBe(true);
  expect(keys.numbers[1]).toBe(0);
});

test('where no column is the key, none is looked for after a few chunks', () => {
  const table = new InternedKeys();
  const keys = new DictionaryKeys(table);
  const columns: Columns = { length: 1, names: ['land'], columns: [{ kind: 'dictionary', ids: Int32Array.of(0), entries: ['CH'] }] };
  for (let chunk = 0; chunk < 8; chunk++) {
    expect(keys.isLearning).toBe(true);
    keys.learn(columns, Int32Array.of(0), Int32Array.of(table.idOf('ch')), 1);
  }
  expect(keys.isLearning).toBe(false);
  expect(keys.begin(columns)).toBe(false);
});

test('the numbers of a dictionary without bound are not kept', () => {
  const table = new InternedKeys();
  const keys = new DictionaryKeys(table);
  const columns = (entries: readonly string[]): Columns => ({
    length: 1,
    names: ['land'],
    columns: [{ kind: 'dictionary', ids: Int32Array.of(0), entries }],
  });
  const few = columns(['CH']);
  keys.learn(few, Int32Array.of(0), Int32Array.of(table.idOf('CH')), 1);
  const most = columns(new Array<string>(2 ** 20).fill('CH'));
  const more = columns(new Array<string>(2 ** 20 + 1).fill('CH'));
  keys.begin(most);
  expect([keys.begin(most), keys.numbers.length]).toEqual([true, 2 ** 20]);
  keys.begin(more);
  expect([keys.begin(more), keys.numbers.length]).toEqual([false, 2 ** 20]);
});
