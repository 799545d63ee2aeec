// Batches by size or by time, whichever comes first, for streams that come in bursts; and batches that find their size.
import { setTimeout as pause } from 'node:timers/promises';
import { collect, each, pipeline, print, run, values } from 'headrace';

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
    .to(print((batch) => `${batch.length}: ${batch.join(' ')}`)),
);

const sizes = collect<number>();
const orders = Array.from({ length: 2000 }, (_, i) => i);
await run(
  pipeline('adaptive')
    .from(values(orders))
    // A batch grows while it is worked off faster than the target, and shrinks when it is not.
    .batch(16, { adaptive: { min: 4, max: 64, target: '5ms' } })
    .tap((batch) => busy(batch.length / 10))
    .map((batch) => batch.length)
    .to(sizes),
);
