// The entry of the npm scripts: installs what is missing, then runs a task on the pinned Node.
'use strict'
const { spawn } = require('node:child_process')
const { install, root } = require('./install.cjs')

const tasks = {
  demo: ['packages/waxwing/src/main.ts', 'demo'],
  test: ['tools/test.ts'],
  check: ['tools/check.ts'],
  bench: ['bench/run.ts'],
}

const [name, ...rest] = process.argv.slice(2)
const task = tasks[name]
if (!task) {
  console.error(`usage: node tools/run.cjs ${Object.keys(tasks).join('|')}`)
  process.exit(2)
}
install()
const { runWith } = require('../packages/waxwing/bin/find-node.cjs')
const [file, ...given] = task
const { node, args, env } = runWith(file, [...given, ...rest])
const child = spawn(node, args, { cwd: root, stdio: 'inherit', env })
// The terminal sends Ctrl-C to the whole group: the child ends in its own time and we report how.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
