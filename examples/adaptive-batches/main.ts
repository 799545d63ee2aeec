// Batches by size or by time, whichever comes first, for records that come in bursts; and batches that find their size.
import { setTimeout as pause } from 'node:timers/promises';
import { each, pipeline, print, run, values } from 'headrace';

async function* bursts() {
  for (let i = 0; i < 20; i++) yield i;
  await pause(500);
  for (let i = 20; i < 23; i++) yield i;
  await pause(500);
  yield 23;
}

await run(
  pipeline('bursts')
    .from(values(bursts()))
    .batch(8, { within: '100ms' })
    .to(print((batch) => `${batch.length} items: ${batch.join(' ')}`)),
);

// A batch grows while it is worked off faster than the target, and shrinks when it is not.
const sizes: number[] = [];
const orders = Array.from({ length: 500 }, (_, i) => i);
await run(
  pipeline('adaptive')
    .from(values(orders))
    .batch(4, { adaptive: { min: 4, max: 64, target: '50ms' } })
    .to(
      each(async (batch) => {
        sizes.push(batch.length);
        await pause(batch.length / 4); // Stands for the work: a quarter of a millisecond a record.
      }),
    ),
);
console.log(`the first batch had ${sizes[0]} items, the largest more than three times as many: ${Math.max(...sizes) > 12}`);
console.log(`none had more than 64: ${Math.max(...sizes) <= 64}`);
