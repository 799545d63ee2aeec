import { deepStrictEqual as equal, rejects } from 'node:assert';
import type { OpenStore, StateChange, StateStore, StoreSpec } from './state-store.ts';

export interface StoreUnderTest extends StoreSpec {
  /** Takes away whatever was made. */
  close?(): void | Promise<void>;
}

/** What every state store keeps, as tests for whichever runner `test` belongs to. */
export function testStore(
  name: string,
  { open, make, isDurable = true }: { open: OpenStore; make: () => StoreUnderTest | Promise<StoreUnderTest>; isDurable?: boolean },
  test: (name: string, run: () => Promise<void>) => void,
): void {
  const check = (promise: string, run: (store: StateStore, again: () => Promise<StateStore>) => Promise<void>): void =>
    test(`${name}: ${promise}`, async () => {
      const spec = await make();
      let store = await open(spec);
      const again = async (): Promise<StateStore> => {
        if (!isDurable) return store;
        await store.close();
        store = await open(spec);
        return store;
      };
      try {
        await run(store, again);
      } finally {
        await store.close();
        await spec.close?.();
      }
    });

  check('what was put is found, also after opening again, until it is taken away', async (store, again) => {
    equal([store.stamp, store.count, store.get(0, bytes('a'))], [0, 0, undefined]);
    await store.apply(3, [put('a', 'one'), put('b', ''), put('', 'of no key')]);
    let now = await again();
    equal([now.stamp, now.count, read(now, 'a'), read(now, 'b'), read(now, ''), read(now, 'c')], [3, 3, 'one', '', 'of no key', undefined]);
    await now.apply(4, [put('a', 'two'), take('b'), take('never there')]);
    now = await again();
    equal([now.stamp, now.count, read(now, 'a'), read(now, 'b')], [4, 2, 'two', undefined]);
  });

  check('of a key that changes twice in a transaction the last change counts', async (store, again) => {
    await store.apply(1, [put('a', '1'), put('a', '2'), put('b', '1'), take('b'), put('c', '1'), take('c'), put('c', '3')]);
    await store.apply(2, [take('a'), put('a', '4'), put('c', '5'), take('c')]);
    const now = await again();
    equal([now.count, read(now, 'a'), read(now, 'b'), read(now, 'c')], [1, '4', undefined, undefined]);
  });

  check('spaces hold the same keys apart', async (store, again) => {
    await store.apply(1, [put('a', 'in 0'), { ...put('a', 'in 1'), space: 1 }, { ...put('a', 'in the last'), space: 65_535 - 1 }]);
    const now = await again();
    equal([read(now, 'a'), read(now, 'a', 1), read(now, 'a', 65_534), read(now, 'a', 2)], ['in 0', 'in 1', 'in the last', undefined]);
  });

  check('entries are those of the space, and of the group if one is named', async (store, again) => {
    const all = Array.from({ length: 100 }, (_, i) => ({ ...put(`key ${i}`, `${i}`), group: i % 3, space: i % 2 }));
    await store.apply(1, all);
    await store.apply(2, [{ ...put('key 0', 'with an end'), expires: 5 }]);
    const now = await again();
    equal(texts(now.entries(0)).length, 50);
    equal(
      texts(now.entries(0, 0)),
      all.flatMap(({ key, value, group, space }, i) => {
        if (group !== 0 || space !== 0) return [];
        return i === 0 ? ['key 0=with an end,5'] : [`${text(key)}=${text(value!)},`];
      }),
    );
    equal(texts(now.entries(7)), []);
  });

  check('an entry is over at its time, and one that is put again is not', async (store, again) => {
    await store.apply(1, [
      { ...put('a', '1'), expires: 100 },
      { ...put('b', '2'), expires: 100 },
    ]);
    await store.apply(2, [put('b', '3')]);
    const now = await again();
    equal(
      [99, 100, 101].map((ms) => now.get(0, bytes('a'), ms) !== undefined),
      [true, false, false],
    );
    equal(text(now.get(0, bytes('b'), 1000)!), '3');
  });

  check('what one gets is his own, and what he gave is his again', async (store) => {
    const value = bytes('abc');
    const key = bytes('k');
    await store.apply(1, [{ space: 0, group: 0, key, value }]);
    key.fill(0);
    value.fill(0);
    store.get(0, bytes('k'))!.fill(0);
    equal(read(store, 'k'), 'abc');
    const first = store.get(0, bytes('k'))!;
    await store.apply(2, [put('k', 'xyz')]);
    equal([text(first), read(store, 'k')], ['abc', 'xyz']);
  });

  check('values and keys of any length', async (store, again) => {
    const sizes = [0, 1, 15, 4000, 4096, 8191, 8192, 70_000, 200_000, 1_200_000];
    await store.apply(
      1,
      sizes.map((size) => ({ ...put(`${size}`), value: filled(size) })),
    );
    await store.apply(2, [{ ...put('k'.repeat(1900), 'of a long key') }]);
    const now = await again();
    for (const size of sizes) equal(Buffer.compare(now.get(0, bytes(`${size}`))!, filled(size)), 0);
    equal(read(now, 'k'.repeat(1900)), 'of a long key');
  });

  check('changes that fail half way change nothing, and the store goes on', async (store, again) => {
    await store.apply(1, [put('a', '1')]);
    const failing = function* (): Iterable<StateChange> {
      for (let i = 0; i < 3000; i++) yield put(`a${i}`, `${i}`.repeat(50));
      yield put('a', '2');
      throw new TypeError('no more');
    };
    await rejects(store.apply(2, failing()), { message: 'no more' });
    equal([store.stamp, store.count, read(store, 'a')], [1, 1, '1']);
    await store.apply(2, [put('b', '2')]);
    const now = await again();
    equal([now.stamp, now.count, read(now, 'a'), read(now, 'b')], [2, 2, '1', '2']);
  });

  check('a stamp that is not larger is a bug of the caller, and so is a space or a group that is no small number', async (store) => {
    for (const wrong of [{ space: 65_535 }, { space: -1 }, { group: 65_536 }, { group: 0.5 }])
      await rejects(store.apply(1, [{ ...put('a'), ...wrong }]), { name: 'AssertionError' });
    await store.apply(2, []);
    await rejects(store.apply(2, []), { name: 'AssertionError' });
    await rejects(store.apply(1, []), { name: 'AssertionError' });
    equal(store.stamp, 2);
  });

  if (isDurable)
    test(`${name}: one at a time may have it open`, async () => {
      const spec = await make();
      const store = await open(spec);
      await rejects(open(spec), { code: 'HR_STORE_IN_USE' });
      await store.close();
      await (await open(spec)).close();
      await spec.close?.();
    });
}

const bytes = (of: string): Uint8Array => new TextEncoder().encode(of);
const text = (of: Uint8Array): string => new TextDecoder().decode(of);
const put = (key: string, value: string = ''): StateChange => ({ space: 0, group: 0, key: bytes(key), value: bytes(value) });
const take = (key: string): StateChange => ({ space: 0, group: 0, key: bytes(key), value: undefined });
const filled = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) >> 2);

function read(store: StateStore, key: string, space: number = 0): string | undefined {
  const found = store.get(space, bytes(key));
  return found === undefined ? undefined : text(found);
}

function texts(entries: ReturnType<StateStore['entries']>): string[] {
  const all = Array.from(entries, ([key, value, expires]) => `${text(key)}=${text(value)},${expires ?? ''}`);
  const numberOf = (entry: string): number => Number(/\d+/.exec(entry)?.[0]);
  return all.sort((a, b) => numberOf(a) - numberOf(b));
}
