import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWire, toElement, writeWire, xml } from '@waxwing/xml'
import { AppendCertificate, Certificates, ClientList, DisableCertificate, RevokeAccess } from './index.ts'

test('a list of clients tells means, times and names (XEP-0494 §3.1)', () => {
  const list = readWire(
    ClientList,
    xml`<clients xmlns="urn:xmpp:cam:0"><client connected="true" id="zeiP41HLglIu" type="session">
      <first-seen>2023-04-06T14:26:08Z</first-seen><auth><password/><fast/></auth>
      <permission status="unrestricted"/><user-agent><software>Gajim</software></user-agent></client></clients>`,
  )
  assert.deepEqual(list.clients[0]?.auth, { password: true, grant: false, fast: true })
  assert.equal(list.clients[0]?.firstSeen?.toISOString(), '2023-04-06T14:26:08.000Z')
  assert.deepEqual(readWire(ClientList, toElement(ClientList, list)), list)
  assert.equal(writeWire(RevokeAccess, { id: 'a' }), '<revoke xmlns="urn:xmpp:cam:0" id="a"/>')
})

test('certificates come in lines and go in one (XEP-0257 §2.1, §2.2)', () => {
  const added = readWire(
    AppendCertificate,
    xml`<append xmlns="urn:xmpp:saslcert:1"><name>Bot</name><no-cert-management/><x509cert>\n AQ\n ID\n</x509cert></append>`,
  )
  assert.deepEqual(added, { name: 'Bot', noManagement: true, certificate: Uint8Array.of(1, 2, 3) })
  assert.match(writeWire(AppendCertificate, added), /<x509cert>AQID<\/x509cert>/)
  const items = { items: [{ name: 'Bot', certificate: Uint8Array.of(1), users: { resources: ['a', 'b'] } }] }
  assert.deepEqual(readWire(Certificates, toElement(Certificates, items)), items)
  assert.equal(
    writeWire(DisableCertificate, { name: 'Bot' }),
    '<disable xmlns="urn:xmpp:saslcert:1"><name>Bot</name></disable>',
  )
})
