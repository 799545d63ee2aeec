import { fileSink, fileSource } from '../../src/connectors/files/index.ts';
import { fail, json, type KeyedStream, type Pipeline, pipeline, type Sink, type Stream, tumblingCount } from '../../src/index.ts';

export interface Order {
  readonly id: number;
  readonly key: string;
  readonly amount: number;
}

/** Where a run of one of the plans reads and writes, and what a test wants to know of it. */
export interface Scene {
  /** The folder of the inputs; `orders.jsonl` and `notes.jsonl` are there. */
  readonly inputs: string;
  /** The folder of what is committed. */
  readonly outputs: string;
  /** Small reads make a run last. */
  readonly blockBytes: number;
  /** What an asynchronous step waits for. */
  wait(turns: number): Promise<void>;
  /** Called with every record of the orders. */
  look?(): void;
  watch(sink: Sink<unknown>): Sink<unknown>;
}

interface Total {
  readonly ids: readonly number[];
  readonly key: string;
  readonly total: number;
  readonly seen: number;
}

interface Line {
  readonly line: number;
  readonly ids: readonly number[];
  readonly key: string;
  readonly checksum: number;
}

const MODULUS = 1_000_003;

/** Each plan by its name, with the names of its outputs. */
export const plans: Readonly<Record<string, { readonly outputs: readonly string[]; make(scene: Scene): Pipeline }>> = {
  straight: { outputs: ['lines', 'sums'], make: straight },
  merged: { outputs: ['merged', 'letters'], make: merged },
};

/** No merge and nothing asynchronous: every byte is decided by the input. */
function straight(scene: Scene): Pipeline {
  const plan = pipeline('straight');
  const orders = plan
    .from(ordersOf(scene), { name: 'orders' })
    .tap(() => scene.look?.())
    .keyBy(({ key }) => key);
  lines(orders)
    .flatMap((line) => [{ ...line, child: 0 }, ...(line.line % 3 === 0 ? [{ ...line, child: 1 }] : [])])
    .to(sinkOf(scene, 'lines'));
  orders
    .map(({ amount }) => amount)
    .scan(
      'sums',
      () => 0,
      (sum, amount) => (sum * 3 + amount) % MODULUS,
    )
    .to(sinkOf(scene, 'sums'));
  return plan as Pipeline;
}

/**
 * A second source, a fan-out that meets again, asynchronous steps and dead letters. What remembers stands in front of
 * the fan-out, so a value does not depend on the order in which branches meet; each branch keeps its own order.
 */
function merged(scene: Scene): Pipeline {
  const plan = pipeline('merged', { onError: 'deadLetter' });
  const { wait } = scene;
  const orders = plan
    .from(ordersOf(scene), { name: 'orders' })
    .map((order) => (order.amount % 97 === 13 ? fail(`order ${order.id} costs an unlucky amount`) : order))
    .keyBy(({ key }) => key);
  const all = lines(orders);
  const left = all.filter(({ line }) => line % 2 === 0).map((line) => ({ branch: 'left', ...line, child: 0 }));
  const right = all
    .mapAsync(
      async (line) => {
        await wait(3 * (line.line % 5));
        return line;
      },
      // One at a time: this source often waits, so its barrier comes later than that of the other.
      { concurrency: 1 },
    )
    .flatMap((line) => [0, 1].map((child) => ({ branch: 'right', ...line, child })));
  const notes = plan
    .from(fileSource(`${scene.inputs}/notes.jsonl`, json<{ note: number }>(), { blockBytes: scene.blockBytes >> 1 }), { name: 'notes' })
    .scan(
      'notes so far',
      () => ({ note: 0, sum: 0 }),
      ({ sum }, { note }) => ({ note, sum: (sum * 7 + note) % MODULUS }),
    )
    .map(({ note, sum }) => ({ branch: 'notes', line: note, sum }));
  (left as Stream<unknown>)
    .merge(right, notes)
    .mapAsync(
      async (value) => {
        await wait((value as { line: number }).line % 4);
        return value;
      },
      { concurrency: 8 },
    )
    .to(sinkOf(scene, 'merged'));
  plan
    .deadLetters()
    .map(({ id, operator, error }) => ({ id, operator, what: error.what }))
    .to(sinkOf(scene, 'letters'));
  return plan as Pipeline;
}

/** Keyed scan, keyed count window, a gather by `skip`, and one scan over all of them. */
function lines(orders: KeyedStream<string, Order>): Stream<Line> {
  return orders
    .scan(
      'totals',
      (): Total => ({ ids: [], key: '', total: 0, seen: 0 }),
      (kept, order) => ({ ids: [order.id], key: order.key, total: (kept.total * 31 + order.amount) % MODULUS, seen: kept.seen + 1 }),
    )
    .window('fours', tumblingCount(4))
    .toArray()
    .skip(1, { name: 'but the first' })
    .keyBy(() => 'all')
    .scan(
      'lines',
      (): Line => ({ line: 0, ids: [], key: '', checksum: 1 }),
      (kept, totals) => ({
        line: kept.line + 1,
        ids: totals.flatMap(({ ids }) => ids),
        key: totals[0]!.key,
        checksum: totals.reduce((sum, { total, seen }) => (sum * 17 + total * 3 + seen) % MODULUS, kept.checksum),
      }),
    );
}

function ordersOf(scene: Scene): ReturnType<typeof fileSource<Order>> {
  return fileSource(`${scene.inputs}/orders.jsonl`, json<Order>(), { blockBytes: scene.blockBytes });
}

function sinkOf(scene: Scene, name: string): Sink<unknown> {
  return scene.watch(fileSink(`${scene.outputs}/${name}.jsonl`, json<unknown>(), { bufferBytes: 4096 }));
}
