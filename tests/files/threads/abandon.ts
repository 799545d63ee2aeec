// A program that takes some records of a file and ends. It ends only if no thread is left.
import { collect, csv, pipeline, run } from '../../../src/index.ts';
import { fileSource } from '../../../src/connectors/files/index.ts';

const taken = collect();
await run(
  pipeline('some', { onError: 'skip' })
    .from(fileSource(process.argv[2]!, csv({ columns: { id: 'integer' } }), { threads: 2 }))
    .take(3000)
    .to(taken),
);
process.stdout.write(String(taken.values.length));
