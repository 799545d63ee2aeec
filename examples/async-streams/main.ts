// An async generator in, `for await` out, and a pipeline between them. Whoever is slower sets the pace.
import { pipeline, run, StreamBuffer, values } from 'headrace';

async function* pages() {
  for (let page = 1; page <= 3; page++) {
    await Promise.resolve(); // Here a request would be made.
    yield [`${page}a`, `${page}b`];
  }
}

const entries = new StreamBuffer<string>({ items: 2 });
const running = run(
  pipeline('pages')
    .from(values(pages()))
    .flatMap((page) => page)
    .map((entry) => `entry ${entry}`)
    .to(entries),
);
for await (const entry of entries) console.log(entry);
const report = await running;
console.log(`${report.in} pages, ${report.out} entries`);
