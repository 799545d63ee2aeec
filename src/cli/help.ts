import { DLQ_HELP } from './dlq-help.ts';
import { LOG_HELP } from './log-help.ts';

const MAIN = `headrace: typed stream pipelines for Node

  headrace run shop.ts    run the pipeline that shop.ts exports as its default
  headrace plan shop.ts   draw the pipeline, and say what it guarantees
  headrace checkpoint ls  look at the checkpoints in a folder, verify and remove them
  headrace log ls         look at the topics in a folder, read, write, check and mend them
  headrace dlq ls         look at dead letters, and send them in again
  headrace schema a.csv   print the columns of a CSV file as TypeScript
  headrace doctor         look whether this machine is fit to run pipelines
  headrace help run       the options of a command
  headrace --version      the version
`;

const RUN = `headrace run <file> [options]

Runs the pipeline that the file exports as its default (\`export default shop;\`). TypeScript runs as it is.
Ctrl-C stops gracefully, so that records in flight finish; a second Ctrl-C stops at once.

  --set <name>=<value>      gives a value to setting('<name>'); may be repeated
  --until <when>            end (of the data, the default), caughtUp, or a span of time like 10s
  --deadline <span>         what records in flight get after a stop; 10s by default
  --memory <size>           what operators and queues may hold together; 1GiB by default
  --dir <folder>            keeps checkpoints there, and goes on from the newest; a stop takes one
  --checkpoint-every <span> how often one is taken; 10s by default
  --again                   begins anew although an earlier run has come to the end of its data
  --from <n>                goes on from checkpoint n; where later ones are there, only with --accept-duplicates
  --accept-duplicates       sinks may write again what they have committed in later checkpoints, which are set aside
  --parallelism <n>         threads for the parts that are divided by key; 1 by default, which is none
  --state <where>           memory (the default) or disk, for more state of keys than memory holds; with --dir
  --json                    JSON lines on stderr, one a second, also on a terminal
  --quiet                   nothing but errors on stderr
  --stack                   whole stacks with errors, also by HEADRACE_STACK=1
  -h, --help                this page

On a terminal a live panel shows what the run does; otherwise stderr gets JSON lines. The last of them is the report.
Exit codes: 0 ended or stopped gracefully, 1 the run failed, 2 wrong usage, 3 the module or its plan is invalid,
130 and 143 a second SIGINT or SIGTERM.

  headrace run shop.ts --set brokers=kafka:9092 --until 10s
`;

const PLAN = `headrace plan <file> [options]

Draws the pipeline that the file exports as its default, and runs nothing: its nodes and the exchanges between its
stages, what each sink gets when a run is killed, where parallelism ends, and why two runs over the same records may
differ.

  --json                  the plan as JSON on stdout, to keep and to compare with
  --dot                   for Graphviz
  --mermaid               as a Mermaid flowchart, for Markdown
  --stages                the stages it is cut into, and the edges between them
  --against <file>        what becomes of each piece of state when this plan takes the place of one kept with --json
  --set <name>=<value>    gives a value to setting('<name>'); may be repeated
  --stack                 whole stacks with errors, also by HEADRACE_STACK=1
  -h, --help              this page

Exit codes: 0 printed, 2 wrong usage, 3 the module or its plan is invalid, or state would be lost (--against).

  headrace plan shop.ts --json > plan.json
  headrace plan shop.ts --against plan.json
`;

const CHECKPOINT = `headrace checkpoint <action> <folder> […] [options]

Looks at the checkpoints in a folder that was given to runs with --dir. Nothing but rm changes anything.

  ls <folder>                        the checkpoints of each pipeline, newest first
  show <folder> [pipeline] [n]       what is in one, the newest unless told: positions, tokens, plan, state
  verify <folder>                    reads every byte, and says what is damaged and what that means
  rm <folder> <pipeline> <n> --yes   removes one that is not the newest
  rm <folder> <pipeline> --all --yes removes all, also what was set aside: the next run begins anew

  --state <operator>      of show: the keys and values an operator keeps, in place of the rest
  --limit <n>             of ls and show --state: the most lines of each pipeline or operator; 100 by default
  --json                  of ls, show and verify: as JSON on stdout
  --stack                 whole stacks with errors, also by HEADRACE_STACK=1
  -h, --help              this page

Exit codes: 0 done, 1 something is damaged, missing or in use, 2 wrong usage.

  headrace checkpoint verify ./state
`;

const SCHEMA = `headrace schema <file>

Looks at the first megabyte of a CSV file and prints the csv() that reads it, as TypeScript: its separator, whether the
first line has names, the columns and what each is, with a question mark where places were empty. It is a guess: later
rows may be otherwise, and are refused then.

  --stack                 whole stacks with errors, also by HEADRACE_STACK=1
  -h, --help              this page

Exit codes: 0 printed, 1 the file cannot be read or has no rows, 2 wrong usage.

  headrace schema orders.csv > orders.ts
`;

const DOCTOR = `headrace doctor [options]

Looks at Node, memory, cores, code generation, the temporary folder, the limit of open files and the clock,
and says for each whether it is fit and what to do.

  --json                  the same as JSON on stdout
  -h, --help              this page

Exit codes: 0 nothing has failed, 1 something must be mended, 2 wrong usage.
`;

/** The help page of a command; the page of all for anything else. */
export function helpFor(command: string | undefined): string {
  if (command === 'run') return RUN;
  if (command === 'plan') return PLAN;
  if (command === 'checkpoint') return CHECKPOINT;
  if (command === 'log') return LOG_HELP;
  if (command === 'dlq') return DLQ_HELP;
  if (command === 'schema') return SCHEMA;
  return command === 'doctor' ? DOCTOR : MAIN;
}
