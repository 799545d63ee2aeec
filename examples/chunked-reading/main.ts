// A CSV file read in chunks of 10,000 rows. Only two of its four columns are looked at.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csv, pipeline, print, run } from 'headrace';
import { fileSource } from 'headrace/connectors/files';

const folder = await mkdtemp(join(tmpdir(), 'headrace-chunks-'));
const path = join(folder, 'orders.csv');
await using file = await open(path, 'w');
await file.write('id,customer,country,cents\n');
for (let block = 0; block < 47; block++) {
  const rows = Array.from({ length: 1000 }, (_, i) => block * 1000 + i).map(
    (n) => `${n},"Doe, Jane ${n % 97}",${['CH', 'DE', 'AT'][n % 3]},${(n * 37) % 5000}\n`,
  );
  await file.write(rows.join(''));
}

const orders = csv({ columns: { country: { as: 'string', oneOf: ['CH', 'DE', 'AT'] }, cents: 'integer' } });
let sum = 0;
const report = await run(
  pipeline('chunks')
    .from(fileSource(path, orders))
    .batch(10_000)
    .map((chunk) => {
      const cents = chunk.reduce((total, order) => total + order.cents, 0);
      sum += cents;
      return `${chunk.length} rows, ${chunk.filter((order) => order.country === 'CH').length} of them from CH, mean ${(cents / chunk.length).toFixed(2)}`;
    })
    .to(print()),
);
console.log(`${report.in} rows in ${report.out} chunks, ${sum} cents`);
await rm(folder, { recursive: true });
