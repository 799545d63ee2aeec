// Work that keeps cores busy, on two threads: a stamp for each letter, which is dear to find and cheap to check.
import { createHash } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { collect, type Pipeline, pipeline, run, type Stream, values } from 'headrace';

const letters = Array.from({ length: 10_000 }, (_, i) => `letter ${i}`);

interface Stamped {
  readonly letter: string;
  readonly stamp: number;
  readonly thread: number;
}

/** What the threads do: they look for the first number whose hash together with the letter begins with four zero bits. */
function stamp(stream: Stream<string>): Stream<Stamped> {
  return stream.map((letter) => {
    for (let stamp = 0; ; stamp++) if (firstByte(letter, stamp) < 16) return { letter, stamp, thread: threadId };
  });
}

function firstByte(letter: string, stamp: number): number {
  return createHash('sha256').update(`${stamp} ${letter}`).digest()[0]!;
}

const stamped = collect<Stamped>();
// A thread imports this module to find the function: it exports the pipeline, and runs it only as the main module.
const mail: Pipeline = pipeline('mail').from(values(letters)).onWorkers('stamp', 2, stamp).to(stamped);
export default mail;

if (import.meta.main) {
  await run(mail, { module: import.meta.url });
  const answers = stamped.values;
  for (const { letter, stamp } of answers.slice(0, 3)) console.log(`${letter}: stamp ${stamp}`);
  console.log(`${answers.reduce((sum, { stamp }) => sum + stamp + 1, 0)} hashes for ${answers.length} letters`);
  console.log(`in the order of the letters: ${answers.every(({ letter }, i) => letter === letters[i])}`);
  console.log(
    `on ${new Set(answers.map(({ thread }) => thread)).size} threads, ${answers.filter(({ thread }) => thread === threadId).length} here`,
  );
}
