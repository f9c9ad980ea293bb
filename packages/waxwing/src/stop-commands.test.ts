/** An administrator starts the process anew, and ends it, over XMPP: XEP-0133 §4.30, §4.31. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@waxwing/client-node'
import { COMMANDS_NS } from '@waxwing/protocol'
import { elementsOf, xml } from '@waxwing/xml'
import { Sandbox } from './testing/sandbox.ts'

async function asks(client: Client, how: string): Promise<void> {
  const node = `http://jabber.org/protocol/admin#${how}`
  const began = await client.raw.iq(
    xml`<iq xmlns='jabber:client' type='set' to='localhost'><command xmlns='${COMMANDS_NS}' node='${node}'/></iq>`,
  )
  const id = elementsOf(began)[0]?.attrs.get('sessionid') ?? assert.fail('no session')
  const done = await client.raw.iq(
    xml`<iq xmlns='jabber:client' type='set' to='localhost'><command xmlns='${COMMANDS_NS}' node='${node}' sessionid='${id}'><x xmlns='jabber:x:data' type='submit'/></command></iq>`,
  )
  assert.equal(elementsOf(done)[0]?.attrs.get('status'), 'completed')
}

test('restart reads the configuration anew, shutdown ends in order', async () => {
  const administration = '[features.administration]\nadmins = ["friar@localhost"]\n'
  await using sandbox = new Sandbox(administration)
  const served = await sandbox.serve()
  await sandbox.addAccounts('friar')
  const friar = await sandbox.logIn('friar', served)
  sandbox.configure(`${administration}[features.version]\nenabled = false\n`, served.port)
  await asks(friar, 'restart')
  for await (const { state } of friar.status()) if (state === 'closed') break
  const again = await untilBack(() => sandbox.logIn('friar', served))
  const asked = xml`<iq xmlns='jabber:client' type='get' to='localhost'><query xmlns='jabber:iq:version'/></iq>`
  await assert.rejects(again.raw.iq(asked), /service-unavailable/)
  await asks(again, 'shutdown')
  const { code } = await served.child.ended
  assert.equal(code, 0)
})

/** The port is closed for a moment. */
async function untilBack(logIn: () => Promise<Client>): Promise<Client> {
  for (let left = 50; ; left--) {
    try {
      return await logIn()
    } catch (error) {
      if (left === 0) throw error
      await new Promise<void>(resolve => setTimeout(resolve, 100))
    }
  }
}
