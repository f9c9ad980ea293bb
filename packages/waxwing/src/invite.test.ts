/** `waxwing invite` as a process, with the server running and stopped. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Sandbox } from './testing/sandbox.ts'

for (const isRunning of [true, false])
  test(`invitations are made ${isRunning ? 'while the server runs' : 'while the server is stopped'}`, async () => {
    await using sandbox = new Sandbox(
      '[features.invitations]\nlanding = "https://example.org/invite/#{token}"\n',
    )
    if (isRunning) await sandbox.serve()
    const rows: readonly (readonly [words: readonly string[], wanted: RegExp])[] = [
      [
        [],
        /^xmpp:localhost\?register;preauth=([a-z2-9]{24})\nhttps:\/\/example.org\/invite\/#\1\nvalid until 2/,
      ],
      [['juliet@localhost', '--uses', '1', '--valid', '1d'], /^xmpp:juliet@localhost\?register;preauth=/],
      [['localhost', '--uses', '30'], /^xmpp:localhost\?register;preauth=/],
    ]
    for (const [words, wanted] of rows) {
      const { code, out, err } = await sandbox.run(
        'invite',
        ...words,
        '--config',
        sandbox.config,
        '--data',
        sandbox.data,
      )
      assert.deepEqual([code, err], [0, ''])
      assert.match(out, wanted)
    }
    const refused: readonly (readonly [words: readonly string[], wanted: RegExp])[] = [
      [['juliet@localhost'], /Somebody is invited to this name already/],
      [['elsewhere.example'], /Say which domain: localhost\./],
      [['localhost', '--uses', '0'], /Write a number/],
    ]
    for (const [words, wanted] of refused) {
      const { code, err } = await sandbox.run(
        'invite',
        ...words,
        '--config',
        sandbox.config,
        '--data',
        sandbox.data,
      )
      assert.equal(code, 1)
      assert.match(err, wanted)
    }
  })
