export const LOG_HELP: string = `headrace log <action> <folder> […] [options]

Looks at the topics in a folder that was given to runs with --dir, reads them, writes to them, and mends them.

  ls <folder>                   the topics: partitions, positions, sizes, who writes and how far readers have come
  cat <folder> <topic>          prints the values, one a line, partition after partition
  append <folder> <topic>       each line of stdin becomes a record; all are on the disk when it ends
  fsck <folder> [topic]         reads every byte, and says what is damaged and what that means
  repair <folder> [topic] --yes puts aside what is damaged, so that the rest can be read from end to end

  --partition <n>         of cat: only this one
  --from <position>       of cat: a position, start (the default) or end; a position wants --partition where there are several
  --limit <n>             of cat: the most records
  -f, --follow            of cat: waits for more until Ctrl-C
  --keys                  of cat: the key and a tab in front of each value
  --key <text>            of append: the key of all records; without, they are spread over the partitions
  --header <name>=<value> of append: a header of all records; may be repeated
  --partitions <n>        of append: how many a new topic gets; 4 by default
  --json                  of ls and fsck: as JSON on stdout; of cat: one object a line, with partition, position, key,
                          time, headers and value, which is JSON where it was, or else bytes in base64
  --stack                 whole stacks with errors, also by HEADRACE_STACK=1
  -h, --help              this page

Exit codes: 0 done, 1 something is damaged, missing or in use, 2 wrong usage, or --yes is wanted.

  headrace log cat ./state orders --follow --json | jq .value
`;
