import { plainRows, type RowMaker } from '../core/column-rows.ts';
import { isThenable } from '../core/failure.ts';
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
    visit: (columns, look, from) => (made.of(columns) ?? plainRows).visit(columns, look, from),
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
  visit(columns, look, from) {
    ${shape.declared('columns')}
    for (let i = from, n = columns.length; i < n; i++) {
      const said = look(${shape.literal('i')});
      if (typeof said === 'object' && said !== null && isThenable(said)) return { wait: said, next: i + 1 };
    }
  },
};
//# sourceURL=headrace:rows`;
  const make = new Function('nullsOf', 'isThenable', text) as (...given: unknown[]) => RowMaker;
  return make(nullsOf, isThenable);
}
