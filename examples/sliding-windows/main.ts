// Windows of five that begin two apart, over the numbers from 0 to 19. Only full windows are emitted.
import { pipeline, print, run, slidingCount, values } from 'headrace';

const numbers = Array.from({ length: 20 }, (_, i) => i);
const report = await run(
  pipeline('sliding')
    .from(values(numbers))
    .window('fives', slidingCount(5, 2))
    .toArray()
    .to(print((five) => `[${five.join(', ')}]`)),
);
console.log(`${report.out} windows`);
