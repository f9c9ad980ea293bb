/** The parts of the command, for tests. */

export { administer } from './administration.ts'
export { type Service, serve } from './commands/start.ts'
export { waxwing } from './program.ts'
