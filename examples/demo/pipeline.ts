import { count, each, json, max, mean, min, type Pipeline, pipeline, type Source, type Stream, sum, tumblingCount } from 'headrace';
import { fileSink } from 'headrace/connectors/files';
import type { BatchTimes } from './batch-times.ts';
import { enrich } from './enrich.ts';
import { type Scored, score } from './model.ts';
import { normalise, nothingSeen } from './normalise.ts';
import { parse, type Purchase } from './purchase.ts';
import type { Reasons } from './reasons.ts';
import type { SegmentRow, SegmentTotals } from './segments.ts';

/** Purchases that are scored together. */
export const BATCH = 256;
/** Purchases of a segment that make a line of the output. */
export const WINDOW = 1000;

export interface Shop {
  readonly source: Source<Uint8Array>;
  readonly out: string;
  readonly times: BatchTimes;
  readonly dropped: Reasons;
  readonly totals: SegmentTotals;
}

/** Source, Parse, Filter, Transform, Batch, Process, Aggregate, Sink. */
export function purchasePipeline({ source, out, times, dropped, totals }: Shop): Pipeline {
  const shop = pipeline('purchases', { onError: 'deadLetter' });
  shop
    .from(source)
    .map(parse, { name: 'parse' })
    .through(scoresOf)
    .tap((batch, record) => times.scored(Number(record.position), batch.length), { name: 'time' })
    .through(segmentsOf)
    .tap((row) => totals.add(row), { name: 'total' })
    .to(fileSink(out, json()));
  shop.deadLetters().to(each((letter) => dropped.add(letter.error.what)));
  return shop;
}

/** From Filter to Process: a part, which may stand behind any source of purchases. */
export function scoresOf(purchases: Stream<Purchase>): Stream<readonly Scored[]> {
  return purchases
    .filter((purchase) => purchase.device !== 'probe', { name: 'real' })
    .scan('normalise', nothingSeen, normalise)
    .map(enrich, { name: 'enrich' })
    .batch(BATCH, { within: '20ms' })
    .map(score, { name: 'score' });
}

/** Aggregate. */
export function segmentsOf(batches: Stream<readonly Scored[]>): Stream<SegmentRow> {
  return batches
    .flatMap((batch) => batch, { name: 'flatten' })
    .keyBy((purchase) => purchase.segment)
    .window('segments', tumblingCount(WINDOW, { partial: true }))
    .aggregate({
      records: count(),
      meanAmount: mean((purchase) => purchase.amount),
      minAmount: min((purchase) => purchase.amount),
      maxAmount: max((purchase) => purchase.amount),
      meanScore: mean((purchase) => purchase.score),
      risky: sum((purchase) => (purchase.score > 0.5 ? 1 : 0)),
    })
    .map(({ key, window, records, meanAmount, minAmount, maxAmount, meanScore, risky }) => {
      return { segment: key, from: window.start, to: window.end, records, meanAmount, minAmount, maxAmount, meanScore, risky };
    });
}
