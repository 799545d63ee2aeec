// A source and a sink of one's own are plain objects; their conformance kits are in headrace/testing.
import { pipeline, run, type Sink, type Source } from 'headrace';

/** The days of a month, a few a read. Where a reader is, is a number; after a restart it is opened with it again. */
function daysOf(year: number, month: number): Source<Date> {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return {
    kind: 'calendar',
    id: `calendar:${year}-${month}`,
    partitions: () => [0],
    open(_partition, resume) {
      let next = typeof resume === 'number' ? resume : 1;
      return {
        read(limit) {
          const first = next;
          const count = Math.min(limit, 7, last + 1 - first);
          next += count;
          const values = Array.from({ length: count }, (_, i) => new Date(Date.UTC(year, month - 1, first + i)));
          return { values, positions: { first }, resume: next, end: next > last };
        },
        close() {},
      };
    },
  };
}

/** Says each line with its number, and at the end how many there were. */
function numbered(): Sink<string> {
  return {
    kind: 'numbered',
    id: 'numbered',
    delivery: 'none',
    open() {
      let count = 0;
      return {
        write(chunk) {
          for (const line of chunk.values) console.log(`${++count}. ${line}`);
        },
        close(error) {
          if (error === undefined) console.log(`${count} lines`);
        },
      };
    },
  };
}

await run(
  pipeline('mondays')
    .from(daysOf(2026, 6))
    .filter((day) => day.getUTCDay() === 1)
    .map((day) => day.toISOString().slice(0, 10))
    .to(numbered()),
);
