/**
 * What XEP-0348 shows of forms and answers is as ours; its contest is a registration here, whose fields are those of an
 * account. WAXWING_SPECS names the folder with the text; without it this file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DataForm } from '@waxwing/protocol'
import { type Change, Dialogue, type Peer, type Scene, Specification, scene } from '@waxwing/testkit'
import { childOf, readWire } from '@waxwing/xml'
import { Secret } from '../../config/secret.ts'

const text = new Specification('0348')
const registerNs = 'jabber:iq:register'

async function host(domain: string): Promise<Scene> {
  const keys = new Map([['acme', { secret: new Secret('s3cr&t'), accounts: 2 }]])
  return scene({ domains: [domain], settings: { 'signed-registration': { keys } } })
}

const exampleOf = (title: string): string => text.examples.get(title) ?? assert.fail(title)

/** Hidden fields of an example with their values; the text ends values with `<value>`. `undefined`: whatever it is. */
function hiddenIn(example: string): readonly (readonly [name: string, value: string | undefined])[] {
  const fields = example.matchAll(/<field type='hidden' var='(\w+)'>\s*<value(?:\/>|>([^<]*)<)/g)
  return [...fields].map(([, name = '', value = '']) => [name, value === '...' ? undefined : value])
}

async function stranger(it: Scene, domain: string): Promise<Peer> {
  const peer = it.raw({ tls: true })
  await peer.opens(`to='${domain}' version='1.0'`)
  await peer.receivesHeader()
  await peer.takes()
  return peer
}

for (const title of [
  'Form requiring signature',
  'Host Returns Registration Form to Entity requiring signature',
])
  test(`${title} (XEP-0348 §2, §3.1)`, { skip: text.skip }, async () => {
    const domain = 'contests.shakespeare.lit'
    await using it = await host(domain)
    const peer = await stranger(it, domain)
    // The text asks from an address, but who asks has none yet.
    const question = exampleOf('Entity Requests Registration Fields from Host')
    await peer.sends(question.replace("from='juliet@capulet.com/balcony'", '').trim())
    const query = await peer.receivesResult('reg3')
    const { fields = [] } = readWire(
      DataForm,
      (query && childOf(query, 'jabber:x:data', 'x')) ?? assert.fail(),
    )
    const hidden = fields
      .filter(({ type }) => type === 'hidden')
      .map(({ var: name, values }) => [name, values[0] ?? ''])
    const there = hiddenIn(exampleOf(title))
    assert.equal(there.length, 9)
    const known = there.filter(([, value]) => value !== undefined)
    const open = there.filter(([, value]) => value === undefined).map(([name]) => name)
    assert.deepEqual(
      hidden.filter(([name]) => known.some(([one]) => one === name)),
      known,
    )
    for (const name of open)
      assert.ok(
        hidden.some(([one, value]) => one === name && value !== ''),
        name,
      )
  })

test('every field that is registered may be signed with (XEP-0348 §8.1)', { skip: text.skip }, () => {
  const registered = [...exampleOf('Registry submission').matchAll(/var='(\w+)'/g)].map(([, name]) => name)
  const shown = hiddenIn(exampleOf('Form requiring signature')).map(([name]) => name)
  assert.deepEqual(registered, shown.slice(1))
})

test('User Submits Signed Registration Form, with a signature that is not valid (XEP-0348 §3.1)', {
  skip: text.skip,
}, async () => {
  const domain = 'contests.shakespeare.lit'
  await using it = await host(domain)
  const peer = await stranger(it, domain)
  await peer.sends(`<iq type='get' id='g' to='${domain}'><query xmlns='${registerNs}'/></iq>`)
  await peer.receivesResult('g')
  const account = `<field var='username'><value>juliet</value></field><field var='password'><value>pw</value></field>`
  const filled = exampleOf('User Submits Signed Registration Form')
    .replaceAll('...<value>', '...</value>')
    .replace("from='juliet@capulet.com/balcony'", '')
    .replace('</x>', `${account}</x>`)
  await peer.sends(filled.trim())
  const error = exampleOf('Error message when form signature is invalid')
  assert.match(error, /type='modify'>\s*<bad-request/)
  await peer.receivesError('iq', 'reg4', 'modify', 'bad-request')
})

test('it is announced (XEP-0348 §4)', { skip: text.skip }, async () => {
  await using it = await host('example.org')
  const dialogue = new Dialogue(text)
  dialogue.joins(await it.online('device@example.org/device'))
  const asked: Change = [
    "from='example.org'\n        to='device@example.org'",
    "from='device@example.org/device' to='example.org'",
    'here it is the server that takes signed forms',
  ]
  const answered: Change = [
    "from='device@example.org'\n        to='example.org'",
    "from='example.org' to='device@example.org/device'",
    'as asked',
  ]
  await dialogue.asks('Service discovery information request', asked)
  await dialogue.hears('Service discovery information response', answered)
})
