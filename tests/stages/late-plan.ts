import { count, type Pipeline, pipeline, tumbling, values } from '../../src/index.ts';
import { each } from '../../src/connectors/values/each.ts';

/** Every tenth is too late for its window. */
export const LATE = 20;
const times: readonly number[] = Array.from({ length: LATE * 10 }, (_, n) => (n % 10 === 9 ? n * 10 - 500 : n * 10));

const late: Pipeline = pipeline('late')
  .from(values(times))
  .eventTime((at) => at, { disorder: 5 })
  .keyBy((at) => (at / 10) % 3)
  .window('tens', tumbling(10))
  .aggregate({ n: count() })
  .to(each(() => {}));

export default late;
