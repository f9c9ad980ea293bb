/** Runs the waxwing command. */
import { explain } from './explain.ts'
import { waxwing } from './program.ts'

try {
  await waxwing().parseAsync()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}
