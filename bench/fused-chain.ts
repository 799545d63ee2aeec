import { Readable, Transform, Writable } from 'node:stream';
import { pipeline as streamPipeline } from 'node:stream/promises';
import { each, pipeline, run } from 'headrace';
import { BATCH, byHand, isKept, scaled, type Scaled, scored, type Scored, squared, Total } from './chain.ts';
import type { Contest, Outcome, Question } from './kit/question.ts';
import { effect } from './peers/effect.ts';
import { rxjs } from './peers/rxjs.ts';
import { type Row, rowOf } from './rows.ts';
import { iterated, iteratedAsync, numbered } from './source.ts';

const chain: Contest = {
  title: 'map, filter, map, map, batch(256), each over seeded rows',
  ours: {
    name: 'headrace',
    records: 16_000_000,
    async run(records) {
      const total = new Total();
      await run(
        pipeline('bench')
          .from(numbered(records, rowOf))
          .map(scaled)
          .filter(isKept)
          .map(squared)
          .map(scored)
          .batch(BATCH)
          .to(each(total.add)),
      );
      return total.outcome;
    },
  },
  peers: [
    { name: 'hand-written loop', records: 16_000_000, atLeast: 0.6, run: byHand },
    { name: 'RxJS', records: 1_000_000, atLeast: 10, reached: 5.8, run: byRxjs },
    { name: 'Effect Stream', records: 700_000, run: byEffect },
    { name: 'Node streams', records: 300_000, atLeast: 30, reached: 17, run: byNodeStreams },
    { name: 'async generators', records: 150_000, atLeast: 70, reached: 42, run: byAsyncGenerators },
  ],
  expected: (records) => byHand(records).answer,
};

async function byRxjs(records: number): Promise<Outcome> {
  const { Observable, map, filter, bufferCount } = await rxjs();
  const total = new Total();
  const rows = new Observable<Row>((subscriber) => {
    for (let i = 0; i < records && !subscriber.closed; i++) subscriber.next(rowOf(i));
    subscriber.complete();
  });
  await new Promise<void>((complete, error) => {
    rows.pipe(map(scaled), filter(isKept), map(squared), map(scored), bufferCount(BATCH)).subscribe({ next: total.add, error, complete });
  });
  return total.outcome;
}

async function byEffect(records: number): Promise<Outcome> {
  const { Effect, Stream } = await effect();
  const total = new Total();
  const rows = Stream.fromIterable(iterated(records, rowOf), { chunkSize: 1024 });
  const sum = Stream.runForEach((batch: readonly Scored[]) => Effect.sync(() => total.add(batch)));
  await Effect.runPromise(
    rows.pipe(Stream.map(scaled), Stream.filter(isKept), Stream.map(squared), Stream.map(scored), Stream.grouped(BATCH), sum),
  );
  return total.outcome;
}

async function byNodeStreams(records: number): Promise<Outcome> {
  const total = new Total();
  let next = 0;
  let batch: Scored[] = [];
  const rows = new Readable({
    objectMode: true,
    read() {
      while (next < records) if (!this.push(rowOf(next++))) return;
      this.push(null);
    },
  });
  const mapped = <T, U>(fn: (value: T) => U): Transform =>
    new Transform({ objectMode: true, transform: (value: T, _encoding, done) => done(null, fn(value)) });
  const filtered = new Transform({
    objectMode: true,
    transform: (row: Scaled, _encoding, done) => (isKept(row) ? done(null, row) : done()),
  });
  const batched = new Transform({
    objectMode: true,
    transform(row: Scored, _encoding, done) {
      batch.push(row);
      if (batch.length < BATCH) return done();
      const full = batch;
      batch = [];
      done(null, full);
    },
    flush: (done) => (batch.length > 0 ? done(null, batch) : done()),
  });
  const summed = new Writable({
    objectMode: true,
    write(full: readonly Scored[], _encoding, done) {
      total.add(full);
      done();
    },
  });
  await streamPipeline(rows, mapped(scaled), filtered, mapped(squared), mapped(scored), batched, summed);
  return total.outcome;
}

async function* mapped<T, U>(values: AsyncIterable<T>, fn: (value: T) => U): AsyncGenerator<U> {
  for await (const value of values) yield fn(value);
}

async function* filtered<T>(values: AsyncIterable<T>, keep: (value: T) => boolean): AsyncGenerator<T> {
  for await (const value of values) if (keep(value)) yield value;
}

async function* batched<T>(values: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const value of values) {
    batch.push(value);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function byAsyncGenerators(records: number): Promise<Outcome> {
  const total = new Total();
  const scores = mapped(mapped(filtered(mapped(iteratedAsync(records, rowOf), scaled), isKept), squared), scored);
  for await (const batch of batched(scores)) total.add(batch);
  return total.outcome;
}

export const fusedChain: Question = {
  name: 'fused-chain',
  asks: 'what does a chain of six steps cost a record, beside a loop written by hand and other libraries?',
  unit: 'record',
  contests: [chain],
};
