import type { Operation } from '../operation.ts';
import { create } from './create.ts';
import { get } from './get.ts';
import { list } from './list.ts';

/** What every face offers about scenarios. Sharing, locking, archiving and reopening are for a person and stand apart. */
export const scenarioOperations = [list, get, create] as unknown as readonly Operation[];

export { createScenario } from './create.ts';
export { getScenario } from './get.ts';
export { listScenarios } from './list.ts';
export { archiveScenario, lockScenario, type Managed, reopenScenario, shareScenario } from './manage.ts';
