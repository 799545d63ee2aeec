// No more than 100 records a second: as a step of a pipeline, and by itself.
import { each, pipeline, RateLimiter, run, values } from 'headrace';

const calls = Array.from({ length: 100 }, (_, i) => i);
const report = await run(
  pipeline('calls')
    .from(values(calls))
    .rateLimit({ records: 100, per: '1s' })
    .to(each(() => {})),
);
console.log(`${report.out} records through a pipeline took at least 0.9 s: ${report.ms >= 900}`);

const limiter = new RateLimiter({ records: 100, per: '1s', burst: 1 });
const started = performance.now();
for (let call = 0; call < 31; call++) await limiter.take();
console.log(`31 calls one after the other took at least 0.3 s: ${performance.now() - started >= 299}`);

const rare = new RateLimiter({ records: 1, per: '1m' });
console.log(`one a minute, asked twice at once: ${rare.tryTake()}, ${rare.tryTake()}`);
