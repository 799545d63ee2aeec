import type { Chunk, Key, OnError, Pipeline, RecordInfo, Sink, Source, Stream } from '../../src/index.ts';
import { fail, pipeline, slidingCount, values } from '../../src/index.ts';
import type { DeadLetter } from '../../src/core/letter.ts';
import { OwnRecord } from '../../src/core/record-of.ts';
import type { World } from '../../src/core/world.ts';
import * as functions from './functions.ts';
import { type Item, rounded, seenAs } from './interpreter.ts';
import type { PlanNode, RandomPlan } from './random-plan.ts';
import { rowSource } from './row-source.ts';

/** A random plan as a pipeline, with everything written down that its functions and sinks saw. */
export interface Built {
  readonly pipeline: Pipeline;
  /** By node: what came out of sources and merges, and what sinks took. */
  readonly came: Map<number, Item[]>;
  /** By sink: its chunks, read only when the run is over, since whoever receives a chunk may keep it. */
  readonly chunks: Map<number, Chunk[]>;
  readonly seen: Map<number, string[]>;
  readonly letters: DeadLetter[];
}

type AnyStream = Stream<unknown>;

export function build(plan: RandomPlan, world: World): Built {
  const built: Built = {
    pipeline: pipeline('random', { onError: plan.onError }),
    came: new Map(),
    chunks: new Map(),
    seen: new Map(),
    letters: [],
  };
  const streams: AnyStream[] = [];
  const splits = new Map<number, Readonly<Record<string, AnyStream>>>();
  for (const node of plan.nodes) {
    const from = streams[node.inputs[0]!]!;
    if (node.op === 'source')
      streams.push(
        recorded(built, node, built.pipeline.from(plan.rows === undefined ? sourceOf(node, plan.records) : rowSource(node, plan))),
      );
    else if (node.op === 'merge') streams.push(recorded(built, node, from.merge(streams[node.inputs[1]!]!)));
    else if (node.op === 'split') {
      splits.set(
        node.id,
        from.split({
          first: (value) => test(functions.branched(node, 0, value)),
          second: (value) => test(functions.branched(node, 1, value)),
        }),
      );
      streams.push(from);
    } else if (node.op === 'branch') streams.push(splits.get(node.inputs[0]!)![node.b === 0 ? 'first' : 'second']!);
    else if (node.op === 'sink') {
      from.to(sinkOf(built, node));
      streams.push(from);
    } else streams.push(step(built, node, from, world));
  }
  const fates = [plan.onError, ...plan.nodes.map((node) => node.onError)];
  if (fates.includes('deadLetter')) built.pipeline.deadLetters().to(keep(built.letters));
  return built;
}

/** What the runtime knows a record by. */
const itemOf = (value: unknown, record: RecordInfo): Item => ({ value, id: record.id, key: record.key, position: record.position });

function sourceOf(node: PlanNode, records: number): Source<unknown> {
  return { ...values<unknown>(functions.sourceValues(node, records)), id: `s${node.id}` };
}

function recorded(built: Built, node: PlanNode, stream: AnyStream): AnyStream {
  const came: Item[] = [];
  built.came.set(node.id, came);
  return stream.tap((value, record) => void came.push(itemOf(value, record)), { name: `n${node.id}` });
}

function sinkOf(built: Built, node: PlanNode): Sink<unknown> {
  const chunks: Chunk[] = [];
  built.chunks.set(node.id, chunks);
  return { kind: 'probe', id: `n${node.id}`, delivery: 'none', open: () => ({ write: (chunk) => void chunks.push(chunk), close() {} }) };
}

function keep(letters: DeadLetter[]): Sink<DeadLetter> {
  return {
    kind: 'letters',
    id: 'letters',
    delivery: 'none',
    open: () => ({ write: (chunk) => void letters.push(...chunk.values), close() {} }),
  };
}

/** What came to a sink, read from the chunks it kept. */
export function itemsOf(chunks: readonly Chunk[]): Item[] {
  return chunks.flatMap((chunk) => chunk.values.map((value, i) => itemOf(value, new OwnRecord(chunk, i))));
}

function done(deed: functions.Deed): never {
  if (deed.is === 'value') return deed.value as never;
  if (deed.is === 'throw') throw new Error(deed.what);
  return fail(deed.what) as never;
}
function test(deed: functions.Deed): boolean {
  return done(deed);
}

