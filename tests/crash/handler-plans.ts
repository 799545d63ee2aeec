import { cell, type Pipeline, pipeline } from '../../src/index.ts';
import { type KeptOutputs, type KeptPlan, type KeptScene, linesOf, ordersOf, readLines, slowed } from './kept-scene.ts';
import type { Order } from './pipelines.ts';

const DISORDER_MS = 80;
const GAP_MS = 300;
const BEFORE_MS = 150;
const AFTER_MS = 400;
const NAMES = ['visits', 'reminders', 'pairs', 'rows'] as const;

/** Timers, cells and what joins keep, across kills. */
export const handlerPlans: Readonly<Record<string, KeptPlan>> = {
  handlers: {
    make,
    read: async (folder) => readLines(folder, NAMES),
    expected,
    order: 'set',
    steps: [
      'written',
      'reading',
      'checkpoint .part half written',
      'checkpoint .part synced',
      'commit: file named',
      'old checkpoint removed',
    ],
  },
};

function atOf({ id, amount }: Order): number {
  return id * 10 - (amount % DISORDER_MS);
}

function isLeft({ amount }: Order): boolean {
  return amount % 3 === 0;
}

function make(scene: KeptScene): Pipeline {
  const plan = pipeline('handlers');
  const orders = plan
    .from(ordersOf(scene), { name: 'orders' })
    .eventTime(atOf, { disorder: DISORDER_MS })
    .through((all) => slowed(scene, all))
    .keyBy(({ key }) => key);
  orders
    .process(
      'visits',
      {
        cells: { ids: cell((): readonly number[] => []) },
        onRecord({ id }, { cells, timers, time }) {
          cells.ids.update((ids) => [...ids, id]);
          timers.set('over', time + GAP_MS);
        },
        onTimer({ at }, { key, cells, forget }) {
          const ids = cells.ids.get();
          forget();
          return [{ key, at, ids }];
        },
      },
      { order: 'eventTime' },
    )
    .to(linesOf(scene, 'visits'));
  // As records come: one timer each, so nothing depends on when the watermark does.
  orders
    .process('reminders', {
      onRecord: ({ id }, { timers, time }) => timers.set(`${id}`, time + 2 * DISORDER_MS),
      onTimer: ({ name, at }, { key }) => [{ key, id: Number(name), at }],
    })
    .to(linesOf(scene, 'reminders'));
  const [left, right] = [orders.filter(isLeft), orders.filter((order) => !isLeft(order))];
  left
    .join('pairs', right, (one, other) => ({ left: one.id, right: other?.id ?? null }), {
      within: { before: BEFORE_MS, after: AFTER_MS },
      kind: 'left',
    })
    .to(linesOf(scene, 'pairs'));
  left.joinAsOf('rows', right, (one, row) => ({ left: one.id, row: row?.id ?? null }), { kind: 'left' }).to(linesOf(scene, 'rows'));
  return plan as Pipeline;
}

/** In the plainest way: key by key, all at once, in the order of time. */
function expected(orders: readonly Order[]): KeptOutputs {
  const out: Record<(typeof NAMES)[number], object[]> = { visits: [], reminders: [], pairs: [], rows: [] };
  for (const [key, all] of Map.groupBy(orders, (order) => order.key)) {
    const inTime = all.toSorted((a, b) => atOf(a) - atOf(b) || a.id - b.id);
    let ids: number[] = [];
    for (const [i, order] of inTime.entries()) {
      ids.push(order.id);
      const next = inTime[i + 1];
      if (next !== undefined && atOf(next) < atOf(order) + GAP_MS) continue;
      out.visits.push({ key, at: atOf(order) + GAP_MS, ids });
      ids = [];
    }
    out.reminders.push(...all.map((order) => ({ key, id: order.id, at: atOf(order) + 2 * DISORDER_MS })));
    const rights = inTime.filter((order) => !isLeft(order));
    for (const one of inTime.filter(isLeft)) {
      const met = rights.filter((other) => atOf(other) >= atOf(one) - BEFORE_MS && atOf(other) <= atOf(one) + AFTER_MS);
      out.pairs.push(...(met.length === 0 ? [{ left: one.id, right: null }] : met.map((other) => ({ left: one.id, right: other.id }))));
      const row = rights.findLast((other) => atOf(other) <= atOf(one));
      out.rows.push({ left: one.id, row: row?.id ?? null });
    }
  }
  return Object.fromEntries(NAMES.map((name) => [name, out[name].map((line) => JSON.stringify(line))]));
}
