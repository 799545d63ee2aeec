export { type Collected, collect } from './collect.ts';
export { each } from './each.ts';
export { every, type Tick } from './every.ts';
export { type Output, print } from './print.ts';
export { type Values, values } from './values.ts';
