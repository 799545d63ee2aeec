// A file read line by line by a generator: what was not asked for is not read, and what was read is not kept.
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { each, pipeline, print, run, values } from 'headrace';

const folder = await mkdtemp(join(tmpdir(), 'headrace-lines-'));
const path = join(folder, 'visits.txt');
await using file = await open(path, 'w');
for (let block = 0; block < 40; block++) {
  await file.write(Array.from({ length: 10_000 }, (_, i) => `user ${(i * 7) % 1000} spent ${(block + i) % 60} minutes\n`).join(''));
}

async function* linesOf(name: string): AsyncGenerator<string> {
  yield* createInterface({ input: createReadStream(name), crlfDelay: Number.POSITIVE_INFINITY });
}

// A function makes the generator, so that each run has a new one.
const lines = values(() => linesOf(path));
const some = await run(
  pipeline('long-visits')
    .from(lines)
    .filter((line) => line.endsWith('spent 59 minutes'))
    .take(3)
    .to(print()),
);
console.log(`the rest was ${some.in < 400_000 ? 'never' : 'also'} read`);

let seen = 0;
let most = 0;
const all = await run(
  pipeline('count')
    .from(lines)
    .tap(() => {
      if (++seen % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed);
    })
    .filter((line) => line.startsWith('user 7 '))
    .to(each(() => {})),
);
console.log(`${all.in} lines, ${all.out} of them of user 7`);
console.log(`never more than 100 MB in memory: ${most < 100_000_000}`);
await rm(folder, { recursive: true });
