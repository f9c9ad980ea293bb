/** What owners have done and hear about their things: caches, rules, tags, times, decisions. IEEE 1451.99, XEP-0324 §3.5. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, scene } from '@waxwing/testkit'
import { elementsOf } from '@waxwing/xml'
import {
  asks,
  boiler,
  forgets,
  house,
  isAllowed,
  isDenied,
  isFriend,
  refused,
  rules,
  rulesOf,
  server,
} from './house-kit.test.ts'

const owners = 'urn:nf:iot:prov:o:1.0'
const juliet = 'juliet@capulet.example'

test('an owner has one thing forget what it knows, and nobody else has', async () => {
  await using it = await house('')
  await isFriend(it.thing, 'romeo@montague.example', true)
  await asks(it.owner, 'set', `<clearCache xmlns='${owners}' jid='${boiler}'/>`)
  await forgets(it.thing)
  await asks(it.owner, 'set', `<clearCache xmlns='${owners}'/>`)
  await forgets(it.thing)
  const tybalt = await it.host.online('tybalt@montague.example/street')
  await refused(tybalt, `<clearCache xmlns='${owners}' jid='${boiler}'/>`)
  await asks(tybalt, 'set', `<clearCache xmlns='${owners}'/>`)
  await it.thing.receivesNothing()
})

test('a thing that was away forgets when it is back (§3.5.1)', async () => {
  await using it = await house('')
  await isFriend(it.thing, 'romeo@montague.example', true)
  await it.thing.closes()
  await asks(it.owner, 'set', `<clearCache xmlns='${owners}' jid='${boiler}'/>`)
  const thing = await it.host.client(`${boiler}/cellar`)
  await thing.sends('<presence/>')
  await thing.receives(`<presence from='${boiler}/cellar'/>`)
  await forgets(thing)
  await it.host.online(`${boiler}/attic`)
  await thing.forgets()
  await thing.receivesNothing()
})

test('an owner forgets rules, of one thing or of all', async () => {
  const text = `# mine\nallow everyone to read ${boiler}\nallow everyone to read ${boiler} node n1\nallow everyone to control everything`
  await using it = await house(text)
  await asks(it.owner, 'set', `<deleteRules xmlns='${owners}' jid='${boiler}' id='n1'/>`)
  assert.equal(
    await rulesOf(it.owner),
    `own ${boiler}\n# mine\nallow everyone to read ${boiler}\nallow everyone to control everything`,
  )
  await asks(it.owner, 'set', `<deleteRules xmlns='${owners}' jid='${boiler}'/>`)
  assert.equal(await rulesOf(it.owner), `own ${boiler}\n# mine\nallow everyone to control everything`)
  await asks(it.owner, 'set', `<deleteRules xmlns='${owners}'/>`)
  assert.equal(await rulesOf(it.owner), `own ${boiler}\n# mine`)
  const tybalt = await it.host.online('tybalt@montague.example/street')
  await refused(tybalt, `<deleteRules xmlns='${owners}' jid='${boiler}'/>`)
})

const disco = 'urn:nf:iot:disco:1.0'
const tags = "<str name='SN' value='1'/><str name='ROOM' value='Kitchen'/>"
const keyTag = "<str name='KEY' value='0123456789abcdef'/>"
const registry = 'registry.montague.example'

test('rules are about things with tags, and change with them (XEP-0347 §3.13)', async () => {
  await using host = await scene()
  const owner = await host.online('romeo@montague.example/orchard')
  const thing = await host.online(`${boiler}/cellar`)
  await asks(
    owner,
    'set',
    `<rules xmlns='${rules}'>allow everyone to read things with room Kitchen and SN 1</rules>`,
  )
  const to = async (peer: Peer, payload: string): Promise<void> => {
    await peer.sends(`<iq type='set' id='r' to='${registry}'>${payload}</iq>`)
    await peer.receivesResult('r')
  }
  const obeys = async (order: string): Promise<void> => {
    const told = await thing.receives(`<iq type='set' from='${registry}'>{any}</iq>`)
    assert.equal(elementsOf(told)[0]?.name, order)
    await thing.sends(`<iq type='result' id='${told.attrs.get('id')}' to='${registry}'/>`)
  }
  await to(thing, `<register xmlns='${disco}'>${tags}${keyTag}</register>`)
  await isDenied(thing)
  await to(owner, `<mine xmlns='${disco}'>${tags}${keyTag}</mine>`)
  // Claimed: other rules than those it was told by.
  await forgets(thing)
  await obeys('claimed')
  await isAllowed(thing)
  await to(owner, `<update xmlns='${disco}' jid='${boiler}'><str name='ROOM' value='Cellar'/></update>`)
  await forgets(thing)
  await isDenied(thing)
  // Owners list what is theirs, and give it away.
  await owner.forgets()
  await owner.sends(`<iq type='get' id='d' to='${server}'><getDevices xmlns='${owners}'/></iq>`)
  const found = (await owner.receivesResult('d')) ?? assert.fail('no answer')
  assert.deepEqual(
    elementsOf(found).map(({ attrs }) => attrs.get('jid')),
    [boiler],
  )
  await owner.sends(`<iq type='set' id='x' to='${registry}'><disown xmlns='${disco}' jid='${boiler}'/></iq>`)
  await obeys('disowned')
  await owner.receivesResult('x')
  await forgets(thing)
  await isDenied(thing)
})

test('a rule that holds at some hours makes things forget at each turn', async () => {
  // It is noon.
  await using it = await house('allow everyone to read everything from 2011-03-01 between 12:30 and 13:00')
  await isDenied(it.thing)
  await it.host.advance(1_801_000)
  await forgets(it.thing)
  await isAllowed(it.thing)
  await it.host.advance(1_800_000)
  await forgets(it.thing)
  await isDenied(it.thing)
})

test('an owner reads what was decided, by which rule, and nobody else does', async () => {
  await using it = await house(`allow ${juliet} to read ${boiler} only Energy`)
  await isAllowed(it.thing)
  await isDenied(it.thing, 'paris@verona.example')
  const log = `<log xmlns='${rules}' thing='${boiler}'/>`
  await it.owner.forgets()
  await asks(
    it.owner,
    'get',
    log,
    `<decisions xmlns='${rules}'>
      <decision at='{any}' caller='${juliet}' verb='read' what='Energy momentary' allowed='true' rule='allow ${juliet} to read ${boiler} only Energy'/>
      <decision at='{any}' caller='paris@verona.example' verb='read' what='Energy momentary' allowed='false'/></decisions>`,
  )
  const tybalt = await it.host.online('tybalt@montague.example/street')
  await asks(tybalt, 'get', log, `<decisions xmlns='${rules}'/>`)
})

test('of decisions the newest are kept', async () => {
  await using it = await house('allow everyone to read everything', {
    settings: { provisioning: { decisionsPerThing: 2 } },
  })
  for (let time = 0; time < 30; time++) await isAllowed(it.thing, `guest-${time}@verona.example`)
  await it.owner.sends(
    `<iq type='get' id='l' to='${server}'><log xmlns='${rules}' thing='${boiler}' max='100'/></iq>`,
  )
  const found = elementsOf((await it.owner.receivesResult('l')) ?? assert.fail())
  assert.ok(found.length <= 22)
  assert.equal(found.at(-1)?.attrs.get('caller'), 'guest-29@verona.example')
})

test('an owner hears which rule decides and why', async () => {
  await using it = await house(
    'deny everyone to read everything\nallow juliet@capulet.example to read everything',
  )
  await asks(
    it.owner,
    'get',
    `<explain xmlns='${rules}' caller='juliet@capulet.example/balcony' verb='read' thing='${boiler}' name='Power'/>`,
    `<explanation xmlns='${rules}' allowed='true' line='3' rule='allow juliet@capulet.example to read everything'
      why='Line 3 is about juliet@capulet.example and everything, and nothing more specific is.'>
      <other line='2' rule='deny everyone to read everything' why='everyone is less specific than juliet@capulet.example in line 3.'/></explanation>`,
  )
})

test('whose thing it is not hears nothing of its rules', async () => {
  await using it = await house('allow tybalt@montague.example to read everything')
  const tybalt = await it.host.online('tybalt@montague.example/street')
  const answers: string[] = []
  for (const thing of [boiler, 'nothing@montague.example']) {
    const explain = `<explain xmlns='${rules}' caller='tybalt@montague.example' verb='read' thing='${thing}'/>`
    await tybalt.sends(`<iq type='get' id='q' to='${server}'>${explain}</iq>`)
    const found = await tybalt.receivesResult('q')
    answers.push(JSON.stringify([...(found?.attrs ?? [])]).replaceAll(thing, ''))
  }
  assert.equal(answers[0], answers[1])
})

/** The question that waits: its keys, and the fields it is about. */
async function waiting(owner: Peer) {
  await owner.forgets()
  await owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
  const list = elementsOf((await owner.receivesResult('w')) ?? assert.fail('no list'))
  return list.map(one => {
    const [asked] = elementsOf(one)
    const fields = elementsOf(asked ?? assert.fail('no question')).map(({ attrs }) => attrs.get('n'))
    return { key: asked?.attrs.get('key') ?? '', before: one.attrs.get('before') ?? '', fields }
  })
}

