import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternedKeys } from '../../base/key-table.ts';
import { type VirtualWorld, virtualWorld } from '../../base/virtual-world.ts';
import type { CellsSpec } from '../../core/state.ts';
import { type Checkpoints, openCheckpoints } from '../../state/checkpoints.ts';
import { memoryStore } from '../../state/store/memory-store.ts';
import type { OpenStore, StateStore } from '../../state/store/state-store.ts';
import { content } from '../capture-rig.ts';
import { openStored } from './open-stored.ts';
import type { StoredStates } from './stored-states.ts';
import type { StoredTables } from './stored-tables.ts';

/** Stores that outlive the process, by folder. */
function kept(): OpenStore {
  const stores = new Map<string, StateStore>();
  return async (spec) => {
    await spec.world.files.makeFolder(spec.folder);
    const store = stores.get(spec.folder) ?? (await memoryStore()(spec));
    stores.set(spec.folder, store);
    return store;
  };
}

interface Bounds {
  readonly overlayBytes: number;
  readonly cacheBytes: number;
}

class Rig<S> {
  readonly world: VirtualWorld = virtualWorld();
  readonly spec: CellsSpec<S>;
  readonly bounds: Bounds;
  readonly open: OpenStore = kept();
  nowMs = 0;
  n = 0;
  keys!: InternedKeys;
  tables!: StoredTables;
  states!: StoredStates<S>;
  checkpoints!: Checkpoints;

  constructor(spec: CellsSpec<S>, bounds: Bounds = { overlayBytes: 1e6, cacheBytes: 600 }) {
    this.spec = spec;
    this.bounds = bounds;
  }

  async begin(): Promise<void> {
    const inner = await openCheckpoints(this.world.files, '/state', 'orders');
    const stored = await inner.latest();
    const clock = { now: () => this.nowMs, monotonic: () => this.nowMs };
    const { open, bounds } = this;
    const opened = await openStored({
      ...bounds,
      open,
      world: { ...this.world, clock },
      dir: '/state',
      pipeline: 'orders',
      stored,
      nameOf: (operator) => operator,
    });
    this.tables = opened.tables;
    this.checkpoints = opened.tables.with(inner, opened.committed);
    this.keys = new InternedKeys({ maxParallelism: 4 });
    this.states = opened.tables.table('total', this.spec, this.keys);
  }

  id(key: number): number {
    return key < 0 ? -1 : this.keys.idOf(`key ${key}`);
  }

  async write(capture = this.states.capture('total')): Promise<void> {
    await this.checkpoints.write(++this.n, content, [capture]);
  }
}

type Step =
  | { readonly do: 'set' | 'change' | 'delete' | 'late'; readonly key: number }
  | { readonly do: 'wait'; readonly key: number }
  | { readonly do: 'write' | 'torn' | 'drop' | 'restart' };

const KEYS = 9;
const steps = (waits: readonly number[]): fc.Arbitrary<Step[]> => {
  const key = fc.integer({ min: -1, max: KEYS - 1 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    ...waits.map((ms) => ({ weight: 2, arbitrary: fc.constant<Step>({ do: 'wait', key: ms }) })),
    { weight: 14, arbitrary: fc.record({ do: fc.constantFrom('set', 'change', 'delete', 'change', 'late'), key }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('write', 'write', 'torn', 'drop', 'restart') }) },
  );
  return fc.array(step, { maxLength: 100, size: 'max' });
};

interface Kind {
  make(n: number): unknown;
  /** Changes it in place where it can be, and answers what to set it to where not. */
  change(state: unknown, n: number): unknown;
}

const kinds: Readonly<Record<string, Kind>> = {
  numbers: { make: (n) => n, change: (_state, n) => n },
  objects: { make: (n) => ({ n }), change: (state, n) => void ((state as { n: number }).n = n) },
};

interface Remembered {
  readonly state: unknown;
  readonly touchedMs: number;
}

