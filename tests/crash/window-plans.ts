import { readdirSync, readFileSync } from 'node:fs';
import { fileSink } from '../../src/connectors/files/index.ts';
import { type Aggregate, json, type Pipeline, type Sink, pipeline, sum } from '../../src/index.ts';
import { session, sliding, tumbling } from '../../src/windows/time.ts';
import { WindowModel, type Ways } from '../property/windows-model.ts';
import { type KeptOutputs, type KeptPlan, type KeptScene, ordersOf } from './kept-scene.ts';
import type { Order } from './pipelines.ts';

const DISORDER_MS = 80;

/** Corrections, early panes and both modes; a tenth of the records is far behind, and some of those are too late. */
const windows = {
  tens: { window: { kind: 'tumbling', size: 500 }, panes: 'discarding', lateness: 300, early: { records: 3 } },
  visits: { window: { kind: 'session', gap: 400 }, panes: 'accumulating', lateness: 250 },
  load: { window: { kind: 'sliding', size: 1000, every: 250 }, panes: 'accumulating', lateness: 0 },
} as const satisfies Readonly<Record<string, Ways>>;
const NAMES = ['tens', 'visits', 'load'] as const;
const LETTERS = 'letters';

export const windowPlans: Readonly<Record<string, KeptPlan>> = {
  windows: {
    make: intoWindows,
    read,
    expected,
    order: 'set',
    steps: [
      'written',
      'reading',
      'checkpoint .part half written',
      'checkpoint .part synced',
      'prepare: written, not synced',
      'commit: file named',
      'old checkpoint removed',
    ],
  },
};

function atOf({ id, amount }: Order): number {
  return id * 10 - (amount % 10 === 0 ? 600 : amount % DISORDER_MS);
}

const ids: Aggregate<Order, readonly number[], number, number[]> = {
  of: ({ id }) => id,
  create: () => [],
  add: (state, id) => void state.push(id),
  merge: (state, later) => void state.push(...later),
  extract: (state) => state.toSorted((a, b) => a - b),
};

/** The watermark goes through an asynchronous step, and a barrier finds windows of each kind open. */
function intoWindows(scene: KeptScene): Pipeline {
  const plan = pipeline('windows');
  const orders = plan
    .from(ordersOf(scene), { name: 'orders' })
    .eventTime(atOf, { disorder: DISORDER_MS })
    .tap(() => scene.look?.())
    .mapAsync(
      async (order) => {
        await scene.wait(order.id % 3);
        return order;
      },
      { concurrency: 8 },
    )
    .keyBy(({ key }) => key);
  const fields = { ids, total: sum(({ amount }: Order) => amount) };
  const { tens, visits, load } = windows;
  const { panes, lateness, early } = tens;
  orders.window('tens', tumbling(tens.window.size), { panes, lateness, early }).aggregate(fields).to(sinkOf(scene, 'tens'));
  orders.window('visits', session(visits.window.gap), { lateness: visits.lateness }).aggregate(fields).to(sinkOf(scene, 'visits'));
  orders.window('load', sliding(load.window.size, load.window.every)).aggregate(fields).to(sinkOf(scene, 'load'));
  plan
    .deadLetters()
    .map(({ operator, value }) => ({ operator, id: (value as Order).id }))
    .to(sinkOf(scene, LETTERS));
  return plan as Pipeline;
}

function sinkOf(scene: KeptScene, name: string): Sink<unknown> {
  return scene.watch(fileSink(`${scene.folder}/out/${name}.jsonl`, json<unknown>(), { bufferBytes: 4096 }));
}

async function read(folder: string): Promise<KeptOutputs> {
  const files = readdirSync(`${folder}/out`).toSorted();
  return Object.fromEntries(
    [...NAMES, LETTERS].map((name) => {
      const parts = files.filter((file) => file === `${name}.jsonl` || file.startsWith(`${name}-`));
      return [name, parts.flatMap((file) => readFileSync(`${folder}/out/${file}`, 'utf8').split('\n').slice(0, -1))];
    }),
  );
}

/** By the model of the property tests, order after order. */
function expected(orders: readonly Order[]): KeptOutputs {
  const letters: string[] = [];
  const panes = NAMES.map((name) => {
    const model = new WindowModel(windows[name]);
    for (const order of orders) {
      model.record({ key: order.key, at: atOf(order), value: order.id });
      model.watermark(atOf(order) - DISORDER_MS);
    }
    model.end();
    letters.push(...model.late.map((id) => JSON.stringify({ operator: name, id })));
    const lines = model.panes.map(({ key, start, end, index, timing, values }) => {
      const total = values.reduce((all, id) => all + orders[id]!.amount, 0);
      return JSON.stringify({ key, window: { start, end }, pane: { index, timing }, ids: values, total });
    });
    return [name, lines] as const;
  });
  return { ...Object.fromEntries(panes), [LETTERS]: letters };
}
