// Four calls at a time for work that waits: the answers stay in the order of the questions.
import { setTimeout as pause } from 'node:timers/promises';
import { collect, pipeline, run, values } from 'headrace';

let open = 0;
let most = 0;

/** Stands for a request to a server; later ones are faster. */
async function fetchPrice(id: number) {
  most = Math.max(most, ++open);
  await pause(60 - 2 * id);
  open -= 1;
  return id * 1.5;
}

const ids = Array.from({ length: 20 }, (_, i) => i);
const prices = collect<number>();
await run(pipeline('prices').from(values(ids)).mapAsync(fetchPrice, { concurrency: 4, timeout: '5s', retry: 2 }).to(prices));
console.log(`at most ${most} calls at a time`);
console.log(prices.values.join(' '));
