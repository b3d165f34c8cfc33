/** How settings are read, apart from the rules: who only reads settings need not load those and their generators. */
export { parseQuantity } from './bounds.ts';
export { nearest } from './nearest.ts';
