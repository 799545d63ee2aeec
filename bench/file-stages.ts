import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Transform, Writable } from 'node:stream';
import { pipeline as connect } from 'node:stream/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { each, json, pipeline, run } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
import { enrich } from '../examples/demo/enrich.ts';
import { type Scored, score, WEIGHTS } from '../examples/demo/model.ts';
import { normalise, nothingSeen } from '../examples/demo/normalise.ts';
import { BATCH, scoresOf, segmentsOf, WINDOW } from '../examples/demo/pipeline.ts';
import { loopOver, type PlainAnswer } from '../examples/demo/plain-loop.ts';
import { inRange, parse, type Purchase } from '../examples/demo/purchase.ts';
import { SegmentTotals } from '../examples/demo/segments.ts';
import { stores } from '../examples/demo/stores.ts';
import { linesOf, purchaseFile } from './files/purchases.ts';
import { ROWS } from './files/table.ts';
import type { Answer, Outcome, Question } from './kit/question.ts';
import { ask } from './peers/duckdb.ts';

const PURCHASE = {
  id: 'string',
  at: 'integer',
  store: 'string',
  device: { as: 'string', oneOf: ['desktop', 'phone', 'tablet', 'probe'] },
  amount: 'number',
  quantity: 'number',
  pages: 'number',
  seconds: 'number',
  discount: 'number',
  returning: 'boolean',
} as const;

