// The numbers from 0 to 9, squared, and of the squares the even ones.
import { collect, pipeline, run, values } from 'headrace';

const even = collect<number>();
await run(
  pipeline('squares')
    .from(values([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
    .map((n) => n * n)
    .filter((n) => n % 2 === 0)
    .to(even),
);
console.log(even.values);
