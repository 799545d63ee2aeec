import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { value } from '../codecs/value.ts';
import type { Capture, CellsSpec, Scope } from '../core/state.ts';
import { KeyedStates } from './keyed-states.ts';

async function written(
  capture: Capture,
): Promise<readonly { readonly scope: Scope; readonly codec: string; readonly bytes: Uint8Array }[]> {
  const sections: { scope: Scope; codec: string; bytes: Uint8Array }[] = [];
  await capture.write({ section: ({ scope, codec }, bytes) => void sections.push({ scope, codec, bytes }) });
  return sections;
}

async function copied<S>(capture: Capture, name = 'cell'): Promise<Map<string, S>> {
  const keys = new InternedKeys();
  const states = new KeyedStates<S>({ name }, keys);
  for (const { scope, codec, bytes } of await written(capture)) states.restore(codec, bytes, { hasKeys: scope.kind === 'group' });
  return new Map([...states.ids()].map((id) => [id < 0 ? 'no key' : String(keys.keyAt(id)), states.get(id)!]));
}

function filled<S>(keys: InternedKeys, entries: Readonly<Record<string, S>>): KeyedStates<S> {
  const states = new KeyedStates<S>({ name: 'cell' }, keys);
  for (const [key, state] of Object.entries(entries)) states.set(keys.idOf(key), state);
  return states;
}

test('a capture holds what the barrier saw, whatever happens to numbers afterwards', async () => {
  const keys = new InternedKeys();
  const states = filled(keys, { ann: 1, bob: 2 });
  const capture = states.capture('total');
  states.set(keys.idOf('ann'), 100);
  states.set(keys.idOf('cid'), 3);
  states.delete(keys.idOf('bob'));
  expect(await copied(capture)).toEqual(
    new Map([
      ['ann', 1],
      ['bob', 2],
    ]),
  );
  expect(states.count).toBe(2);
});

test('an object that is changed in place behind the barrier is captured as it was in front of it', async () => {
  const keys = new InternedKeys();
  const states = filled(keys, { ann: { n: 1 }, bob: { n: 2 } });
  const capture = states.capture('total');
  states.get(keys.idOf('ann'))!.n = 100;
  states.set(keys.idOf('bob'), { n: 200 });
  expect(await copied(capture)).toEqual(
    new Map([
      ['ann', { n: 1 }],
      ['bob', { n: 2 }],
    ]),
  );
  expect(states.get(keys.idOf('ann'))).toEqual({ n: 100 });
});

test('two captures that wait to be written hold each its own instant', async () => {
  const keys = new InternedKeys();
  const states = filled(keys, { ann: { n: 1 } });
  const first = states.capture('total');
  states.get(keys.idOf('ann'))!.n = 2;
  const second = states.capture('total');
  states.get(keys.idOf('ann'))!.n = 3;
  expect(await copied(first)).toEqual(new Map([['ann', { n: 1 }]]));
  expect(await copied(second)).toEqual(new Map([['ann', { n: 2 }]]));
});

test('states that were numbers and are no more keep all that was there', async () => {
  const keys = new InternedKeys();
  const states = filled<number | string>(keys, { ann: 1, bob: 2 });
  const capture = states.capture('total');
  states.set(keys.idOf('bob'), 'two');
  expect([states.get(keys.idOf('ann')), states.get(keys.idOf('bob')), states.count]).toEqual([1, 'two', 2]);
  expect(await copied(capture)).toEqual(
    new Map([
      ['ann', 1],
      ['bob', 2],
    ]),
  );
});

test('sections are by key group, and the state of records without a key stands by itself', async () => {
  const keys = new InternedKeys();
  const states = filled(keys, { eu: 1, us: 2 });
  states.set(-1, 9);
  const sections = await written(states.capture('total'));
  const groups = sections.flatMap(({ scope }) => (scope.kind === 'group' ? [scope.group] : []));
  expect(new Set(groups)).toEqual(new Set([keys.groupAt(keys.idOf('eu')), keys.groupAt(keys.idOf('us'))]));
  expect(sections.filter(({ scope }) => scope.kind === 'one').length).toBe(1);
  expect(await copied(states.capture('total'))).toEqual(
    new Map([
      ['no key', 9],
      ['eu', 1],
      ['us', 2],
    ]),
  );
});

test('zero is a state, and a deleted one is none', () => {
  const keys = new InternedKeys();
  const states = filled(keys, { ann: 0 });
  expect([states.get(keys.idOf('ann')), states.count]).toEqual([0, 1]);
  states.delete(keys.idOf('ann'));
  expect([states.get(keys.idOf('ann')), states.count, [...states.ids()]]).toEqual([undefined, 0, []]);
});

test('a capture nobody writes costs nothing any more once it is dropped', () => {
  const keys = new InternedKeys();
  let packed = 0;
  const spec = { name: 'cell', pack: (state: { n: number }) => ({ n: state.n, packed: ++packed }) };
  const states = new KeyedStates<{ n: number }>(spec, keys);
  states.set(keys.idOf('ann'), { n: 1 });
  states.capture('total').drop();
  states.get(keys.idOf('ann'))!.n = 2;
  expect(packed).toBe(0);
});

