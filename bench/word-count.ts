import { createReadStream } from 'node:fs';
import { RunningCounts, totalOf, wordFile } from './files/words.ts';
import type { Outcome, Question } from './kit/question.ts';

/** So many words, unless HEADRACE_BENCH_WORDS says otherwise. */
const WORDS = Number(process.env['HEADRACE_BENCH_WORDS'] ?? 5_000_000);
const LF = 10;

/** Loaded within what is measured: a loop by hand does not have to. */
async function product() {
  return { ...(await import('headrace')), ...(await import('headrace/connectors/files')) };
}

/** Every word that comes leaves with its count so far, as one keeps it over a stream that does not end. */
async function running(records: number): Promise<Outcome> {
  const { each, fileSource, json, pipeline, run } = await product();
  const seen = new RunningCounts();
  await run(
    pipeline('words')
      .from(fileSource(wordFile(records).path, json({ columns: { word: 'string' } })))
      .keyBy(({ word }) => word)
      .scan(
        'count',
        () => 0,
        (n) => n + 1,
      )
      .map((n, { key }) => ({ word: key, n }))
      .to(each(seen.add)),
  );
  return { answer: seen.answer };
}

async function runningByHand(records: number): Promise<Outcome> {
  const seen = new RunningCounts();
  const counts = new Map<string, number>();
  await eachWord(records, (word) => {
    const n = (counts.get(word) ?? 0) + 1;
    counts.set(word, n);
    seen.add({ word, n });
  });
  return { answer: seen.answer };
}

/** One count a word, when all have come. */
async function atTheEnd(records: number): Promise<Outcome> {
  const { count, each, fileSource, global, json, pipeline, run } = await product();
  const counts: [string, number][] = [];
  await run(
    pipeline('words')
      .from(fileSource(wordFile(records).path, json({ columns: { word: 'string' } })))
      .eventTime(() => 0)
      .keyBy(({ word }) => word)
      .window('count', global({ untilEnd: true }))
      .aggregate({ n: count() })
      .to(each(({ key, n }) => void counts.push([key, n]))),
  );
  return { answer: totalOf(counts) };
}

async function atTheEndByHand(records: number): Promise<Outcome> {
  const counts = new Map<string, number>();
  await eachWord(records, (word) => void counts.set(word, (counts.get(word) ?? 0) + 1));
  return { answer: totalOf(counts) };
}

/** As one would by hand: lines out of large pieces, each parsed. */
async function eachWord(records: number, give: (word: string) => void): Promise<void> {
  let left: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(wordFile(records).path, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
    const bytes = left.length === 0 ? piece : Buffer.concat([left, piece]);
    let from = 0;
    for (let to = bytes.indexOf(LF); to >= 0; to = bytes.indexOf(LF, from)) {
      give((JSON.parse(bytes.toString('utf8', from, to)) as { readonly word: string }).word);
      from = to + 1;
    }
    left = bytes.subarray(from);
  }
}

export const wordCount: Question = {
  name: 'word-count',
  asks: 'what does it cost to count words in lines of JSON, start-up included?',
  unit: 'word',
  contests: [
    {
      title: 'a count for every word that comes',
      ours: { name: 'headrace', records: WORDS, isCold: true, run: running },
      peers: [{ name: 'a loop by hand, JSON.parse and a Map', records: WORDS, isCold: true, atLeast: 1.4, run: runningByHand }],
      rounds: 5,
      expected: (records) => wordFile(records).running,
    },
    {
      title: 'one count a word, at the end',
      ours: { name: 'headrace', records: WORDS, isCold: true, run: atTheEnd },
      peers: [{ name: 'a loop by hand, JSON.parse and a Map', records: WORDS, isCold: true, atLeast: 1.4, run: atTheEndByHand }],
      rounds: 5,
      expected: (records) => wordFile(records).atTheEnd,
    },
  ],
};
