import { cachingDefects } from './http/caching.ts';
import { corsDefects } from './http/cors.ts';
import { methodDefects } from './http/methods.ts';
import { negotiationDefects } from './http/negotiation.ts';
import { openingDefects } from './http/opening.ts';
import { refusalDefects } from './http/refusal.ts';
import type { Defect } from './judge-defect.ts';

export const httpDefects: readonly Defect[] = [
  ...openingDefects,
  ...cachingDefects,
  ...methodDefects,
  ...negotiationDefects,
  ...corsDefects,
  ...refusalDefects,
];