async function ours(records: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-bench-'));
  const totals = new SegmentTotals();
  let dropped = 0;
  try {
    const shop = pipeline('purchases', { onError: 'deadLetter' });
    shop
      .from(fileSource(purchaseFile(records), json({ columns: PURCHASE })))
      .map(inRange, { name: 'parse' })
      .through(scoresOf)
      .through(segmentsOf)
      .tap((row) => totals.add(row), { name: 'total' })
      .to(fileSink(join(folder, 'segments.jsonl'), json()));
    shop.deadLetters().to(each(() => void dropped++));
    await run(shop);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const all = totals.list();
  const answer = {
    dropped,
    rows: totals.rows,
    records: totals.records,
    risky: all.reduce((sum, total) => sum + total.risky, 0),
    largest: Math.max(...all.map((total) => total.maxAmount)),
    amount: all.reduce((sum, total) => sum + total.meanAmount * total.records, 0),
    score: all.reduce((sum, total) => sum + total.meanScore * total.records, 0),
  };
  return { answer, figures: { RSS: process.resourceUsage().maxRSS / 1024 } };
}

function answerOf({ dropped, lines }: Pick<PlainAnswer, 'dropped' | 'lines'>): Answer {
  return {
    dropped: [...dropped.values()].reduce((sum, count) => sum + count, 0),
    rows: lines.length,
    records: lines.reduce((sum, line) => sum + line.records, 0),
    risky: lines.reduce((sum, line) => sum + line.risky, 0),
    largest: lines.reduce((most, line) => Math.max(most, line.maxAmount), 0),
    amount: lines.reduce((sum, line) => sum + line.meanAmount * line.records, 0),
    score: lines.reduce((sum, line) => sum + line.meanScore * line.records, 0),
  };
}

/** Kept beside the file: a process that is measured must not have done the work once already. */
function expected(records: number): Answer {
  const told = `${purchaseFile(records)}.json`;
  if (!existsSync(told)) writeFileSync(told, JSON.stringify(byHand(records)));
  return JSON.parse(readFileSync(told, 'utf8')) as Answer;
}

function byHand(records: number): Answer {
  return answerOf(loopOver(linesOf(purchaseFile(records)), WINDOW));
}

const DAY_MS = 86_400_000;

/** The same in SQL: running moments are windows over all rows before, the model is one expression. */
function sql(records: number): string {
  const table = [...stores].map(([id, { segment, usual }]) => `('${id}', '${segment}', ${usual}::DOUBLE)`).join(', ');
  const columns =
    "{'id': 'VARCHAR', 'at': 'BIGINT', 'store': 'VARCHAR', 'device': 'VARCHAR', 'amount': 'DOUBLE', 'quantity': 'DOUBLE', 'pages': 'DOUBLE', 'seconds': 'DOUBLE', 'discount': 'DOUBLE', 'returning': 'BOOLEAN'}";
  const day = `("at" % ${DAY_MS}) / ${DAY_MS}.0`;
  const weekday = `(("at" // ${DAY_MS}) % 7)`;
  const features = [
    '1',
    'CASE WHEN amount_s = 0 THEN 0 ELSE (ln(amount) - amount_m) / amount_s END',
    'CASE WHEN seconds_s = 0 THEN 0 ELSE (seconds - seconds_m) / seconds_s END',
    'ln(1 + quantity)',
    'pages / 10',
    'discount',
    'CASE WHEN "returning" THEN 1 ELSE 0 END',
    "CASE WHEN device = 'phone' THEN 1 ELSE 0 END",
    "CASE WHEN device = 'tablet' THEN 1 ELSE 0 END",
    'least(4, amount / usual)',
    `sin(2 * pi() * ${day})`,
    `cos(2 * pi() * ${day})`,
    `CASE WHEN ${weekday} IN (2, 3) THEN 1 ELSE 0 END`,
  ];
  const dot = features.map((feature, i) => `${WEIGHTS[i]} * (${feature})`).join(' + ');
  const running = (what: string, name: string): string => `avg(${what}) OVER upto AS ${name}_m, stddev_pop(${what}) OVER upto AS ${name}_s`;
  return `
WITH lines AS (
  SELECT row_number() OVER () AS n, * FROM read_json('${purchaseFile(records)}', format = 'newline_delimited', columns = ${columns}, ignore_errors = true)
), good AS (
  SELECT * FROM lines WHERE id IS NOT NULL AND "at" BETWEEN 0 AND 4000000000000 AND store IS NOT NULL
    AND device IN ('desktop', 'phone', 'tablet', 'probe') AND amount BETWEEN 0.01 AND 10000 AND quantity BETWEEN 1 AND 100
    AND pages BETWEEN 0 AND 1000 AND seconds BETWEEN 0 AND 86400 AND discount BETWEEN 0 AND 0.9 AND "returning" IS NOT NULL
), normal AS (
  SELECT *, ${running('ln(amount)', 'amount')}, ${running('seconds', 'seconds')}
  FROM good WHERE device <> 'probe' WINDOW upto AS (ORDER BY n ROWS UNBOUNDED PRECEDING)
), scored AS (
  SELECT n, segment, amount, 1 / (1 + exp(-(${dot}))) AS score
  FROM normal JOIN (VALUES ${table}) AS stores(store_id, segment, usual) ON store = store_id
), numbered AS (
  SELECT *, (row_number() OVER (PARTITION BY segment ORDER BY n) - 1) // ${WINDOW} AS pane FROM scored
), panes AS (
  SELECT segment, pane, count(*) AS records, avg(amount) AS mean_amount, min(amount) AS min_amount, max(amount) AS max_amount,
    avg(score) AS mean_score, count(*) FILTER (score > 0.5) AS risky FROM numbered GROUP BY segment, pane
)
SELECT ${records} - (SELECT count(*) FROM good) AS dropped, count(*) AS rows, sum(records) AS records, sum(risky) AS risky,
  max(max_amount) AS largest, sum(mean_amount * records) AS amount, sum(mean_score * records) AS score FROM panes`;
}

/** Node's own streams, a stage each. */
async function nodeStreams(records: number): Promise<Outcome> {
  const objects = { objectMode: true } as const;
  const stage = <In, Out>(of: (value: In) => Out | undefined): Transform =>
    new Transform({
      ...objects,
      transform(value: In, _encoding, done) {
        const out = of(value);
        if (out === undefined) done();
        else done(null, out);
      },
    });
  let rest: Buffer = Buffer.alloc(0);
  const split = new Transform({
    readableObjectMode: true,
    transform(piece: Buffer, _encoding, done) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let from = 0;
      for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
        this.push(bytes.subarray(from, to));
        from = to + 1;
      }
      rest = bytes.subarray(from);
      done();
    },
  });
  let dropped = 0;
  let seen = nothingSeen();
  const batch: ReturnType<typeof enrich>[] = [];
  const batches = new Transform({
    ...objects,
    transform(value: ReturnType<typeof enrich>, _encoding, done) {
      batch.push(value);
      if (batch.length < BATCH) return done();
      done(null, batch.splice(0));
    },
    flush(done) {
      done(null, batch.length > 0 ? batch : undefined);
    },
  });
  const open = new Map<string, PlainAnswer['lines'][number]>();
  const lines: PlainAnswer['lines'] = [];
  const aggregate = new Writable({
    ...objects,
    write(many: readonly Scored[], _encoding, done) {
      for (const one of many) add(one, open, lines);
      done();
    },
  });
  await connect(
    createReadStream(purchaseFile(records), { highWaterMark: 2 ** 18 }),
    split,
    stage((body: Uint8Array) => {
      const purchase = parse(body);
      if (!('reason' in purchase)) return purchase;
      dropped++;
      return undefined;
    }),
    stage((purchase: Purchase) => (purchase.device === 'probe' ? undefined : purchase)),
    stage((purchase: Purchase) => (seen = normalise(seen, purchase))),
    stage(enrich),
    batches,
    stage(score),
    aggregate,
  );
  for (const line of open.values()) lines.push(finished(line));
  return { answer: answerOf({ dropped: new Map([['any', dropped]]), lines }) };
}

