// Writes the events that are still missing, up to where it is told; what is missing it knows from the last record of each key.
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { openTopic } from '../../src/index.ts';
import { type Event, eventAt, events, tell, toldMember } from './flow.ts';

const BATCH = 8;
const { dir, count } = toldMember();
const opened = await openTopic(events, { dir });
const last = new Map<string, number>();
for await (const { value } of opened.read({ until: 'caughtUp' })) last.set(value.key, value.i);
flushCompileCache();

let next = 0;
let written = 0;
for await (const line of createInterface(process.stdin)) {
  const upTo = Number(line);
  while (next < upTo) {
    const batch: Event[] = [];
    for (; next < upTo && batch.length < BATCH; next++) {
      const event = eventAt(next);
      if (event.i > (last.get(event.key) ?? -1)) batch.push(event);
    }
    await opened.writeAll(batch);
    if (batch.length > 0) tell((written += batch.length));
  }
  if (next === count) break;
}
await opened.close();
process.stdin.destroy();
