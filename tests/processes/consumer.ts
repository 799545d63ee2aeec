// Writes what was scored to files, and says how many records that are: the number is state, so it counts each record once.
import { flushCompileCache } from 'node:module';
import { fileSink } from '../../src/connectors/files/index.ts';
import { json, pipeline, run } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { CHECKPOINT_EVERY_MS, type Scored, scores, tell, toldMember } from './flow.ts';

const { dir, output, count } = toldMember();
let seen = 0;
const consumer = pipeline('consumer');
const all = consumer.from(scores).tap(() => tell(++seen));
all.to(fileSink(`${output}/scores.jsonl`, json<Scored>()));
all
  .keyBy(() => 'all')
  .scan(
    'count',
    () => 0,
    (before) => before + 1,
  )
  .tap((total) => {
    if (total >= count) process.stdout.write(`all ${total}\n`);
  })
  .to(fileSink(`${output}/counts.jsonl`, json<number>()));
flushCompileCache();
await run(consumer, { runtime: embedded({ dir, checkpointEvery: CHECKPOINT_EVERY_MS }) });