function add({ segment, amount, score }: Scored, open: Map<string, PlainAnswer['lines'][number]>, lines: PlainAnswer['lines']): void {
  let line = open.get(segment);
  if (line === undefined)
    open.set(
      segment,
      (line = { segment, from: 0, to: 0, records: 0, meanAmount: 0, minAmount: amount, maxAmount: amount, meanScore: 0, risky: 0 }),
    );
  line.records++;
  line.meanAmount += amount;
  line.meanScore += score;
  line.minAmount = Math.min(line.minAmount, amount);
  line.maxAmount = Math.max(line.maxAmount, amount);
  if (score > 0.5) line.risky++;
  if (line.records < WINDOW) return;
  lines.push(finished(line));
  open.delete(segment);
}

function finished(line: PlainAnswer['lines'][number]): PlainAnswer['lines'][number] {
  return { ...line, meanAmount: line.meanAmount / line.records, meanScore: line.meanScore / line.records };
}

export const fileStages: Question = {
  name: 'file-stages',
  asks: 'what do the eight stages of the demo cost over a file of JSON lines, start-up included?',
  unit: 'line',
  contests: [
    {
      title: 'lines to scores per segment, in a process of its own',
      ours: { name: 'headrace', records: ROWS, isCold: true, run: ours, nodeOptions: ['--max-semi-space-size=16'] },
      peers: [
        {
          name: 'a loop by hand, JSON.parse',
          records: ROWS,
          isCold: true,
          atLeast: 1.5,
          reached: 0.5,
          run: (records) => ({ answer: byHand(records) }),
        },
        {
          name: 'DuckDB, one thread',
          records: ROWS,
          isCold: true,
          atLeast: 1,
          reached: 0.9,
          run: async (records) => ({ answer: await ask(sql(records)) }),
        },
        { name: 'node:stream', records: ROWS, isCold: true, atLeast: 3, reached: 0.7, run: nodeStreams },
      ],
      limits: [{ figure: 'RSS', unit: 'MB', atMost: 150 }],
      rounds: 5,
      expected,
    },
  ],
};
