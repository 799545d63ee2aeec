// Averages a minute of sensors that are not always online. A minute is told four readings in, before it is over (early);
// when time has passed its end (onTime); and once more for each reading that comes up to a minute after that (late).
// What comes later still is in no average, and is not lost either: it goes to the dead letters.
import { collect, count, mean, pipeline, print, run, tumbling, values } from 'headrace';
import { readings } from './readings.ts';

const house = pipeline('house', { onError: 'deadLetter' });
const panes = collect<{ readonly of: string; readonly text: string }>();
house
  .from(values(readings(7)))
  .eventTime((reading) => reading.at, { disorder: '10s' })
  .keyBy((reading) => reading.sensor)
  .window('per-minute', tumbling('1m'), { early: { records: 4 }, lateness: '1m' })
  .aggregate({ n: count(), degrees: mean((reading) => reading.degrees) })
  .map(({ key, window, pane, n, degrees }) => ({
    of: `${clock(window.start)} ${key}`,
    text: `${pane.timing} ${degrees.toFixed(2)} (${n})`,
  }))
  .to(panes);
house.deadLetters().to(print(({ error, value }) => `${error.code}: ${JSON.stringify(value)}`));

const report = await run(house);
const byMinute = Map.groupBy(panes.values, (pane) => pane.of);
for (const of of [...byMinute.keys()].sort()) {
  const told = byMinute.get(of)!.map(({ text }) => text);
  console.log(`${of}: ${told.join(', ')}`);
}
console.log(`${report.in} readings, ${report.late} too late`);

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
