/** Runs the waxwing command. */
import { explain } from './explain.ts'
import { waxwing } from './program.ts'
import { printableLines } from './terminal.ts'

// `waxwing history … | head`: whoever reads us has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

try {
  await waxwing().parseAsync()
} catch (error) {
  process.stderr.write(`${printableLines(explain(error))}\n`)
  process.exitCode = 1
}
