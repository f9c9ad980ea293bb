/** Everything a reviewer's eye should not be spent on: types, lint, format. Prints one line per check. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)

const checks: readonly (readonly [string, string, readonly string[]])[] = [
  ['types', bin('tsc'), ['-b']],
  ['format', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', '.']],
]

let failed = 0
for (const [name, command, args] of checks) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  process.stdout.write(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}\n`)
  if (status === 0) continue
  failed++
  process.stdout.write(stdout + stderr)
}
process.exit(failed === 0 ? 0 : 1)
