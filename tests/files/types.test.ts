// The compiler is the test here: `tsc` reads this file, and a type that is off by a word is an error in it.
import { expect, test } from 'vitest';
import { jsonArray } from '../../src/codecs/json-array.ts';
import { fileSink, fileSource, stdin } from '../../src/connectors/files/index.ts';
import { parquet } from '../../src/connectors/parquet/index.ts';
import { csv, each, json, type Pipeline, pipeline, type Stream, text, tsv } from '../../src/index.ts';

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
function same<A, B>(_ok: Equal<A, B>): void {}

const columns = {
  id: 'integer',
  price: 'number?',
  serial: 'bigint',
  paid: 'boolean?',
  at: { as: 'time', unit: 's', from: 'created' },
  land: { as: 'string', oneOf: ['CH', 'DE'] },
  state: { as: 'string?', oneOf: ['open', 'shut'] },
} as const;

interface Purchase {
  readonly id: number;
  readonly price: number | null;
  readonly serial: bigint;
  readonly paid: boolean | null;
  readonly at: number;
  readonly land: 'CH' | 'DE';
  readonly state: 'open' | 'shut' | null;
}

/** Built and never run. */
function purchases(): Pipeline {
  const shop = pipeline('shop');
  const fromCsv = shop.from(fileSource('in/*.csv.gz', csv({ columns })));
  same<typeof fromCsv, Stream<Purchase>>(true);
  const fromTsv = shop.from(stdin(tsv({ columns })));
  same<typeof fromTsv, Stream<Purchase>>(true);
  const fromJson = shop.from(fileSource('in.jsonl', json({ columns })));
  same<typeof fromJson, Stream<Purchase>>(true);
  const fromParquet = shop.from(fileSource('in.parquet', parquet({ columns })));
  same<typeof fromParquet, Stream<Purchase>>(true);

  // Written where they stand, without `as const`.
  const inPlace = shop.from(fileSource('in.csv', csv({ columns: { id: 'integer', land: { as: 'string', oneOf: ['CH', 'DE'] } } })));
  same<typeof inPlace, Stream<{ readonly id: number; readonly land: 'CH' | 'DE' }>>(true);
  const lands = inPlace.map((row) => row.land);
  same<typeof lands, Stream<'CH' | 'DE'>>(true);
  const jsonInPlace = shop.from(stdin(json({ columns: { city: { as: 'string?', from: 'user.city' } } })));
  same<typeof jsonInPlace, Stream<{ readonly city: string | null }>>(true);

  const whole = shop.from(fileSource('in.csv', csv()));
  same<typeof whole, Stream<Readonly<Record<string, string>>>>(true);
  const elements = shop.from(fileSource('in.json', jsonArray<{ readonly id: number }>()));
  same<typeof elements, Stream<{ readonly id: number }>>(true);

  for (const stream of [fromCsv, fromTsv, fromJson, fromParquet]) stream.to(fileSink('out.csv', csv({ columns })));
  for (const stream of [inPlace, lands, jsonInPlace, whole, elements] as readonly Stream<unknown>[]) stream.to(each(() => {}));
  return shop;
}

/** What is wrong here is for the compiler to find, each on the line under its comment. */
function mistakes(): void {
  const rows = pipeline('mistakes').from(fileSource('in.csv', csv({ columns })));
  // @ts-expect-error Property 'prize' does not exist on type '…'. Did you mean 'price'?
  rows.map((row) => row.prize);
  // @ts-expect-error 'row.price' is possibly 'null'
  rows.map((row) => row.price + 1);
  // @ts-expect-error 'FR' is none of the lands
  rows.filter((row) => row.land === 'FR');
  // @ts-expect-error a bigint is no number
  rows.map((row) => row.serial + 1);
  // @ts-expect-error a time is a number
  rows.map((row) => row.at.getTime());
  csv({
    columns: {
      id: 'integer',
      // @ts-expect-error 'int' is no kind
      price: 'int',
      // @ts-expect-error 'minutes' is no unit
      at: { as: 'time', unit: 'minutes' },
      // @ts-expect-error 'text' is no kind
      name: { as: 'text' },
    },
  });
  json({
    columns: {
      // @ts-expect-error 'text' is no kind
      name: 'text',
    },
  });
  // @ts-expect-error 'seperator' does not exist. Did you mean to write 'separator'?
  csv({ columns: { id: 'integer' }, seperator: ';' });
  // @ts-expect-error rows are no texts
  rows.to(fileSink('out.txt', text()));
  const short = pipeline('short').from(fileSource('in.csv', csv({ columns: { id: 'integer' } })));
  // @ts-expect-error a row without `serial` and the others is none of these
  short.to(fileSink('out.csv', csv({ columns })));
  // @ts-expect-error 'sorted' is no order
  fileSource('in/*.csv', csv({ columns }), { order: 'sorted' });
}

test('the record of a file follows from its columns', () => {
  expect(purchases).toBeTypeOf('function');
});

test('mistakes are errors on the very word', () => {
  expect(mistakes).toBeTypeOf('function');
});
