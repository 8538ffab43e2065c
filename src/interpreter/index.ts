/** Amazon States Language in JSONata mode: definitions are loaded once, executions run over a journal that is their history. */
export { childDefinition, loadDefinition } from './definition/load.ts';
export { DefinitionError, type Problem } from './definition/problems.ts';
export type { Definition } from './definition/types.ts';
export { runExecution } from './execution/execution.ts';
export * from './ports.ts';
