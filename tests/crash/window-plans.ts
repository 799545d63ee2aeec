import { type Aggregate, openTopic, type Pipeline, pipeline, sum } from '../../src/index.ts';
import { deadLetterTopic } from '../../src/pipeline/unread-letters.ts';
import { session, sliding, tumbling } from '../../src/windows/time.ts';
import { WindowModel, type Ways } from '../property/windows-model.ts';
import { type KeptOutputs, type KeptPlan, type KeptScene, linesOf, ordersOf, readLines, slowed } from './kept-scene.ts';
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
    read: async (folder) => ({ ...readLines(folder, [...NAMES]), [LETTERS]: await readLetters(folder) }),
    expected,
    order: 'set',
    steps: [
      'staged: sealed',
      'log: half appended',
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
    .through((all) => slowed(scene, all))
    .keyBy(({ key }) => key);
  const fields = { ids, total: sum(({ amount }: Order) => amount) };
  const { tens, visits, load } = windows;
  const { panes, lateness, early } = tens;
  orders.window('tens', tumbling(tens.window.size), { panes, lateness, early }).aggregate(fields).to(linesOf(scene, 'tens'));
  orders.window('visits', session(visits.window.gap), { lateness: visits.lateness }).aggregate(fields).to(linesOf(scene, 'visits'));
  orders.window('load', sliding(load.window.size, load.window.every)).aggregate(fields).to(linesOf(scene, 'load'));
  return plan as Pipeline;
}

/** Nobody reads them, so they are kept. */
async function readLetters(folder: string): Promise<string[]> {
  await using letters = await openTopic(deadLetterTopic('windows'), { dir: `${folder}/state` });
  const lines: string[] = [];
  for await (const { value } of letters.read({ until: 'caughtUp' }))
    lines.push(JSON.stringify({ operator: value.operator, id: (value.value as Order).id }));
  return lines;
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
