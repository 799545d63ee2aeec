import type { ParseArgsConfig } from 'node:util';
import { wholeNumber } from '../core/units.ts';
import { nearest } from './nearest.ts';
import { parsed, usageError } from './usage.ts';

export type CheckpointWish =
  | { readonly action: 'ls'; readonly dir: string; readonly limit: number; readonly json: boolean }
  | {
      readonly action: 'show';
      readonly dir: string;
      /** Pipeline and number as they stand there: one word may be either. */
      readonly words: readonly string[];
      /** The operator whose state is asked for. */
      readonly state: string | undefined;
      readonly limit: number;
      readonly json: boolean;
    }
  | { readonly action: 'verify'; readonly dir: string; readonly json: boolean }
  | { readonly action: 'rm'; readonly dir: string; readonly pipeline: string; readonly n: number | 'all'; readonly yes: boolean };

const OPTIONS = {
  state: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  yes: { type: 'boolean' },
  stack: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

type Option = keyof typeof OPTIONS;

/** Which options an action has; `stack` and `help` go with all. */
const ACTIONS = {
  ls: ['limit', 'json'],
  show: ['state', 'limit', 'json'],
  verify: ['json'],
  rm: ['all', 'yes'],
} as const satisfies Record<string, readonly Option[]>;

const EXAMPLES = {
  ls: 'headrace checkpoint ls ./state',
  show: 'headrace checkpoint show ./state shop 12',
  verify: 'headrace checkpoint verify ./state',
  rm: 'headrace checkpoint rm ./state shop 12 --yes',
};

const MOST_LINES = 100;

/** What `headrace checkpoint …` asks for. */
export function checkpointWish(argv: readonly string[]): CheckpointWish | 'help' {
  const { values, positionals } = parsed('checkpoint', argv, OPTIONS);
  if (values.help === true) return 'help';
  const [word, dir, ...words] = positionals;
  const action = actionOf(word);
  for (const option of Object.keys(values) as Option[]) {
    if (option !== 'stack' && !(ACTIONS[action] as readonly Option[]).includes(option))
      throw usageError('checkpoint', `--${option} means nothing to ${action}`, undefined);
  }
  if (dir === undefined || dir === '') throw usageError('checkpoint', `${action} wants the folder`, `Write: ${EXAMPLES[action]}`);
  const limit = values.limit === undefined ? MOST_LINES : wholeNumber(Number(values.limit), '--limit');
  const json = values.json === true;
  if (action === 'rm') return removal(dir, words, { all: values.all === true, yes: values.yes === true });
  const most = action === 'show' ? 2 : 0;
  if (words.length > most)
    throw usageError('checkpoint', `${action} does not know what to do with '${words[most]}'`, `Write: ${EXAMPLES[action]}`);
  if (action === 'show') return { action, dir, words, state: values.state, limit, json };
  return action === 'ls' ? { action, dir, limit, json } : { action, dir, json };
}

function actionOf(word: string | undefined): keyof typeof ACTIONS {
  if (word !== undefined && Object.hasOwn(ACTIONS, word)) return word as keyof typeof ACTIONS;
  const known = Object.keys(ACTIONS);
  if (word === undefined)
    throw usageError('checkpoint', 'checkpoint wants to know what to do', `It knows ${known.join(', ')}: ${EXAMPLES.ls}`);
  const close = nearest(word, known);
  throw usageError(
    'checkpoint',
    `checkpoint cannot '${word}'`,
    close === undefined ? `It knows ${known.join(', ')}.` : `Did you mean '${close}'?`,
  );
}

function removal(dir: string, words: readonly string[], { all, yes }: { readonly all: boolean; readonly yes: boolean }): CheckpointWish {
  const [pipeline, number, ...more] = words;
  if (pipeline === undefined || more.length > 0 || all === (number !== undefined))
    throw usageError('checkpoint', 'rm wants the pipeline, and a number or --all', `Write: ${EXAMPLES.rm}`);
  return {
    action: 'rm',
    dir,
    pipeline,
    n: number === undefined ? 'all' : wholeNumber(Number(number), 'the number of the checkpoint'),
    yes,
  };
}