const allows = (key: string, ...fields: readonly string[]): string =>
  `<canReadRule xmlns='${owners}' jid='${boiler}' remoteJid='${juliet}' key='${key}' result='true'><partial>${fields.map(name => `<f n='${name}'/>`).join('')}</partial><fromJid/></canReadRule>`

test('an answer is about the question as it had the key, and what was asked for since waits on', async () => {
  await using it = await house('')
  const asks3 = ['Energy', 'Power', 'Voltage']
  const keys: string[] = []
  for (const [n, field] of asks3.entries()) {
    await isDenied(it.thing, juliet, field)
    // What is asked for again changes nothing.
    await isDenied(it.thing, juliet, asks3[0])
    const [one, ...others] = await waiting(it.owner)
    assert.deepEqual([others, one?.fields, one?.before], [[], asks3.slice(0, n + 1), keys.join(' ')])
    keys.push(one?.key ?? '')
  }
  const [first = '', second = '', third = ''] = keys
  assert.equal(new Set(keys).size, 3)
  await asks(it.owner, 'set', allows(second, 'Energy', 'Power'))
  await forgets(it.thing)
  assert.match(await rulesOf(it.owner), /allow juliet\S+ to read boiler\S+ only Energy, Power {2}# learned/)
  assert.deepEqual(await waiting(it.owner), [{ key: third, before: '', fields: ['Voltage'] }])
  // These have ended.
  for (const key of [first, second]) await refused(it.owner, allows(key, 'Energy'))
  await isDenied(it.thing, juliet, 'Voltage')
  await asks(it.owner, 'set', allows(third, 'Voltage'))
  await forgets(it.thing)
  assert.deepEqual(await waiting(it.owner), [])
  for (const field of asks3) await isAllowed(it.thing, juliet, field)
})

test('of keys that a question has had the last ones count', async () => {
  await using it = await house('')
  await isDenied(it.thing, juliet, 'F0')
  const [{ key: first } = { key: '' }] = await waiting(it.owner)
  for (let n = 1; n <= 17; n++) await isDenied(it.thing, juliet, `F${n}`)
  const [now] = await waiting(it.owner)
  assert.equal(now?.before.split(' ').length, 16)
  await refused(it.owner, allows(first, 'F0'))
  await asks(it.owner, 'set', allows(now?.before.split(' ')[0] ?? '', 'F0', 'F1'))
})

test('keys of another question are of no use', async () => {
  await using it = await house('')
  await isDenied(it.thing, juliet, 'Energy')
  const [one] = await waiting(it.owner)
  await isDenied(it.thing, juliet, 'Power')
  await isDenied(it.thing, 'paris@verona.example', 'Power')
  await it.owner.forgets()
  const wrong = allows(one?.key ?? '', 'Energy').replace(juliet, 'paris@verona.example')
  await refused(it.owner, wrong)
  const tybalt = await it.host.online('tybalt@montague.example/street')
  await refused(tybalt, allows(one?.key ?? '', 'Energy'))
})
