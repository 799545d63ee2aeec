"""Expected panes of windows, by Apache Beam 2.77.0 (Python's direct runner and its TestStream).

    python3 -m venv beam && beam/bin/pip install apache-beam==2.77.0
    beam/bin/python tests/golden/beam.py            writes windows.beam.json beside this file
    beam/bin/python tests/golden/beam.py --check    compares with it, and changes nothing

Nothing of this runs in CI: the answers are committed, with the version they come from.

Our words in Beam's: a window is emitted by AfterWatermark(early, late=AfterCount(1)); `early: { records: n }` is
AfterCount(n), `early: '10s'` is AfterProcessingTime(10), both repeatedly; `lateness` is allowed_lateness; `panes` is the
accumulation mode. One step of the input is one event of the TestStream, so a late record is a pane.

Where Beam's Python direct runner is not the measure, and what is done about it:
- It fires at the end of a window also where the window has nothing new and discards: an empty pane. It is written down as
  it came, with no values; we emit none.
- A record is too late for it at `watermark > end + lateness`, elsewhere in Beam (and here) at `>=`. No record of the input
  stands on that border, and no session is joined by a record while the state of the session is over already, which the
  direct runner never forgets. tests/property/windows-by-hand.test.ts has both.
- A closed session that a late record makes longer than the watermark stays closed for it ("TODO: rewind", trigger.py), so
  it gives panes called early and none on time. Beam's Java opens it again (AfterWatermarkStateMachine.onMerge, as it
  reads; it was not run). No record of the input does that; windows-by-hand.test.ts has it.
- When sessions meet that have a pane due by the clock each, both timers stay, and the second gives a pane without anything
  new. No cell has that (`repeats` looks); windows-by-hand.test.ts has it.
"""

import json
import logging
import os
import platform
import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.direct import transform_evaluator
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.testing.test_stream import TestStream
from apache_beam.transforms import trigger
from apache_beam.transforms.window import FixedWindows, GlobalWindow, GlobalWindows, Sessions, SlidingWindows, TimestampedValue
from apache_beam.utils.windowed_value import PaneInfoTiming

VERSION = '2.77.0'
HERE = os.path.dirname(os.path.abspath(__file__))
INPUT = os.path.join(HERE, 'windows.input.json')
OUTPUT = os.path.join(HERE, 'windows.beam.json')
TIMINGS = {PaneInfoTiming.EARLY: 'early', PaneInfoTiming.ON_TIME: 'onTime', PaneInfoTiming.LATE: 'late'}

# So many events of a TestStream come before ours.
SET_UP = 3

# What happens, in its order: 'step' when one begins, and panes. The runner works in threads of this process, and pickles
# functions together with what they see of this file; what they see of another module is the module's own.
log = []
transform_evaluator.golden_log = log


def note_steps():
  """Each call of this evaluator takes one event from the TestStream, when all that followed from the last one is done."""
  take = transform_evaluator._TestStreamEvaluator.process_element

  def noted(self, element):
    log.append('step')
    take(self, element)

  transform_evaluator._TestStreamEvaluator.process_element = noted


class Note(beam.DoFn):
  def process(self, element, window=beam.DoFn.WindowParam, pane=beam.DoFn.PaneInfoParam, time=beam.DoFn.TimestampParam):
    key, values = element
    transform_evaluator.golden_log.append((key, window, sorted(values), pane, time))


def window_of(name, spec):
  return {
      'tumbling': lambda: FixedWindows(spec['size']),
      'sliding': lambda: SlidingWindows(spec['size'], spec['every']),
      'session': lambda: Sessions(spec['gap']),
      'global': GlobalWindows,
  }[name]()


def early_of(spec):
  if 'records' in spec:
    return trigger.AfterCount(spec['records'])
  return trigger.AfterProcessingTime(spec['clock']) if 'clock' in spec else None


def stream_of(steps, base):
  stream = TestStream()
  for number, (kind, *rest) in enumerate(steps):
    if kind == 'add':
      key, at = rest
      stream = stream.add_elements([TimestampedValue((key, number), base + at)])
    elif kind == 'watermark':
      stream = stream.advance_watermark_to(base + rest[0])
    else:
      stream = stream.advance_processing_time(rest[0])
  return stream.advance_watermark_to_infinity()