test('state in a form of another version is refused by name', () => {
  const states = new KeyedStates({ name: 'cell' }, new InternedKeys());
  expect(() => states.restore('cells/9', new Uint8Array())).toThrow(/cells\/9.*cannot read/);
});

test('memory of a capture is used again only when nobody writes from it any more', async () => {
  const keys = new InternedKeys();
  const states = filled(keys, { ann: 1, bob: 2 });
  const first = states.capture('total');
  expect(await copied(first)).toEqual(
    new Map([
      ['ann', 1],
      ['bob', 2],
    ]),
  );
  states.set(keys.idOf('ann'), 10);
  const second = states.capture('total');
  first.drop();
  states.delete(keys.idOf('bob'));
  states.set(keys.idOf('ann'), 100);
  const third = states.capture('total');
  expect(await copied(second)).toEqual(
    new Map([
      ['ann', 10],
      ['bob', 2],
    ]),
  );
  expect(await copied(third)).toEqual(new Map([['ann', 100]]));
});

test('what a checkpoint brought is captured again as the bytes it came as, asked for or not, and as it was in front of the barrier', async () => {
  const keys = new InternedKeys();
  const entries: Record<string, unknown> = { ann: { n: 1 }, bob: null, cid: 'text', dan: 7, eve: [1, { a: true }], fay: { n: 6 } };
  const sections = await written(filled(keys, entries).capture('total'));
  const again = new InternedKeys();
  const states = new KeyedStates<unknown>({ name: 'cell' }, again);
  for (const { codec, bytes } of sections) states.restore(codec, bytes);
  expect(states.count).toBe(6);
  const untouched = states.capture('total');
  (states.get(again.idOf('ann')) as { n: number }).n = 100;
  states.delete(again.idOf('fay'));
  states.set(again.idOf('eve'), 'other');
  expect([states.get(again.idOf('bob')), states.get(again.idOf('cid')), states.get(again.idOf('dan'))]).toEqual([null, 'text', 7]);
  const touched = states.capture('total');
  expect(await copied(untouched)).toEqual(new Map(Object.entries(entries)));
  expect(await copied(touched)).toEqual(
    new Map(Object.entries({ ...entries, ann: { n: 100 }, eve: 'other', fay: undefined }).filter(([key]) => key !== 'fay')),
  );
  expect(await written(states.capture('total'))).toEqual(await written(states.capture('total')));
});

test('a state of an older version, or of a codec of its own, is made at the start: what is wrong with it is said there', async () => {
  const [section] = await written(filled(new InternedKeys(), { ann: { n: 1 } }).capture('total'));
  const failing = (): never => {
    throw new Error('cannot');
  };
  const { codec, bytes } = section!;
  for (const spec of [
    { name: 'cell', version: 2, migrate: { 1: failing } },
    { name: 'cell', unpack: failing },
    { name: 'cell', codec: { ...value(), decode: failing } },
  ])
    expect(() => new KeyedStates(spec, new InternedKeys()).restore(codec, bytes)).toThrow();
  let made = 0;
  const unpack = (plain: unknown): unknown => ((made += 1), plain);
  const keys = new InternedKeys();
  const states = new KeyedStates<unknown>({ name: 'cell', unpack, unpacksLate: true }, keys);
  states.restore(codec, bytes);
  expect([made, states.get(keys.idOf('ann')), made]).toEqual([0, { n: 1 }, 1]);
});

type Sections = Awaited<ReturnType<typeof written>>;

/** As a start gives them: each with its group, so that they sleep. */
function asleep<S>(sections: Sections, keys: InternedKeys, owns = (_group: number) => true, spec?: CellsSpec<S>): KeyedStates<S> {
  const states = new KeyedStates<S>(spec ?? { name: 'cell' }, keys);
  for (const { scope, codec, bytes } of sections)
    if (scope.kind === 'group' && owns(scope.group)) states.restore(codec, bytes, { group: scope.group });
  return states;
}

function content<S>(states: KeyedStates<S>, keys: InternedKeys): Map<string, S> {
  return new Map([...states.ids()].map((id) => [String(keys.keyAt(id)), states.get(id)!]));
}

const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, { i }]));

test('a group nobody asks for is captured as the very bytes it came as, and no key of it takes a number', async () => {
  const sections = await written(filled(new InternedKeys({ maxParallelism: 4 }), many).capture('total'));
  const keys = new InternedKeys({ maxParallelism: 4 });
  const states = asleep<{ i: number }>(sections, keys);
  expect(states.get(keys.idOf('key 7'))).toEqual({ i: 7 });
  const touched = keys.groupAt(0);
  const again = await written(states.capture('total'));
  expect(again.length).toBe(sections.length);
  for (const { scope, bytes } of sections) {
    if (scope.kind !== 'group') continue;
    const same = again.find((section) => section.scope.kind === 'group' && section.scope.group === scope.group)!.bytes;
    expect(same === bytes).toBe(scope.group !== touched);
  }
  expect([keys.size, states.count]).toEqual([1, 300]);
  expect(await copied(states.capture('total'))).toEqual(new Map(Object.entries(many)));
});

