import type { RowParts, RowSteps } from './row-steps.ts';

let rows = 0;

/**
 * Written as one text a row, so that the engine inlines what each aggregate does: three aggregates of a record cost
 * 14 ns by this and 80 by a loop over them; a pane is a literal. `plainSteps` is the same as a loop.
 */
export function generatedSteps<T>({ numeric, plain }: RowParts<T>): RowSteps<T> {
  const names: string[] = [];
  const given: unknown[] = [];
  const give = (name: string, value: unknown): string => {
    names.push(name);
    given.push(value);
    return name;
  };
  const [take, add, merge]: [string[], string[], string[]] = [[], [], []];
  const answers: string[] = [];
  let inputs = 0;
  for (const [i, { field, layout, offset, answer }] of numeric.entries()) {
    const one = give(`layout${i}`, layout);
    add.push(`${one}.add(cells, at + ${offset}, inputs, ${inputs});`);
    merge.push(`${one}.merge(cells, at + ${offset}, later, laterAt + ${offset});`);
    answers[answer] = `, ${JSON.stringify(field)}: ${one}.extract(cells, at + ${offset}, window)`;
    for (const { of, check } of layout.inputs) {
      const answer = of === undefined ? 'timeMs' : `${give(`of${inputs}`, of)}(value)`;
      take.push(`inputs[${inputs}] = ${give(`check${inputs}`, check)}(${answer}, ${JSON.stringify(`the aggregate '${field}'`)});`);
      inputs++;
    }
  }
  for (const [i, { field, aggregate, answer }] of plain.entries()) {
    const one = give(`plain${i}`, aggregate);
    take.push(`taken[${i}] = ${one}.of(value, timeMs);`);
    add.push(`${one}.add(objects[${i}], taken[${i}]);`);
    merge.push(`${one}.merge(objects[${i}], laterObjects[${i}]);`);
    answers[answer] = `, ${JSON.stringify(field)}: ${one}.extract(objects[${i}], window)`;
  }
  const width = numeric.reduce((cells, { layout }) => cells + layout.names.length, 0);
  const initial = Float64Array.from(numeric.flatMap(({ layout }) => layout.initial));
  give('initial', initial);
  // The text holds numbers, and names of fields in quotes; what users wrote comes in as values.
  const text = `// row ${++rows}
const inputs = new Float64Array(${inputs}), taken = new Array(${plain.length}).fill(0.5);
return {
  reset(cells, at) { ${eachCell(width, (i) => `cells[at + ${i}] = initial[${i}];`)} },
  copy(cells, at, from, fromAt) { ${eachCell(width, (i) => `cells[at + ${i}] = from[fromAt + ${i}];`)} },
  take(value, timeMs) { ${take.join('\n')} },
  add(cells, at, objects) { ${add.join('\n')} },
  merge(cells, at, objects, later, laterAt, laterObjects) { ${merge.join('\n')} },
  pane(cells, at, objects, { key, window, pane }) { return { key, window, pane${answers.join('')} }; },
};`;
  return (new Function(...names, text) as (...values: unknown[]) => RowSteps<T>)(...given);
}

/** A few cells one by one; histograms may have thousands. */
function eachCell(width: number, text: (i: number | string) => string): string {
  if (width > MOST_WRITTEN_OUT) return `for (let i = 0; i < ${width}; i++) ${text('i')}`;
  return Array.from({ length: width }, (_, i) => text(i)).join(' ');
}

const MOST_WRITTEN_OUT = 32;
