import { expect, test } from 'vitest';
import { StreamBuffer } from '../buffers/stream-buffer.ts';
import { collect } from '../connectors/values/collect.ts';
import { each } from '../connectors/values/each.ts';
import { values } from '../connectors/values/values.ts';
import { json } from '../codecs/json.ts';
import { text } from '../codecs/text.ts';
import { fail } from '../core/failure.ts';
import { count } from '../windows/aggregates/count.ts';
import { mean } from '../windows/aggregates/sum.ts';
import { slidingCount, tumblingCount } from '../windows/count.ts';
import type { KeyedStream } from './keyed-stream.ts';
import { type Pipeline, pipeline, planFor } from './pipeline.ts';
import type { Stream } from './stream.ts';

// The compiler is the test here: `tsc` reads this file, and a type that is off by a word is an error in it.
type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
function same<A, B>(_ok: Equal<A, B>): void {}
type ElementOf<S> = S extends Stream<infer T> ? T : never;

interface Click {
  readonly user: string;
  readonly at: number;
  readonly price: number;
}

test('types flow through the chain without an annotation', () => {
  const shop: Pipeline = pipeline('shop', { onError: 'skip' });
  const clicks = shop.from(values<Click>([]));
  same<typeof clicks, Stream<Click>>(true);

  const spent = clicks
    .keyBy((click) => click.user)
    .window('spent', tumblingCount(10))
    .aggregate({ clicks: count(), price: mean((click) => click.price) });
  same<ElementOf<typeof spent>['clicks'], number>(true);
  same<ElementOf<typeof spent>['key'], string>(true);
  same<ElementOf<typeof spent>['window'], { readonly start: number; readonly end: number }>(true);

  const fives = clicks
    .map((click) => click.price)
    .window('five', slidingCount(5, 2))
    .toArray();
  same<typeof fives, Stream<readonly number[]>>(true);
  const numbers = shop.from(values(['1', 'x'])).map((text) => (Number.isNaN(Number(text)) ? fail('no number') : Number(text)));
  same<typeof numbers, Stream<number>>(true);
  const enriched = clicks.mapAsync(async (click, _record, signal) => ({ ...click, late: signal.aborted }), {
    concurrency: 4,
    order: 'key',
  });
  same<ElementOf<typeof enriched>['late'], boolean>(true);
  const find = async (users: readonly string[]) => users.map((user) => (user === '' ? undefined : { city: user }));
  const located = clicks.enrich({ by: (click) => click.user, find }, (click, user) => [click.at, user?.city] as const);
  same<typeof located, Stream<readonly [number, string | undefined]>>(true);
  const byPair = clicks
    .keyBy((click) => click.user)
    .enrich(
      { by: (click) => [click.user, click.at], find: async (pairs) => pairs.map(([user, at]) => user.length + at) },
      (_click, found) => (found === undefined ? fail('nobody') : found),
    );
  same<typeof byPair, KeyedStream<string, number>>(true);
  const running = clicks
    .keyBy((click) => click.user)
    .scan(
      'total',
      (user) => user.length,
      (total, click) => total + click.price,
    );
  same<typeof running, KeyedStream<string, number>>(true);
  const pairs = clicks.keyBy((click) => [click.user, click.at] as const).map((_click, record) => record.key[0]);
  same<typeof pairs, KeyedStream<readonly [string, number], string>>(true);

  const prices = clicks.onWorkers('prices', 2, (stream) => stream.map((click) => click.price));
  same<typeof prices, Stream<number>>(true);
  const users = clicks
    .eventTime((click) => click.at, { disorder: '5s' })
    .keyBy((click) => click.user, { codec: json<Click>() })
    .onWorkers('users', 2, (stream) =>
      stream.scan(
        'visits',
        () => 0,
        (visits) => visits + 1,
        { codec: json<number>() },
      ),
    )
    .as(json<number>());
  same<typeof users, KeyedStream<string, number>>(true);

  type Event = { readonly kind: 'a'; readonly a: number } | { readonly kind: 'b'; readonly b: string };
  const onlyA = shop
    .from(values<Event>([]))
    .filter((event) => event.kind === 'a')
    .map((event) => event.a);
  same<typeof onlyA, Stream<number>>(true);
  const { hot, cold } = clicks.split({ hot: (click) => click.price > 10, cold: () => true });
  same<typeof hot, Stream<Click>>(true);
  const both = hot
    .map((click) => click.at)
    .merge(
      cold.map((click) => click.user),
      numbers,
    );
  same<typeof both, Stream<string | number>>(true);
  const buffered = shop.from(new StreamBuffer<Click>({ items: 4 }));
  same<typeof buffered, Stream<Click>>(true);

  for (const stream of [
    spent,
    fives,
    numbers,
    enriched,
    located,
    byPair,
    running,
    pairs,
    prices,
    users,
    onlyA,
    both,
    buffered,
  ] as readonly Stream<unknown>[])
    stream.to(each(() => {}));
  expect(planFor(shop).nodes.length).toBeGreaterThan(30);
});

/** Never called: what is wrong here is for the compiler to find. */
function mistakes(): void {
  const clicks = pipeline('mistakes').from(values<Click>([]));
  // @ts-expect-error Property 'prize' does not exist on type 'Click'. Did you mean 'price'?
  clicks.map((click) => click.prize);
  // @ts-expect-error this function must not return a promise: use mapAsync
  clicks.map(async (click) => click.price);
  // @ts-expect-error this function must not return a promise: use mapAsync
  clicks.tap(async () => {});
  // @ts-expect-error a promise is no boolean
  clicks.filter(async () => true);
  // @ts-expect-error an object is no key
  clicks.keyBy((click) => click);
  // @ts-expect-error '5 seconds' is no duration
  clicks.batch(16, { within: '5 seconds' });
  // @ts-expect-error a codec of strings writes no clicks
  clicks.keyBy((click) => click.user, { codec: text() });
  // @ts-expect-error a codec of strings writes no clicks
  clicks.as(text());
  // @ts-expect-error a part answers a stream
  clicks.onWorkers('p', 2, (stream) => stream.to(collect()));
  // @ts-expect-error a sink of strings takes no clicks
  clicks.to(collect<string>());
  // @ts-expect-error aggregates may not use the words of a pane
  clicks.window('w', tumblingCount(2)).aggregate({ key: count() });
}

test('mistakes are errors on the very word', () => {
  expect(mistakes).toBeTypeOf('function');
});
