export const DLQ_HELP: string = `headrace dlq <action> … [options]

Dead letters that nobody reads are kept in the folder that was given to the run with --dir, 30 days and 1 GiB of them.

  ls <folder>                    how many each pipeline has, of which operators and errors, and how many were not sent in again
  show <folder> <pipeline>       the letters, oldest first: the record, its error and its value
  redrive <file> --dir <folder>  runs the pipeline that the file exports on its letters only: each enters in front of the
                                 operator that refused it, once, also when this is killed and asked for again

  --limit <n>               of show: the most letters; 100 by default
  --from <position>         of show: begins there
  --operator <name>         of show: only those that this operator has refused
  --set, --deadline, --memory, --checkpoint-every, --state, --quiet
                            of redrive: as of run
  --json                    of ls: as JSON on stdout; of show: one object a line; of redrive: JSON lines on stderr, as of run
  --stack                   whole stacks with errors, also by HEADRACE_STACK=1
  -h, --help                this page

Stop the run of the pipeline before a redrive, and start it again behind it. What is refused again is a letter again, for
the next redrive.

Exit codes: 0 done, also when letters were refused again, 1 the redrive failed, or something is damaged, missing or in use,
2 wrong usage, 3 the module or its plan is invalid.

  headrace dlq redrive shop.ts --dir ./state
`;
