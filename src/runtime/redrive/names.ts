/** The source of dead letters of a run that sends them in again; checkpoints keep under this name how far that has come. */
export const REDRIVE = 'redrive of dead letters';

const TO = 'redrive to ';

/** The node by which letters enter in front of an operator. */
export function redriveTo(operator: string): string {
  return `${TO}${operator}`;
}

/** The operator in whose name a node refuses records: what cannot even enter is a letter of whoever was to get it. */
export function redrivenTo(id: string): string {
  return id.startsWith(TO) ? id.slice(TO.length) : id;
}