test('what sleeps moves to other owners by its groups, and what was touched on the way moves with it', async () => {
  const keys = new InternedKeys({ maxParallelism: 4 });
  const states = asleep<{ i: number }>(await written(filled(new InternedKeys({ maxParallelism: 4 }), many).capture('total')), keys);
  states.get(keys.idOf('key 3'))!.i = -3;
  states.delete(keys.idOf('key 4'));
  states.set(keys.idOf('new'), { i: 0 });
  const sections = await written(states.capture('total'));
  const found = new Map<string, { i: number }>();
  for (const half of [0, 1]) {
    const its = new InternedKeys({ maxParallelism: 4 });
    const own = asleep<{ i: number }>(sections, its, (group) => group % 2 === half);
    for (const [key, state] of content(own, its)) found.set(key, state);
  }
  const { 'key 4': _gone, ...rest } = many;
  expect(found).toEqual(new Map(Object.entries({ ...rest, 'key 3': { i: -3 }, new: { i: 0 } })));
});

test('tables that share their keys find what sleeps by the same numbers, whoever is asked first and for what', async () => {
  const sums = await written(filled(new InternedKeys(), { ann: 1, bob: 2, cid: 3 }).capture('total'));
  const last = await written(filled(new InternedKeys(), { ann: 'a', cid: 'c', dan: 'd' }).capture('total'));
  const keys = new InternedKeys();
  const [a, b] = [asleep<number>(sums, keys), asleep<string>(last, keys)];
  expect([b.get(keys.idOf('cid')), a.get(0), b.get(0)]).toEqual(['c', 3, 'c']);
  expect(content(a, keys)).toEqual(new Map(Object.entries({ cid: 3, ann: 1, bob: 2 })));
  expect([b.get(keys.idOf('ann')), b.get(keys.idOf('bob'))]).toEqual(['a', undefined]);
  expect([keys.size, b.count]).toEqual([3, 3]);
  expect(content(b, keys)).toEqual(new Map(Object.entries({ cid: 'c', ann: 'a', dan: 'd' })));
  expect([a.get(keys.idOf('dan')), keys.size]).toEqual([undefined, 4]);
});

test('keys that sleep fall under the bound of keys, and one of them that comes is no new one', async () => {
  const sections = await written(filled(new InternedKeys({ maxParallelism: 1 }), { ann: 1, bob: 2, cid: 3 }).capture('total'));
  const keys = new InternedKeys({ maxKeys: 4, maxParallelism: 1 });
  const states = asleep<number>(sections, keys);
  states.set(keys.idOf('ann'), 10);
  states.set(keys.idOf('dan'), 4);
  expect(() => states.set(keys.idOf('eve'), 5)).toThrow(expect.objectContaining({ code: 'HR_KEYS_FULL' }));
  states.set(keys.idOf('bob'), 20);
  expect(states.count).toBe(4);
});

test('of what sleeps a later section says what has changed, also that a key has gone and come again', async () => {
  const entries = await written(filled(new InternedKeys({ maxParallelism: 1 }), { ann: 1, bob: 2, cid: 3, dan: 4 }).capture('total'));
  const text = new TextEncoder();
  const entry = (key: string, state?: number): number[] => [
    ...(state === undefined ? [0] : [1]),
    ...[key.length + 2, 6, key.length, ...text.encode(key)],
    ...(state === undefined ? [] : [0x40 + state]),
  ];
  const keys = new InternedKeys({ maxParallelism: 1 });
  const states = asleep<number>(entries, keys);
  for (const bytes of [
    [...entry('bob'), ...entry('cid', 30 - 20), ...entry('nobody')],
    [...entry('bob', 5), ...entry('dan'), ...entry('eve', 6)],
  ])
    states.restore('cells-changes/1', Uint8Array.from(bytes), { group: 0 });
  expect(states.count).toBe(4);
  expect([states.get(keys.idOf('dan')), states.get(keys.idOf('nobody'))]).toEqual([undefined, undefined]);
  expect(await copied(states.capture('total'))).toEqual(new Map(Object.entries({ ann: 1, bob: 5, cid: 10, eve: 6 })));
  expect(content(states, keys)).toEqual(new Map(Object.entries({ ann: 1, bob: 5, cid: 10, eve: 6 })));
});

test('bytes that are no states, under a checksum that is right, are told by whoever asks for one of their keys', () => {
  const keys = new InternedKeys({ maxParallelism: 1 });
  const bytes = Uint8Array.from([5, 6, 3, 97, 110, 110, 0x1f]);
  const states = asleep<number>([{ scope: { kind: 'group', group: 0 }, codec: 'cells/1', bytes }], keys);
  expect(() => states.get(keys.idOf('ann'))).toThrow(expect.objectContaining({ code: 'HR_DECODE_FAILED' }));
  expect(() => states.count).toThrow(expect.objectContaining({ code: 'HR_DECODE_FAILED' }));
  expect(() => new KeyedStates({ name: 'cell' }, keys).restore('cells/1', bytes, { group: 1 })).toThrow();
});