function step(built: Built, node: PlanNode, from: AnyStream, world: World): AnyStream {
  const name = `n${node.id}`;
  const options: { readonly name: string; readonly onError?: OnError } =
    node.onError === undefined ? { name } : { name, onError: node.onError };
  const { name: _name, ...unnamed } = options;
  const seen: string[] = [];
  built.seen.set(node.id, seen);
  const see = (record: RecordInfo): void => void seen.push(seenAs(record.id, record.key, record.position));
  switch (node.op) {
    case 'map':
      return from.map((value, record) => {
        see(record);
        return done(functions.mapped(node, value));
      }, options);
    case 'filter':
      return from.filter((value, record) => {
        see(record);
        return test(functions.kept(node, value));
      }, options);
    case 'tap':
      return from.tap((value, record) => {
        see(record);
        return done(functions.looked(node, value));
      }, options);
    case 'keyBy':
      return from.keyBy((value, record): Key => {
        see(record);
        return done(functions.keyed(node, value));
      }, options);
    case 'flatMap':
      return from.flatMap((value, record): Iterable<unknown> => {
        see(record);
        return childrenOf(node, value);
      }, options);
    case 'scan':
      return from.scan<number>(
        name,
        () => 0,
        (state, value) => done(functions.folded(node, state, value)),
        unnamed,
      );
    case 'statistics':
      return from
        .statistics(name, (value) => done(functions.measured(node, value)), { every: (node.b % 3) + 1, ...unnamed })
        .map((s) => [s.count, rounded(s.mean), rounded(s.variance), s.min, s.max]) as AnyStream;
    case 'distinct':
      return from.distinct((value): Key => done(functions.measured(node, value)), { keep: { items: node.a * 4 }, ...options });
    case 'take':
      return from.take(node.a * 3 + node.b, options);
    case 'skip':
      return from.skip(node.a + node.b, options);
    case 'batch':
      return from.batch(node.a + 1) as AnyStream;
    case 'window':
      return from.window(name, slidingCount(node.a + 1, node.b === 0 ? node.a + 1 : Math.min(node.b, node.a + 1))).toArray() as AnyStream;
    case 'mapAsync':
      return from.mapAsync(
        (value, record) => {
          see(record);
          const deed = functions.mapped(node, value);
          return settled(deed, functions.number(value) % 5, world) as Promise<unknown>;
        },
        { concurrency: node.a + 1, ...options },
      );
    case 'mapBatch':
      // What is found is of no use here, so the answers are those of a batch.
      if (node.b === 4) {
        const by = (value: unknown): number => functions.number(value) % (node.a + 1);
        const put = (value: unknown): unknown => done(functions.mapped(node, value));
        return from.enrich({ by, find: async (keys) => keys }, put, { max: node.a, cache: { for: '5ms', items: 2 }, ...options });
      }
      // One that throws costs its batch; isolate finds it.
      return from.mapBatch(async (many) => many.map((value): unknown => done(functions.mapped(node, value))), {
        max: node.a + 1,
        within: '5ms',
        concurrency: node.b + 1,
        isolate: true,
        ...options,
      });
    case 'buffer':
      return from.buffer({ items: node.a * 3, name });
    case 'rateLimit':
      return from.rateLimit({ records: node.a * 1000, per: '1s', burst: node.b + 1, name });
    default:
      throw new Error(`no operator ${node.op}`);
  }
}

/** At once, by a promise that is settled, or later, so that answers come in any order. */
function settled(deed: functions.Deed, way: number, world: World): unknown {
  if (way < 2) return done(deed);
  if (way < 4) return (async () => done(deed))();
  return new Promise((resolve, reject) => {
    world.scheduler.after(1, () => {
      try {
        resolve(done(deed));
      } catch (error) {
        reject(error as Error);
      }
    });
  });
}

function childrenOf(node: PlanNode, value: unknown): Iterable<unknown> {
  const { deeds, thrown } = functions.children(node, value);
  if (thrown !== undefined && node.fault!.kind !== 'late') return done(deeds[0]!);
  const all = deeds.map((deed) => done(deed));
  if (thrown === undefined && node.a % 2 === 0) return all;
  return (function* () {
    yield* all;
    if (thrown !== undefined) throw new Error(thrown);
  })();
}
