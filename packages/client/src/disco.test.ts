import assert from 'node:assert/strict'
import { test } from 'node:test'
import { online } from './client-kit.test.ts'

const NS = 'http://jabber.org/protocol/disco#info'
// The example of XEP-0115 §5.2.
const ver = 'QgayPKawpkPSDYmwT/WM94uAlu0='
const exodus = `<identity category='client' name='Exodus 0.9.1' type='pc'/><feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>`
const caps = `<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://code.google.com/p/exodus' ver='${ver}'/>`

test('capabilities known by their hash are not asked for again (XEP-0115 §5.4)', async () => {
  const { client, peer } = await online()
  await peer.says(`<presence from='a@b/1'>${caps}</presence><presence from='c@d/2'>${caps}</presence>`)
  const asking = Promise.all([client.disco.info('a@b/1'), client.disco.info('a@b/1')])
  const asked = await peer.hears('iq')
  assert.ok(typeof asked.children[0] === 'object')
  assert.equal(asked.children[0].attrs.get('node'), `http://code.google.com/p/exodus#${ver}`)
  await peer.says(
    `<iq type='result' id='${asked.attrs.get('id')}' from='a@b/1'><query xmlns='${NS}'>${exodus}</query></iq>`,
  )
  const [info] = await asking
  assert.equal(info.features?.length, 4)
  assert.equal(await client.disco.supports('c@d/2', 'http://jabber.org/protocol/muc'), true)
  await peer.hearsNothing()
})

test('an answer that does not fit its hash stands for nobody else (XEP-0115 §5.4)', async () => {
  const { client, peer } = await online()
  await peer.says(`<presence from='a@b/1'>${caps}</presence><presence from='c@d/2'>${caps}</presence>`)
  const asking = client.disco.info('a@b/1')
  const asked = await peer.hears('iq')
  await peer.says(
    `<iq type='result' id='${asked.attrs.get('id')}' from='a@b/1'><query xmlns='${NS}'>${exodus}<feature var='evil'/></query></iq>`,
  )
  assert.ok((await asking).features?.includes('evil'))
  const other = client.disco.info('c@d/2')
  const again = await peer.hears('iq')
  await peer.says(
    `<iq type='result' id='${again.attrs.get('id')}' from='c@d/2'><query xmlns='${NS}'>${exodus}</query></iq>`,
  )
  assert.equal((await other).features?.includes('evil'), false)
})

test('items of somebody (XEP-0030 §4)', async () => {
  const { client, peer } = await online()
  const asking = client.disco.items('example.org', { node: 'n' })
  const { attrs } = await peer.hears('iq')
  await peer.says(
    `<iq type='result' id='${attrs.get('id')}' from='example.org'><query xmlns='http://jabber.org/protocol/disco#items' node='n'><item jid='muc.example.org' name='Rooms'/></query></iq>`,
  )
  assert.deepEqual(
    (await asking).map(item => item.jid),
    ['muc.example.org'],
  )
})

test('our presence tells the hash of what we answer (XEP-0115 §6.1)', async () => {
  const { client, peer } = await online()
  client.use({ features: ['urn:example:a', 'urn:example:b'], attach: () => undefined })
  const presence = await peer.hears('presence')
  const [c] = presence.children
  assert.ok(typeof c === 'object')
  const node = `${c.attrs.get('node')}#${c.attrs.get('ver')}`
  await peer.says(`<iq type='get' id='1' from='a@b'><query xmlns='${NS}' node='${node}'/></iq>`)
  assert.match(await peer.heard(), /urn:example:a.*urn:example:b/)
  await peer.says(`<iq type='get' id='2' from='a@b'><query xmlns='${NS}' node='other'/></iq>`)
  assert.match(await peer.heard(), /item-not-found/)
})

test('nodes of our own answer whoever asks as it is for them (XEP-0030 §3.2, §4.2)', async () => {
  const { client, peer } = await online()
  const off = client.disco.addNode('urn:example:n', {
    info: () => ({ identities: [{ category: 'automation', type: 'command-list' }], features: [] }),
    items: from => [{ jid: from, node: 'one' }],
  })
  assert.throws(() => client.disco.addNode('urn:example:n', { info: () => ({}) }), TypeError)
  const ask = async (what: string, node: string): Promise<string> => {
    const ns = `http://jabber.org/protocol/disco#${what}`
    await peer.says(`<iq type='get' id='1' from='a@b/c'><query xmlns='${ns}' node='${node}'/></iq>`)
    for (;;) {
      const heard = await peer.heard()
      if (heard.includes('<iq')) return heard
    }
  }
  assert.match(await ask('info', 'urn:example:n'), /node="urn:example:n"><identity .*command-list/)
  assert.match(await ask('items', 'urn:example:n'), /<item jid="a@b\/c" node="one"\/>/)
  off()
  assert.match(await ask('info', 'urn:example:n'), /item-not-found/)
  assert.doesNotMatch(await ask('items', 'urn:example:n'), /<item /)
})

test('identities and forms of our own can be added and taken back (XEP-0030 §3, XEP-0128 §2)', async () => {
  const { client, peer } = await online()
  const offIdentity = client.disco.addIdentity({ category: 'automation', type: 'device-node', name: 'Meter' })
  const offForm = client.disco.addForm({
    type: 'result',
    fields: [{ var: 'FORM_TYPE', type: 'hidden', values: ['urn:example:form'] }],
  })
  const ask = async (id: string): Promise<string> => {
    await peer.heard()
    await peer.says(`<iq type='get' id='${id}' from='a@b'><query xmlns='${NS}'/></iq>`)
    return peer.heard()
  }
  const said = await ask('1')
  assert.match(said, /category="automation"/)
  assert.match(said, /urn:example:form/)
  offIdentity()
  offForm()
  assert.doesNotMatch(await ask('2'), /automation|urn:example:form/)
})

test('who asks late about a hash of ours gets what it stood for; only the last few are remembered (XEP-0115 §5.4)', async () => {
  const { client, peer } = await online()
  const told: string[] = []
  const offs: (() => void)[] = []
  for (let n = 0; n < 12; n++) {
    offs.push(client.disco.addFeatures(`urn:example:${n}`))
    const text = await peer.heard()
    const ver = /ver=["']([^"']*)["']/.exec(text)?.[1] ?? ''
    const software = /node=["']([^"']*)["']/.exec(text)?.[1] ?? ''
    told.push(`${software}#${ver}`)
  }
  const ask = async (about: string): Promise<string> => {
    await peer.says(`<iq type='get' id='q' from='a@b/c'><query xmlns='${NS}' node='${about}'/></iq>`)
    return peer.heard()
  }
  const has = (answer: string): number => [...answer.matchAll(/urn:example:/g)].length
  const counts = []
  for (const about of told) counts.push(has(await ask(about)))
  assert.deepEqual(counts, [0, 0, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  assert.match(await ask(told[0] ?? ''), /item-not-found/)
  assert.match(await ask('urn:other#x'), /item-not-found/)
  // What is again as it was needs no memory.
  for (const off of offs.slice(10)) {
    off()
    await peer.heard()
  }
  assert.equal(has(await ask(told[9] ?? '')), 10)
  assert.equal(has(await ask(told[11] ?? '')), 12)
})
