// Installs what is missing, once: nothing happens when node_modules already fits the lock file.
// Runs on any Node from 18 on, before anything is installed.
'use strict'
const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
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
  writeFileSync(stamp, lockDigest())
}

module.exports = { install, root }
