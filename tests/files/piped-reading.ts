// Reads the purchases that are piped into it and says what they come to.
import { csv, each, pipeline, run } from '../../src/index.ts';
import { stdin } from '../../src/connectors/files/index.ts';
import { FIRST, LANDS } from './purchases.ts';

const columns = { id: 'integer', land: { as: 'string', oneOf: LANDS }, cents: 'integer', note: 'string' } as const;
const sums = { rows: 0, ids: 0, cents: 0, swiss: 0 };
const purchases = pipeline('purchases')
  .from(stdin(csv({ columns })))
  .filter((row) => row.note !== '')
  .to(
    each((row) => {
      sums.rows++;
      sums.ids += row.id - FIRST;
      sums.cents += row.cents;
      if (row.land === 'CH') sums.swiss++;
    }),
  );
const report = await run(purchases);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...sums, in: report.in, cpuSeconds: (user + system) / 1e6 }));
