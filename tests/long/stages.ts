// Runs `records` through six stages and prints the resident memory as a line of JSON: `node stages.ts 10000000`.
import { each, pipeline, run, type Source } from '../../src/index.ts';

const records = Number(process.argv[2] ?? 10_000_000);
/** Samples are taken by records, not by time, so that a slow machine gives as many. */
const SAMPLES = 200;

interface Reading {
  readonly sensor: number;
  readonly value: number;
}

const sensors: Source<Reading> = {
  kind: 'sensors',
  id: 'sensors',
  partitions: () => [0],
  open() {
    let next = 0;
    return {
      read(limit) {
        const first = next;
        next = Math.min(records, next + limit);
        const values: Reading[] = [];
        for (let i = first; i < next; i++) values.push({ sensor: i % 100, value: (i * 7919) % 1000 });
        return { values, positions: { first }, resume: next, end: next === records };
      },
      close() {},
    };
  },
};

const rss: number[] = [];
let seen = 0;
let checksum = 0;
const every = Math.max(1, Math.floor(records / SAMPLES));

const report = await run(
  pipeline('long')
    .from(sensors)
    .filter((reading) => reading.value !== 13)
    .map((reading) => ({ ...reading, value: reading.value / 10 }))
    .keyBy((reading) => reading.sensor)
    .scan(
      'last',
      () => 0,
      (sum, reading) => (sum + reading.value) % 1000,
    )
    .mapAsync((sum) => sum, { concurrency: 8 })
    .batch(256)
    .to(
      each((batch) => {
        for (const sum of batch) {
          checksum = (checksum + sum) % 1_000_003;
          if (++seen % every === 0) rss.push(process.memoryUsage.rss());
        }
      }),
    ),
  { signals: false },
);
console.log(JSON.stringify({ in: report.in, seen, checksum, ms: Math.round(report.ms), rss }));
