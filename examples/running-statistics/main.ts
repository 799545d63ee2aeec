// Mean, variance and range of a stream while it flows; nothing is kept but five numbers.
import { pipeline, print, run, values } from 'headrace';
import { normal } from './normal.ts';

await run(
  pipeline('statistics')
    .from(values(normal(1000, { mean: 100, deviation: 15, seed: 42 })))
    .statistics('weights', (weight) => weight)
    .filter(({ count }) => [10, 100, 1000].includes(count))
    .to(print((s) => `after ${s.count}: mean ${s.mean.toFixed(4)}, variance ${s.variance.toFixed(4)}, range ${s.range.toFixed(4)}`)),
);
