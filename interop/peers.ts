/** The foreign programs: whether they are here, and how their scripts tell what worked. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { TestContext } from 'node:test'
import { Program } from './program.ts'

/** Debian's own Python: its packages are what is tested, whatever else is on the PATH. */
const python = '/usr/bin/python3'

/** A program on the PATH, or a file. */
const marks = {
  slixmpp: '/usr/lib/python3/dist-packages/slixmpp/__init__.py',
  aioxmpp: '/usr/lib/python3/dist-packages/aioxmpp/__init__.py',
  'go-sendxmpp': 'go-sendxmpp',
  profanity: 'profanity',
  openssl: 'openssl',
  xmllint: 'xmllint',
  prosody: 'prosody',
  ejabberd: '/usr/sbin/ejabberdctl',
} as const satisfies Record<string, string>

export type Peer = keyof typeof marks

/**
 * For a test's options: `false` when the peers are installed, otherwise why the test is skipped.
 * With `WAXWING_INTEROP=required` in the environment a missing peer is a failure.
 */
export function missing(...peers: readonly Peer[]): string | false {
  const absent = peers.filter(peer => !isInstalled(marks[peer]))
  if (absent.length === 0) return false
  const why = `${absent.join(' and ')} not installed (.ci/run installs the peers on Debian)`
  if (process.env['WAXWING_INTEROP'] === 'required') throw new Error(why)
  return why
}

function isInstalled(mark: string): boolean {
  const folders = isAbsolute(mark) ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  return folders.some(folder => existsSync(join(folder, mark)))
}

export function script(name: string): string {
  return join(import.meta.dirname, 'peers', name)
}

/** Starts a Python script of ours beside a server or another. */
export function runScript(name: string, env: Readonly<Record<string, string>>): Program {
  return new Program(python, [script(name)], { env: { ...env, PYTHONUNBUFFERED: '1' } })
}

/** Runs a script to its end; it says `ok <step>` for each step. Every step expected becomes a test of its own. */
export async function runSteps(
  t: TestContext,
  name: string,
  env: Readonly<Record<string, string>>,
  expected: readonly string[],
): Promise<void> {
  await using peer = runScript(name, env)
  const code = await peer.exit()
  const done = new Set(peer.lines.filter(line => line.startsWith('ok ')).map(line => line.slice(3)))
  for (const step of expected) await t.test(step, () => assert.ok(done.has(step), whyNot(peer, step)))
  await t.test('the script ends well and has no other steps', () => {
    assert.equal(code, 0, peer.fault(`ended with ${code}`))
    assert.deepEqual([...done], expected)
  })
}

function whyNot(peer: Program, step: string): string {
  return peer.lines.find(line => line.startsWith(`not ok ${step}`)) ?? 'the script did not come to this step'
}
