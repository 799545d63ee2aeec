import { readdirSync, readFileSync } from 'node:fs';
import { fileSink, fileSource } from '../../src/connectors/files/index.ts';
import { json, type Pipeline, pipeline, type Sink, type Stream } from '../../src/index.ts';
import type { KeptStep } from './kept-steps.ts';
import type { Order } from './pipelines.ts';

/** Where a run of one of these plans reads and writes: everything is under one folder. */
export interface KeptScene {
  readonly folder: string;
  /** Small reads make a run last. */
  readonly blockBytes: number;
  /** Of the second run of 'redrive', when what was wrong has been mended. */
  readonly isMended: boolean;
  wait(turns: number): Promise<void>;
  look?(): void;
  watch(sink: Sink<unknown>): Sink<unknown>;
  watchDatabase(sink: Sink<unknown>): Sink<unknown>;
}

/** What a run has left: lines by output. A partition of a topic is an output of its own. */
export type KeptOutputs = Readonly<Record<string, readonly string[]>>;

export interface KeptPlan {
  make(scene: KeptScene): Pipeline;
  read(folder: string): Promise<KeptOutputs>;
  /** What must be there, worked out without any of the product. Only where a key lives is taken from what was found. */
  expected(orders: readonly Order[], found: KeptOutputs): KeptOutputs;
  /** How it must be equal: each output line by line, line by line for each key, or as a set. */
  readonly order: 'lines' | 'keys' | 'set';
  /** The steps that only plans of its kind take. */
  readonly steps: readonly KeptStep[];
  readonly parallelism?: number;
  /** Its state lies on a disk with hardly any memory beside it. */
  readonly isStored?: boolean;
  /** Its letters are sent in again by runs of their own; those are the ones that are killed. */
  readonly isRedriven?: boolean;
}

export interface Total {
  readonly key: string;
  readonly id: number;
  readonly total: number;
}

const MODULUS = 1_000_003;

/** An asynchronous step in front of state, so that a barrier finds something under way. */
export function slowed(scene: KeptScene, orders: Stream<Order>): Stream<Order> {
  return orders
    .tap(() => scene.look?.())
    .mapAsync(
      async (order) => {
        await scene.wait(order.id % 3);
        return order;
      },
      { concurrency: 8 },
    );
}

export function totals(scene: KeptScene, name: string): Stream<Total> {
  return pipeline(name)
    .from(ordersOf(scene), { name: 'orders' })
    .through((orders) => slowed(scene, orders))
    .keyBy(({ key }) => key)
    .scan(
      'totals',
      (): Total => ({ key: '', id: 0, total: 0 }),
      ({ total }, { key, id, amount }) => ({ key, id, total: (total * 31 + amount) % MODULUS }),
    );
}

/** What they must be, by twenty obvious lines. */
export function expectedTotals(orders: readonly Order[]): Total[] {
  const totals = new Map<string, number>();
  return orders.map(({ key, id, amount }) => {
    const total = ((totals.get(key) ?? 0) * 31 + amount) % MODULUS;
    totals.set(key, total);
    return { key, id, total };
  });
}

/** Lines in a file that is written piece by piece. */
export function linesOf(scene: KeptScene, name: string): Sink<unknown> {
  return scene.watch(fileSink(`${scene.folder}/out/${name}.jsonl`, json<unknown>(), { bufferBytes: 4096 }));
}

/** What was committed of each of these. */
export function readLines(folder: string, names: readonly string[]): KeptOutputs {
  const files = readdirSync(`${folder}/out`).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const parts = files.filter((file) => file === `${name}.jsonl` || file.startsWith(`${name}-`));
      return [name, parts.flatMap((file) => readFileSync(`${folder}/out/${file}`, 'utf8').split('\n').slice(0, -1))];
    }),
  );
}

export function ordersOf({ folder, blockBytes }: KeptScene): ReturnType<typeof fileSource<Order>> {
  return fileSource(`${folder}/in/orders.jsonl`, json<Order>(), { blockBytes });
}
