// `npm run accuracy`: what our models score on data that others have published scores on, beside theirs. Exits 1 where one differs.
import { hasData } from './data-sets.ts';
import { scores } from './scores.ts';

if (!hasData) {
  console.log('there is no real data to score on: set HEADRACE_SHARED to a folder whose data/ holds it');
} else {
  let differ = 0;
  for (const { model, data, metric, published, within, measure } of scores) {
    const ours = await measure();
    const isEqual = Math.abs(ours - published) <= within;
    if (!isEqual) differ++;
    const figures = `${metric.padEnd(9)} ${ours.toFixed(4).padStart(8)}  published ${String(published).padStart(7)}`;
    console.log(`${isEqual ? 'ok     ' : 'DIFFERS'} ${model.padEnd(42)} ${data.padEnd(14)} ${figures}`);
  }
  console.log(`${scores.length - differ} passed, ${differ} failed`);
  process.exitCode = differ === 0 ? 0 : 1;
}
