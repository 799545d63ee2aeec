// A writer that never waits and a reader that comes too late: the buffer keeps the newest 1,000 and counts the others.
import { pipeline, run, StreamBuffer, values } from 'headrace';

const buffer = new StreamBuffer<number>({ items: 1000, overflow: 'dropOldest' });
const ticks = Array.from({ length: 2500 }, (_, i) => i);
await run(pipeline('ticks').from(values(ticks)).to(buffer)); // The end of the run closes the buffer.

console.log(`${buffer.items} kept, ${buffer.dropped} dropped`);
console.log(`the oldest is ${await buffer.read()}`);
let newest;
for await (const tick of buffer) newest = tick;
console.log(`the newest is ${newest}`);
