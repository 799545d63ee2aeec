// The pipeline of `workers-lines`, in a module of its own: threads find its functions here. The address says what it
// reads, what it writes, and on how many threads.
import { json, type Pipeline, pipeline, type Stream, text } from 'headrace';
import { fileSink, fileSource } from 'headrace/connectors/files';
import { isWanted, normalised, type Order, type Receipt } from './orders.ts';

/** The address of this pipeline for a run. */
export function linesModule(asked: { readonly input: string; readonly output: string; readonly threads: number }): URL {
  const url = new URL(import.meta.url);
  url.search = new URLSearchParams({ ...asked, threads: String(asked.threads) }).toString();
  return url;
}

const asked = new URL(import.meta.url).searchParams;
const threads = Number(asked.get('threads'));

function receipts(lines: Stream<string>): Stream<Receipt> {
  return lines
    .map((line) => JSON.parse(line) as Order)
    .filter(isWanted)
    .map(normalised);
}

const lines = pipeline('lines').from(fileSource(asked.get('input') ?? 'input', text()));
const done = threads === 0 ? lines.through(receipts) : lines.onWorkers('receipts', threads, receipts);
const orders: Pipeline = done.to(fileSink(asked.get('output') ?? 'output', json()));
export default orders;
