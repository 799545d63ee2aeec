import type { Codec } from '../../core/codec.ts';
import { HeadraceError } from '../../core/error.ts';
import type { Key } from '../../core/keys.ts';
import type { Sink, SinkContext, Writer } from '../../core/sink.ts';
import type { PartitionId, Reader, Resume, SourceContext } from '../../core/source.ts';
import type { TopicSpec, TopicStore } from '../../core/topic.ts';
import { type Bytes, byteCount, type Duration, milliseconds, wholeNumber } from '../../core/units.ts';
import { RowsOf } from './rows.ts';

export interface TopicOptions<T> {
  /** Into how many partitions a new topic is divided by key; 4 by default. One that is there keeps what it has. */
  readonly partitions?: number;
  /** How long and how much of it is kept, read or not; '7d' and '1GiB' by default. */
  readonly keep?: { readonly for?: Duration; readonly bytes?: Bytes };
  /** The key of a record that is written; the key of a keyed stream unless told. Records of one key keep their order. */
  readonly key?: (value: T) => Key;
  /** When what a pipeline with checkpoints writes can be read: with the commit of its checkpoint (the default), or at once, and then at least once. */
  readonly visible?: 'atCommit' | 'atOnce';
  /** Where a reader without a position begins; 'start' by default. */
  readonly from?: 'start' | 'end';
}

/**
 * A named durable log that the runtime keeps: a source, a sink, and what carries records from one pipeline to another.
 * Read behind what is kept it says `HR_POSITION_EXPIRED`.
 *
 * With `dir` it lies in files under `dir/topics`, and other processes may read it. Without, it is in memory for the runs
 * that share the runtime value: unread records only, 64 MiB at the most, then the writer waits; while nobody reads, the
 * newest are kept and the others counted as dropped.
 *
 * @example
 * ```ts
 * import { embedded } from 'headrace/runtimes/embedded';
 *
 * const runtime = embedded();
 * const squares = topic<number>('squares', json());
 * await run(pipeline('make').from(values([1, 2, 3])).map((n) => n * n).to(squares), { runtime });
 * await run(pipeline('show').from(squares).to(print()), { runtime, until: 'caughtUp' });
 * // 1
 * // 4
 * // 9
 * ```
 */
export interface Topic<T> {
  readonly kind: 'topic';
  readonly id: string;
  readonly codec: Codec<T>;
  /** Its records bring event times. */
  readonly timed: true;
  readonly delivery: 'twoPhase' | 'none';
  readonly spec: TopicSpec;
  readonly key: ((value: T) => Key) | undefined;
  readonly bodies?: Sink<Uint8Array>;
  partitions(context: SourceContext): Promise<readonly number[]>;
  /** As a sink. */
  open(context: SinkContext): Promise<Writer<T>>;
  /** As a source. */
  open(partition: PartitionId, resume: Resume | undefined, context: SourceContext): Promise<Reader<T>>;
}

export function topic<T>(name: string, codec: Codec<T>, options: TopicOptions<T> = {}): Topic<T> {
  const id = `topic:${name}`;
  const { key, from = 'start' } = options;
  const spec = specOf(name, options);
  const write = (context: SinkContext, encode: (value: T) => Uint8Array): Promise<Writer<T>> =>
    opened(id, context.topics, (topics) => topics.writer(spec, context, new RowsOf({ encode, keyOf: key })));
  const read = (partition: PartitionId, resume: Resume | undefined, { topics, world }: SourceContext): Promise<Reader<T>> =>
    opened(id, topics, (store) => store.reader(spec, Number(partition), resume ?? from, world));

  function open(context: SinkContext): Promise<Writer<T>>;
  function open(partition: PartitionId, resume: Resume | undefined, context: SourceContext): Promise<Reader<T>>;
  function open(first: SinkContext | PartitionId, resume?: Resume, context?: SourceContext): Promise<Writer<T> | Reader<T>> {
    return typeof first === 'object' ? write(first, (value) => codec.encode(value)) : read(first, resume, context!);
  }

  return {
    kind: 'topic',
    id,
    codec,
    timed: true,
    delivery: spec.visible === 'atOnce' ? 'none' : 'twoPhase',
    spec,
    key,
    // A key made of the value needs the value.
    ...(key === undefined ? { bodies: bodiesOf(id, spec) } : {}),
    partitions: ({ topics }) => opened(id, topics, (store) => store.partitions(spec)),
    open,
  };
}

/** The same sink for values that are bytes already. */
function bodiesOf(id: string, spec: TopicSpec): Sink<Uint8Array> {
  return {
    kind: 'topic',
    id,
    delivery: spec.visible === 'atOnce' ? 'none' : 'twoPhase',
    open: (context) =>
      opened(id, context.topics, (topics) =>
        topics.writer(spec, context, new RowsOf<Uint8Array>({ encode: (body) => body, keyOf: undefined })),
      ),
  };
}

function specOf<T>(name: string, { partitions = 4, keep = {}, visible = 'atCommit' }: TopicOptions<T>): TopicSpec {
  if (name === '' || Buffer.byteLength(name) > 200) throw badName(name);
  return {
    name,
    partitions: wholeNumber(partitions, 'option partitions'),
    keep: { forMs: milliseconds(keep.for ?? '7d', 'option keep.for'), bytes: byteCount(keep.bytes ?? '1GiB', 'option keep.bytes') },
    visible,
  };
}

async function opened<R>(id: string, topics: TopicStore | undefined, open: (topics: TopicStore) => R | Promise<R>): Promise<R> {
  if (topics !== undefined) return open(topics);
  throw new HeadraceError({
    code: 'HR_TOPICS_MISSING',
    what: 'this runtime keeps no topics',
    where: id,
    todo: 'Run it embedded, or read and write a named system, as a file.',
  });
}

function badName(name: string): HeadraceError {
  return new HeadraceError({
    code: 'HR_OPTION_INVALID',
    what: name === '' ? 'a topic needs a name' : 'the name of the topic has more than 200 bytes',
    where: 'topic(name, …)',
    todo: "Give it one that says what flows in it, as topic('orders', json()).",
  });
}
