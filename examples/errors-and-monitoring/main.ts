// What becomes of bad records, where they are counted, and what a run says about itself.
import { collect, type DeadLetter, fail, isHeadraceError, pipeline, print, run, start, values } from 'headrace';

const lines = ['{"item":"pen","price":2}', '', '{"item":"ink"}', '{"item":', '{"item":"pad","price":-1}', '{"item":"cup","price":9}'];

function parse(line: string): { readonly item: string; readonly price?: number } {
  return JSON.parse(line); // What throws is a bad record too.
}

// Refused records go to the dead letters, unless a step says otherwise.
const orders = pipeline('orders', { onError: 'deadLetter' });
orders
  .from(values(lines))
  .map((line) => (line === '' ? fail('empty line') : line), { name: 'not-empty', onError: 'skip' })
  .map(parse, { name: 'parse' })
  .map(({ item, price }) => (price === undefined ? fail('no price') : { item, price }), { name: 'priced' })
  .filter(({ price }) => price > 0, { name: 'positive' })
  .to(print(({ item, price }) => `${item} costs ${price}`));
const letters = collect<DeadLetter>();
orders.deadLetters().to(letters);

const running = await start(orders);
const report = await running.done;
for (const { operator, origin, error } of letters.values) console.log(`line ${origin.position}, ${operator}: ${error.code}`);
console.log(`${report.in} in, ${report.out} out, ${report.skipped} skipped, ${report.deadLetters} dead letters`);

for (const { id, in: taken, out, errors } of running.metrics().operators) console.log(`${id}: ${taken} in, ${out} out, ${errors} errors`);
const { state, waiting } = running.health();
console.log(`the run is ${state}, and ${waiting.length} operators wait`);

// Without onError the first bad record stops the run, and says where.
try {
  await run(
    pipeline('strict')
      .from(values(lines))
      .map(parse, { name: 'parse' })
      .to(print(({ item }) => item)),
  );
} catch (error) {
  if (isHeadraceError(error)) console.log(`${error.code} at ${error.where}`);
}
