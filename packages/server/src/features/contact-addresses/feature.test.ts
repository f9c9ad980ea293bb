/** Contact addresses: XEP-0157. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { capsText, DiscoInfo } from '@waxwing/protocol'
import { type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import { type Element, readWire, writeElement } from '@waxwing/xml'

const theatre = (settings: SceneOptions['settings'] = {}): Promise<Scene> =>
  scene({ domains: ['shakespeare.lit'], settings })

async function infoOf(host: Scene): Promise<Element> {
  const peer = await host.client('bard@shakespeare.lit/globe')
  await peer.sends(
    "<iq type='get' id='d' to='shakespeare.lit'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  )
  return (await peer.receivesResult('d')) ?? assert.fail('no answer')
}

test('the addresses of the configuration are told (XEP-0157 §2)', async () => {
  await using host = await theatre({
    'contact-addresses': {
      abuse: ['mailto:abuse@shakespeare.lit', 'xmpp:abuse@shakespeare.lit'],
      support: ['https://shakespeare.lit/support.php'],
    },
  })
  const info = await infoOf(host)
  assert.match(
    writeElement(info),
    /<x xmlns="jabber:x:data" type="result"><field var="FORM_TYPE" type="hidden"><value>http:\/\/jabber.org\/network\/serverinfo<\/value><\/field><field var="abuse-addresses" type="list-multi"><value>mailto:abuse@shakespeare.lit<\/value><value>xmpp:abuse@shakespeare.lit<\/value><\/field><field var="support-addresses" type="list-multi"><value>https:\/\/shakespeare.lit\/support.php<\/value><\/field><\/x>/,
  )
})

test('without addresses there is no form', async () => {
  await using host = await theatre()
  assert.doesNotMatch(writeElement(await infoOf(host)), /serverinfo|-addresses/)
})

test('the hash of the host’s capabilities goes over the form, too (XEP-0115 §5.1, XEP-0128)', async () => {
  await using host = await theatre({ 'contact-addresses': { admin: ['mailto:admin@shakespeare.lit'] } })
  const info = await infoOf(host)
  const text = capsText(readWire(DiscoInfo, info)) ?? ''
  const ver = createHash('sha1').update(text).digest('base64')
  assert.match(text, /admin-addresses/)
  assert.ok(host.transcript().includes(`ver="${ver}"`))
})
