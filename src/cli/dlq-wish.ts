import type { ParseArgsConfig } from 'node:util';
import { type Bytes, byteCount } from '../core/units.ts';
import { wholeOption } from './log-wish.ts';
import { nearest } from './nearest.ts';
import { fileOf, numeric, parsed, type RunWish, settingsOf, span, stateOf, usageError } from './usage.ts';

export interface ShowWish {
  readonly action: 'show';
  readonly dir: string;
  readonly pipeline: string;
  readonly limit: number;
  readonly from: number;
  readonly operator: string | undefined;
  readonly json: boolean;
}

/** A run, with a folder. */
export interface RedriveWish {
  readonly action: 'redrive';
  readonly dir: string;
  readonly run: RunWish;
}

export type DlqWish = { readonly action: 'ls'; readonly dir: string; readonly json: boolean } | ShowWish | RedriveWish;

const OPTIONS = {
  limit: { type: 'string' },
  from: { type: 'string' },
  operator: { type: 'string' },
  set: { type: 'string', multiple: true },
  dir: { type: 'string' },
  deadline: { type: 'string' },
  memory: { type: 'string' },
  'checkpoint-every': { type: 'string' },
  state: { type: 'string' },
  quiet: { type: 'boolean' },
  json: { type: 'boolean' },
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

type Option = keyof typeof OPTIONS;

/** Which options an action has; `stack` and `help` go with all. */
const ACTIONS = {
  ls: ['json'],
  show: ['limit', 'from', 'operator', 'json'],
  redrive: ['set', 'dir', 'deadline', 'memory', 'checkpoint-every', 'state', 'quiet', 'json'],
} as const satisfies Record<string, readonly Option[]>;

const EXAMPLES = {
  ls: 'headrace dlq ls ./state',
  show: 'headrace dlq show ./state shop',
  redrive: 'headrace dlq redrive shop.ts --dir ./state',
};

const MOST_LETTERS = 100;

/** What `headrace dlq …` asks for. */
export function dlqWish(argv: readonly string[]): DlqWish | 'help' {
  const { values, positionals } = parsed('dlq', argv, OPTIONS);
  if (values.help === true) return 'help';
  const [word, ...words] = positionals;
  const action = actionOf(word);
  for (const option of Object.keys(values) as Option[]) {
    if (option === 'stack' || (ACTIONS[action] as readonly Option[]).includes(option)) continue;
    const instead = action === 'redrive' ? 'It wants the file and --dir' : 'The folder stands behind it';
    throw usageError('dlq', `--${option} means nothing to ${action}`, `${instead}: ${EXAMPLES[action]}`);
  }
  const json = values.json === true;
  if (action === 'redrive') return redriveWish(words, values);
  const [dir, pipeline, ...more] = words;
  if (dir === undefined || dir === '') throw usageError('dlq', `${action} wants the folder`, `Write: ${EXAMPLES[action]}`);
  const surplus = action === 'ls' ? pipeline : more[0];
  if (surplus !== undefined) throw usageError('dlq', `${action} does not know what to do with '${surplus}'`, `Write: ${EXAMPLES[action]}`);
  if (action === 'ls') return { action, dir, json };
  if (pipeline === undefined) throw usageError('dlq', 'show wants the pipeline', `Write: ${EXAMPLES.show}`);
  const { limit, from, operator } = values;
  return {
    action,
    dir,
    pipeline,
    limit: limit === undefined ? MOST_LETTERS : wholeOption('dlq', '--limit', limit),
    from: from === undefined ? 0 : wholeOption('dlq', '--from', from, 0),
    operator,
    json,
  };
}

interface RedriveValues {
  readonly set?: string[];
  readonly dir?: string;
  readonly deadline?: string;
  readonly memory?: string;
  readonly 'checkpoint-every'?: string;
  readonly state?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

function redriveWish(words: readonly string[], values: RedriveValues): RedriveWish {
  const { dir, deadline, memory, 'checkpoint-every': every } = values;
  const file = fileOf('dlq redrive', words, values.set);
  if (dir === undefined || dir === '') throw usageError('dlq', 'redrive wants the folder of the run', `Write: ${EXAMPLES.redrive}`);
  const run: RunWish = {
    file,
    settings: settingsOf('dlq', values.set),
    until: 'caughtUp',
    deadlineMs: deadline === undefined ? undefined : span('--deadline', deadline),
    memoryBytes: memory === undefined ? undefined : byteCount(numeric(memory) as Bytes, '--memory'),
    dir,
    checkpointEveryMs: every === undefined ? undefined : span('--checkpoint-every', every),
    parallelism: undefined,
    state: stateOf('dlq', values.state, dir),
    again: false,
    from: undefined,
    acceptDuplicates: false,
    json: values.json === true,
    quiet: values.quiet === true,
  };
  return { action: 'redrive', dir, run };
}

function actionOf(word: string | undefined): keyof typeof ACTIONS {
  if (word !== undefined && Object.hasOwn(ACTIONS, word)) return word as keyof typeof ACTIONS;
  const known = Object.keys(ACTIONS);
  if (word === undefined) throw usageError('dlq', 'dlq wants to know what to do', `It knows ${known.join(', ')}: ${EXAMPLES.ls}`);
  const close = nearest(word, known);
  throw usageError('dlq', `dlq cannot '${word}'`, close === undefined ? `It knows ${known.join(', ')}.` : `Did you mean '${close}'?`);
}
