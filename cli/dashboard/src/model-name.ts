import { namedModels } from './usage-window.ts';

/** @param model as a window has it: '' for records without one, undefined for those that share a place */
export function modelName(model: string | undefined): string {
  return model === undefined ? `more than ${namedModels} models` : model || 'no model';
}
