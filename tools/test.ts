/** The test command: checks first, then every test of the workspace. Further arguments narrow the files: `npm test -- packages/jid`. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [narrow] = process.argv.slice(2)
const run = (args: readonly string[]): number =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1

const patterns = ['packages/*/src/**/*.test.ts', 'tools/*.test.ts', 'docs/*.test.ts', 'interop/*.test.ts']
const files = globSync(patterns, { cwd: root }).filter(
  file => narrow === undefined || file.startsWith(narrow),
)
const checked = narrow === undefined ? run(['tools/check.ts']) : 0
// The runner itself hardly computes: it needs no processor for itself, as it takes by default.
const atOnce = `--test-concurrency=${availableParallelism()}`
// A file that hangs fails, and the others go on.
const patience = '--test-timeout=180000'
const tested = run(['--test', atOnce, patience, '--test-reporter=spec', ...files.sort()])
process.exit(checked || tested)
