// Visits to a web site out of its access log. A visit has no fixed length: it goes on as long as less than half an hour lies
// between two pages of a visitor. Lines that are none are skipped and counted.
import { count, fail, first, last, pipeline, print, run, session, values } from 'headrace';
import { accessLog } from './access-log.ts';

const LINE = /^(\S+) \[([^\]]+)\] "GET (\S+) [^"]*" \d+ (\d+)$/;

const report = await run(
  pipeline('visits', { onError: 'skip' })
    .from(values(accessLog(3)))
    .map((line) => {
      const [, visitor = '', time = '', path = '', bytes] = LINE.exec(line) ?? [];
      return visitor === '' ? fail('not a line of the log') : { visitor, path, at: Date.parse(time), bytes: Number(bytes) };
    })
    .eventTime((hit) => hit.at, { disorder: '10s' })
    .keyBy((hit) => hit.visitor)
    .window('visits', session('30m'))
    .aggregate({ pages: count(), entry: first((hit) => hit.path), exit: last((hit) => hit.path), until: last((hit) => hit.at) })
    .map(({ key, window, pages, entry, exit, until }) => {
      const minutes = Math.round((until - window.start) / 60_000);
      return `${clock(window.start)} ${key.padEnd(9)} ${pages} in ${minutes} min: from ${entry} to ${exit}`;
    })
    .to(print()),
);
console.log(`${report.in} lines, ${report.skipped} skipped, ${report.out} visits`);

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