def panes_of(given, window, mode, early, lateness, steps):
  log.clear()
  options = PipelineOptions([])
  options.view_as(StandardOptions).streaming = True
  accumulation = {
      'discarding': trigger.AccumulationMode.DISCARDING,
      'accumulating': trigger.AccumulationMode.ACCUMULATING,
  }[mode]
  with beam.Pipeline(runner=BundleBasedDirectRunner(), options=options) as pipeline:
    (
        pipeline
        | stream_of(steps, given['base'])
        | beam.WindowInto(
            window_of(window, given['windows'][window]),
            trigger=trigger.AfterWatermark(early=early_of(given['early'][early]), late=trigger.AfterCount(1)),
            accumulation_mode=accumulation,
            allowed_lateness=lateness)
        | beam.GroupByKey()
        | beam.ParDo(Note()))
  return [pane for pane in shown(given['base'], len(steps))]


def shown(base, steps):
  """[step, key, start, end, timing, index, values]; of one step by end, then key. Times are seconds behind the base."""
  found = []
  step = -1 - SET_UP
  for one in log:
    if one == 'step':
      step += 1
      continue
    key, window, values, pane, time = one
    whole = isinstance(window, GlobalWindow)
    start, end = (None, None) if whole else (behind(window.start, base), behind(window.end, base))
    assert whole or pane.timing == PaneInfoTiming.EARLY or time == window.max_timestamp(), one
    # The end of the data is a step behind the last.
    found.append([min(step, steps), key, start, end, TIMINGS[pane.timing], pane.index, values])
  return sorted(found, key=lambda pane: (pane[0], pane[3] or 0, pane[1], pane[5]))


def behind(at, base):
  seconds = (at.micros - base * 1_000_000) / 1e6
  return int(seconds) if seconds.is_integer() else seconds


def repeats(panes):
  """Two panes of one window in one step that hold the same, or nothing: the second timer of sessions that met."""
  return any(
      a[0] == b[0] and a[1:4] == b[1:4] and a[4] == b[4] == 'early' for i, a in enumerate(panes) for b in panes[i + 1:])


def compact(pane):
  return json.dumps(pane, separators=(',', ':'))


def main():
  assert beam.__version__ == VERSION, f'this is Beam {beam.__version__}'
  logging.getLogger().setLevel(logging.ERROR)
  note_steps()
  with open(INPUT) as file:
    given = json.load(file)
  cells = {}
  for window in given['windows']:
    for mode in ('discarding', 'accumulating'):
      for early in given['early']:
        for lateness in (0, 10):
          for name, steps in given['inputs'].items():
            cell = f'{window}, {mode}, early {early}, lateness {lateness}, {name}'
            panes = panes_of(given, window, mode, early, lateness, steps)
            assert not repeats(panes), cell
            cells[cell] = panes
  text = ',\n'.join(
      f'    {json.dumps(cell)}: [\n' + ',\n'.join(f'      {compact(pane)}' for pane in panes) + '\n    ]'
      for cell, panes in cells.items())
  about = {'beam': beam.__version__, 'python': platform.python_version(), 'pane': 'step, key, start, end, timing, index, values'}
  head = ',\n'.join(f'  {json.dumps(name)}: {json.dumps(value)}' for name, value in about.items())
  text = f'{{\n{head},\n  "cells": {{\n{text}\n  }}\n}}\n'
  if '--check' in sys.argv:
    with open(OUTPUT) as file:
      kept = json.load(file)
    made = json.loads(text)
    # Another Python gives the same panes.
    different = [cell for cell in {**kept['cells'], **made['cells']} if kept['cells'].get(cell) != made['cells'].get(cell)]
    print(f'{len(cells)} cells, {len(different)} different {different}')
    sys.exit(1 if different else 0)
  with open(OUTPUT, 'w') as file:
    file.write(text)
  print(f'{len(cells)} cells, {sum(map(len, cells.values()))} panes')


if __name__ == '__main__':
  main()
