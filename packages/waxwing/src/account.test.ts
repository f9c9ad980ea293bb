/** `waxwing account …` as a process, with the server running and stopped. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuthError } from '@waxwing/client-node'
import { Sandbox } from './testing/sandbox.ts'

for (const isRunning of [true, false]) {
  const when = isRunning ? 'while the server runs' : 'while the server is stopped'

  test(`accounts are added, listed, changed and removed ${when}`, async () => {
    await using sandbox = new Sandbox()
    if (isRunning) await sandbox.serve()
    const says = async (line: string, ...words: readonly string[]): Promise<void> => {
      const { code, out, err } = await sandbox.account(...words)
      assert.deepEqual([code, out, err], [0, line, ''])
    }
    await says('', 'list')
    await says('romeo@localhost added', 'add', 'Romeo@LOCALHOST', '--password', 'Juliet')
    await says('juliet@localhost added', 'add', 'juliet@localhost', '--password', 'Romeo')
    await says('juliet@localhost\nromeo@localhost', 'list')
    await says('password of romeo@localhost changed', 'password', 'romeo@localhost', '--password', 'Rosaline')
    await says('juliet@localhost removed with everything kept for it', 'remove', 'juliet@localhost')
    await says('romeo@localhost', 'list')
  })

  test(`what cannot be done to an account is said in a sentence ${when}`, async () => {
    await using sandbox = new Sandbox()
    if (isRunning) await sandbox.serve()
    await sandbox.addAccounts('romeo')
    const rows: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
      [['add', 'romeo@localhost', '--password', 'x'], /^The account romeo@localhost exists already/],
      [['add', 'romeo', '--password', 'x'], /^romeo is no account; write user@domain\./],
      [['add', 'romeo@localhost/x', '--password', 'x'], /^romeo@localhost\/x is no account/],
      [
        ['add', 'romeo@elsewhere.example', '--password', 'x'],
        /^This server does not serve elsewhere\.example/,
      ],
      [['add', 'ro meo@localhost', '--password', 'x'], /^ro meo@localhost is not an address: /],
      [['add', 'juliet@localhost'], /^No password was given: use --password/],
      [['password', 'juliet@localhost', '--password', 'x'], /^There is no account juliet@localhost/],
      [['remove', 'juliet@localhost'], /^There is no account juliet@localhost/],
    ]
    for (const [words, sentence] of rows) {
      const { code, out, err } = await sandbox.account(...words)
      assert.match(err, /^waxwing: [^\n]+\n$/)
      assert.match(err.slice('waxwing: '.length), sentence)
      assert.deepEqual([code, out], [1, ''])
    }
  })
}

test('a changed password counts at once, a removed account is gone at once', async () => {
  await using sandbox = new Sandbox()
  const served = await sandbox.serve()
  await sandbox.addAccounts('romeo')
  await sandbox.account('password', 'romeo@localhost', '--password', 'Rosaline')
  await assert.rejects(sandbox.logIn('romeo', served), AuthError)
  const romeo = await sandbox.logIn('romeo', served, { password: 'Rosaline' })
  await sandbox.account('remove', 'romeo@localhost')
  for await (const { state } of romeo.status()) if (state === 'closed') break
  await assert.rejects(sandbox.logIn('romeo', served, { password: 'Rosaline' }), AuthError)
})
