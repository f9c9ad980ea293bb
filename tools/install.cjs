// Installs what is missing, once: nothing happens when node_modules already fits the lock file.
// Runs on any Node from 18 on, before anything is installed.
'use strict'
const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { existsSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')
const stamp = join(root, 'node_modules', '.waxwing-installed')

function lockDigest() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest()
}

/** Runs `npm ci` if needed; ends the process with npm's own words when that fails. */
function install() {
  if (isInstalled()) return
  console.error('Installing what is missing (once, about half a minute) …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(
      `\nThe installation failed${error ? `: ${error.message}` : ''}. Check the network and run the command again.`,
    )
    process.exit(1)
  }
  checkNode()
  writeFileSync(stamp, lockDigest())
}

/** The Node that was installed has to run here; a system without what it needs can be told so once. */
function checkNode() {
  const { bundled, isNewEnough } = require('../packages/waxwing/bin/find-node.cjs')
  const node = bundled()
  if (!node) return
  const { status, stderr } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (status === 0) return
  const missing = /lib[\w.+-]+\.so[.\d]*/.exec(stderr ?? '')?.[0]
  console.error(`\nThe Node that comes with Waxwing does not run on this system: ${(stderr ?? '').trim()}`)
  if (missing === 'libatomic.so.1')
    console.error(
      'Install it with your package manager: apt-get install libatomic1 (Debian, Ubuntu), dnf install libatomic (Fedora).',
    )
  if (isNewEnough(process.versions.node)) {
    console.error(`Using Node ${process.versions.node} instead.`)
    rmSync(node)
    return
  }
  process.exit(1)
}

module.exports = { install, root }
