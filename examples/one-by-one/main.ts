// Records from a generator, one by one: it is asked for more only when there is room, so it could as well be endless.
import { each, pipeline, run, values } from 'headrace';

function* readings() {
  for (let id = 0; id < 1000; id++) yield { id, celsius: 20 + 5 * Math.sin(id / 100) };
}

const report = await run(
  pipeline('one-by-one')
    .from(values(readings()))
    .map((reading) => ({ ...reading, fahrenheit: reading.celsius * 1.8 + 32 }))
    .to(
      each(({ id, celsius, fahrenheit }) => {
        if (id % 250 === 0) console.log(`record ${id}: ${celsius.toFixed(1)} °C is ${fahrenheit.toFixed(1)} °F`);
      }),
    ),
);
console.log(`${report.in} in, ${report.out} out`);
