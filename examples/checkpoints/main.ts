// A run that is given up in its midst and started again: each line of the input is in the output once.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, type Pipeline, pipeline, run, start, text } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
import { embedded } from 'headrace/runtimes/embedded';

const folder = await mkdtemp(join(tmpdir(), 'headrace-checkpoints-'));
const input = join(folder, 'cents.txt');
await writeFile(input, Array.from({ length: 10_000 }, (_, i) => `${i % 100}\n`).join(''));

/** The same pipeline for every run. `seen` is shown each running total. */
function till(seen: (total: number) => void = () => {}): Pipeline {
  return pipeline('till')
    .from(fileSource(input, text(), { blockBytes: 1024 }))
    .map(Number)
    .rateLimit({ records: 100, per: '10ms' }) // Slowly, so that there is time to be killed in the midst of it.
    .scan(
      'total',
      () => 0,
      (total, cents) => total + cents,
    )
    .tap(seen)
    .to(fileSink(join(folder, 'totals.jsonl'), json()));
}
const here = () => embedded({ dir: join(folder, 'state') });

/** What the output files hold. A file is there once its checkpoint is committed. */
async function written(): Promise<number[]> {
  const names = (await readdir(folder)).filter((name) => /^totals-\d+\.jsonl$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((lines) => lines.trimEnd().split('\n')).map(Number);
}

// The first run takes a checkpoint, and is given up as if its process had been killed.
const power = new AbortController();
const halfway = Promise.withResolvers<void>();
const first = await start(
  till((total) => total > 100_000 && halfway.resolve()),
  { runtime: here(), signal: power.signal },
);
await halfway.promise;
const number = await first.checkpoint();
power.abort(new Error('the power is gone'));
await first.done.catch((error: Error) => console.log(error.message));
console.log(`checkpoint ${number} was taken: ${(await written()).length > 0}`);

// The second goes on from the checkpoint, with the total it had.
const second = await run(till(), { runtime: here() });
const totals = await written();
console.log(`it ended with ${second.ended}, and did not read all again: ${second.in < 10_000}`);
let sum = 0;
const undisturbed = Array.from({ length: 10_000 }, (_, i) => (sum += i % 100));
console.log(`${totals.length} totals, the last is ${totals.at(-1)}; as of one run: ${totals.join() === undisturbed.join()}`);

// A third finds its work done.
const third = await run(till(), { runtime: here() });
console.log(`${third.ended}: ${third.in} in, ${third.out} out`);
await rm(folder, { recursive: true });
