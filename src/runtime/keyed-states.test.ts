import { expect, test } from 'vitest';
import { InternedKeys } from '../base/key-table.ts';
import { value } from '../codecs/value.ts';
import type { Capture, Scope } from '../core/state.ts';
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
