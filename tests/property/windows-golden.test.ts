import { expect, test } from 'vitest';
import { inOrder, modelled, produced } from './windows-compared.ts';
import { beamVersion, cells } from './windows-golden.ts';

// tests/golden/beam.py says what Beam was asked, and what it cannot be asked.
const isFull = process.env['HEADRACE_TEST'] === 'full';

test(`there are ${cells.length} cells of Apache Beam ${beamVersion}, with panes of each timing for each kind of window`, () => {
  expect(beamVersion).toBe('2.77.0');
  expect(cells.length).toBe(4 * 2 * 3 * 2 * 5);
  for (const kind of ['tumbling', 'sliding', 'session', 'global']) {
    const timings = new Set(
      cells.filter(({ ways }) => ways.window.kind === kind).flatMap(({ panes }) => panes.map(({ timing }) => timing)),
    );
    expect([...timings].sort(), kind).toEqual(kind === 'global' ? ['early', 'onTime'] : ['early', 'late', 'onTime']);
  }
});

test('the model of windows that random streams are held against gives the panes of Beam', () => {
  for (const cell of cells) expect(inOrder(modelled(cell).panes, true), cell.name).toEqual(inOrder(cell.panes, true));
});

test.each(['tumbling', 'sliding', 'session', 'global'])(
  'a %s window gives the panes of Beam, at the step at which Beam does, in every mode, with early panes and with late ones',
  async (kind) => {
    for (const [at, cell] of cells.entries()) {
      // The quick form takes a third of them, spread over all modes and inputs.
      if (cell.ways.window.kind !== kind || !(isFull || at % 3 === 0)) continue;
      const product = await produced(cell, { codegen: 'never', chunk: 1024 });
      expect(inOrder(product.panes, true), cell.name).toEqual(inOrder(cell.panes, true));
      expect(product.late, cell.name).toEqual(modelled(cell).late);
    }
  },
);