async function play(kind: Kind, list: readonly Step[], keepMs?: number): Promise<void> {
  const rig = new Rig<unknown>({ name: 'cell', keepMs });
  let now = new Map<number, Remembered>();
  let saved = new Map<number, Remembered>();
  let value = 0;
  const isLiving = (one: Remembered): boolean => keepMs === undefined || one.touchedMs > rig.nowMs - keepMs;
  const remember = (key: number, state: unknown): void => void now.set(key, { state: structuredClone(state), touchedMs: rig.nowMs });
  const expectedOf = (key: number): unknown => {
    const one = now.get(key);
    return one !== undefined && isLiving(one) ? one.state : undefined;
  };
  const change = (key: number): void => {
    const state = rig.states.get(rig.id(key));
    expect(state).toEqual(expectedOf(key));
    if (state === undefined) return void now.delete(key);
    const next = kind.change(state, ++value);
    if (next !== undefined) rig.states.set(rig.id(key), next);
    remember(key, next ?? state);
  };
  const restart = async (): Promise<void> => {
    await rig.begin();
    now = structuredClone(saved);
  };
  await rig.begin();
  for (const step of list) {
    switch (step.do) {
      case 'set': {
        const state = kind.make(++value);
        rig.states.set(rig.id(step.key), state);
        remember(step.key, state);
        break;
      }
      case 'change':
        change(step.key);
        break;
      case 'delete':
        rig.states.delete(rig.id(step.key));
        now.delete(step.key);
        break;
      case 'wait':
        rig.nowMs += step.key;
        break;
      case 'late':
      case 'write': {
        saved = structuredClone(now);
        const capture = rig.states.capture('total');
        // Between the barrier and the writing, and between the writing and the store.
        if (step.do === 'late') change(step.key);
        await rig.write(capture);
        if (step.do === 'late') change((step.key + 1) % KEYS);
        await rig.checkpoints.committed(rig.n);
        break;
      }
      case 'torn':
        saved = structuredClone(now);
        await rig.write();
        await restart();
        break;
      case 'drop':
        rig.states.capture('total').drop();
        break;
      case 'restart':
        await restart();
        break;
    }
  }
  for (const id of [...rig.states.ids()]) expect(rig.states.get(id)).toBeDefined();
  await restart();
  const living = [...now].filter(([, one]) => isLiving(one)).map(([key]) => key);
  const ids = [...rig.states.ids()].map((id) => (id < 0 ? -1 : Number(String(rig.keys.keyAt(id)).slice('key '.length))));
  expect(ids.toSorted((a, b) => a - b)).toEqual(living.toSorted((a, b) => a - b));
  for (let key = -1; key < KEYS; key++) change(key);
}

test.each(Object.keys(kinds))(
  'whatever happens between barrier, checkpoint and store, a state is what it was: %s',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(steps([]), (list) => play(kinds[name]!, list)),
      { numRuns: 150 },
    );
  },
  60_000,
);

test.each(Object.keys(kinds))(
  'likewise where what nobody touched for 10 ms is forgotten: %s',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(steps([1, 3, 10]), (list) => play(kinds[name]!, list, 10)),
      { numRuns: 150 },
    );
  },
  60_000,
);

test('a full overlay asks for one checkpoint, at twice the bound sources are to wait, and the store takes it all', async () => {
  const rig = new Rig<{ text: string }>({ name: 'cell' }, { overlayBytes: 10_000, cacheBytes: 2000 });
  await rig.begin();
  let asked = 0;
  let done = Promise.withResolvers<boolean>();
  const full = (): Promise<boolean> => {
    asked++;
    return done.promise;
  };
  let held = 0;
  rig.tables.begin({ held: (bytes) => void (held += bytes), full });
  let key = 0;
  while (asked === 0) rig.states.set(rig.id(key++), { text: 'x'.repeat(100) });
  expect([held > 10_000, rig.tables.isFull]).toEqual([true, false]);
  while (!rig.tables.isFull) rig.states.set(rig.id(key++), { text: 'x'.repeat(100) });
  expect([held > 20_000, asked]).toEqual([true, 1]);
  await rig.write();
  expect(rig.tables.isFull).toBe(true);
  await rig.checkpoints.committed(rig.n);
  expect([held, rig.tables.isFull, asked]).toEqual([0, false, 1]);
  // What came while that one was on its way asks for another, when it is done.
  while (!rig.tables.isFull) rig.states.set(rig.id(key++), { text: 'x'.repeat(100) });
  expect(asked).toBe(1);
  done.resolve(true);
  done = Promise.withResolvers<boolean>();
  await Promise.resolve();
  expect(asked).toBe(2);
  for (let known = 0; known < key; known++) expect(rig.states.get(rig.id(known))).toEqual({ text: 'x'.repeat(100) });
});

test('where no checkpoint follows any more, a full overlay asks for one and not for ever; whoever has ended gives it back', async () => {
  const rig = new Rig<{ text: string }>({ name: 'cell' }, { overlayBytes: 10_000, cacheBytes: 2000 });
  await rig.begin();
  let asked = 0;
  let held = 0;
  const full = async (): Promise<boolean> => ++asked < 100;
  rig.tables.begin({ held: (bytes) => void (held += bytes), full });
  for (let key = 0; asked === 0; key++) rig.states.set(rig.id(key), { text: 'x'.repeat(100) });
  for (let turn = 0; turn < 500; turn++) await Promise.resolve();
  expect(asked).toBe(1);
  rig.states.letGo();
  expect(held).toBe(0);
});

test('a store that is at another checkpoint, or not there, is refused with what to do', async () => {
  const rig = new Rig<number>({ name: 'cell' });
  await rig.begin();
  for (let round = 0; round < 3; round++) {
    rig.states.set(rig.id(round), round);
    await rig.write();
    await rig.checkpoints.committed(rig.n);
  }
  const { files } = rig.world;
  await files.remove('/state/pipelines/orders/0000000003.ckpt');
  await expect(rig.begin()).rejects.toMatchObject({
    code: 'HR_STATE_STORE_APART',
    where: '/state/pipelines/orders/store/store-1',
    what: /at checkpoint 3, later than 2, and a store cannot go back/,
  });
  await files.remove('/state/pipelines/orders/store/store-1');
  await expect(rig.begin()).rejects.toMatchObject({ code: 'HR_STATE_STORE_APART', what: /it is not there/ });
});
