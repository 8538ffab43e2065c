export { printable } from '../orchestrator/printable.ts';
