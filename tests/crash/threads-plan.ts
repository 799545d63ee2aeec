import type { Pipeline } from '../../src/index.ts';
import { keptPlans } from './kept-plans.ts';

/** What a thread imports: the plan of the process it belongs to, by the folder in the address of the module. */
const folder = new URL(import.meta.url).searchParams.get('folder')!;
const asItIs = <S>(sink: S): S => sink;
const plan: Pipeline = keptPlans['threads']!.make({
  folder,
  blockBytes: 256,
  isMended: true,
  wait: async () => {},
  watch: asItIs,
  watchDatabase: asItIs,
});
export default plan;
