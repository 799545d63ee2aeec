// The whole way of a record: read as bytes, parsed, filtered, normalised, enriched, batched, scored, added up by segment
// and written. `npm start`, or `npm start -- --records 10000000`.
import { start } from 'headrace';
import { BatchTimes } from './batch-times.ts';
import { count } from './figures.ts';
import { type Flags, flagsOf, USAGE } from './flags.ts';
import { purchasePipeline } from './pipeline.ts';
import { showProgress } from './progress.ts';
import { Reasons } from './reasons.ts';
import { reportLines } from './report.ts';
import { SegmentTotals } from './segments.ts';
import { purchases } from './source.ts';

function readFlags(): Flags | undefined {
  try {
    return flagsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function show({ records, seed, out, quiet }: Flags): Promise<void> {
  const times = new BatchTimes();
  const dropped = new Reasons();
  const totals = new SegmentTotals();
  const source = purchases({ records, seed, times });
  console.log(`${count(records)} purchases as JSON bytes, seed ${seed}. Ctrl-C stops early.\n`);

  const running = await start(purchasePipeline({ source, out, times, dropped, totals }));
  // Once: a second Ctrl-C ends the process at once, as it always does.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void running.stop().catch(() => {}));
  const endProgress = quiet ? () => {} : showProgress(running, dropped);
  const report = await running.done.finally(endProgress);

  const real = running.metrics().operators.find(({ id }) => id === 'real');
  const filtered = real === undefined ? 0 : real.in - real.out;
  const peakRss = process.resourceUsage().maxRSS * 1024;
  for (const line of reportLines({ report, filtered, dropped, totals, times, peakRss, out })) console.log(line);
}

const flags = readFlags();
if (flags !== undefined) {
  try {
    await show(flags);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
