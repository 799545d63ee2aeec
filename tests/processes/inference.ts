// Scores events: state by key, and a call that takes its time. Ends when it is asked to stop.
import { flushCompileCache } from 'node:module';
import { pipeline, run } from '../../src/index.ts';
import { embedded } from '../../src/runtime/embedded.ts';
import { CHECKPOINT_EVERY_MS, events, type Scored, scoreOf, scores, tell, toldMember } from './flow.ts';

const { dir } = toldMember();
let seen = 0;
const inference = pipeline('inference')
  .from(events)
  .tap(() => tell(++seen))
  .keyBy(({ key }) => key)
  .scan(
    'score',
    (): Scored => ({ key: '', i: -1, score: 0 }),
    ({ score }, event) => ({ ...event, score: scoreOf(score, event) }),
  )
  .mapAsync(
    async (scored) => {
      for (let turn = 0; turn < scored.i % 4; turn++) await new Promise<void>((go) => setImmediate(go));
      return scored;
    },
    { concurrency: 8 },
  )
  .to(scores);
flushCompileCache();
await run(inference, { runtime: embedded({ dir, checkpointEvery: CHECKPOINT_EVERY_MS }) });
