#!/usr/bin/env node
// Starts the waxwing command on a Node that can run it, whatever Node the shell has.
'use strict'
const { spawn } = require('node:child_process')
const { join } = require('node:path')
const { runWith } = require('./find-node.cjs')

const { node, args, env } = runWith(join(__dirname, '..', 'src', 'main.ts'), process.argv.slice(2))

if (process.execve && process.platform !== 'win32') {
  // Become the other Node: same process id, so signals and service managers just work.
  process.execve(node, [node, ...args], env)
} else {
  const child = spawn(node, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
