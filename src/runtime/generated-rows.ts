import { plainRows, type RowMaker } from '../core/column-rows.ts';
import { ByShape, type ColumnShape, nullsOf } from './column-shape.ts';

let makers = 0;

/**
 * Rows by code made for their columns. All rows of one shape have one hidden class, the same that a generated loop
 * gives them, so a user's function sees objects of one kind wherever they were made.
 */
export function generatedRows(): RowMaker {
  const made = new ByShape(generate);
  return {
    rows: (columns) => (made.of(columns) ?? plainRows).rows(columns),
    reader: (columns) => (made.of(columns) ?? plainRows).reader(columns),
  };
}

function generate(shape: ColumnShape): RowMaker {
  const text = `// rows ${++makers}
return {
  rows(columns) {
    ${shape.declared('columns')}
    const n = columns.length, rows = [];
    for (let i = 0; i < n; i++) rows.push(${shape.literal('i')});
    return rows;
  },
  reader(columns) {
    ${shape.declared('columns')}
    return (i) => (${shape.literal('i')});
  },
};
//# sourceURL=headrace:rows`;
  const make = new Function('nullsOf', text) as (nulls: typeof nullsOf) => RowMaker;
  return make(nullsOf);
}
