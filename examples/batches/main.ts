// 100 items in batches of 16: six full ones, and the rest at the end.
import { pipeline, print, run, values } from 'headrace';

const items = Array.from({ length: 100 }, (_, i) => i);
const report = await run(
  pipeline('batches')
    .from(values(items))
    .batch(16)
    .to(print((batch) => `${batch.length} items: ${batch[0]} to ${batch.at(-1)}`)),
);
console.log(`${report.out} batches`);
