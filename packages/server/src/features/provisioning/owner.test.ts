/** Questions to owners and what becomes of their answers: IEEE 1451.99, provisioning for owners. */
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
  ns,
  question,
  rules,
  rulesOf,
  server,
} from './house-kit.test.ts'

const owners = 'urn:nf:iot:prov:o:1.0'
const juliet = 'juliet@capulet.example'

function answer(name: string, key: string, rest: string, content = ''): string {
  return `<${name} xmlns='${owners}' jid='${boiler}' remoteJid='${juliet}' key='${key}' ${rest}>${content}</${name}>`
}

async function refused(
  peer: Peer,
  payload: string,
  type = 'cancel',
  condition = 'item-not-found',
): Promise<void> {
  await peer.sends(`<iq type='set' id='no' to='${server}'>${payload}</iq>`)
  await peer.receivesError('iq', 'no', type, condition)
}

test('an owner is asked about a friendship, and the answer reaches the thing', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isFriend(it.thing, juliet, false)
  const asked = await question(it.owner)
  assert.equal(asked.name, 'isFriend')
  const key = asked.attrs.get('key') ?? ''
  await asks(it.owner, 'set', answer('isFriendRule', key, "result='true'"))
  await forgets(it.thing)
  await it.thing.receives(`<message from='${server}'><friend xmlns='${ns}' jid='${juliet}'/></message>`)
  await isFriend(it.thing, juliet, true)
  await isFriend(it.thing, 'nurse@capulet.example', false)
  await it.owner.forgets()
  assert.match(
    await rulesOf(it.owner),
    /\nallow juliet@capulet.example to befriend boiler@montague.example {2}# learned 2011-03-01\n$/,
  )
})

const ranges: readonly [range: string, others: boolean, strangers: boolean][] = [
  ['Caller', false, false],
  ['Domain', true, false],
  ['All', true, true],
]
for (const [range, others, strangers] of ranges)
  test(`an answer about a friendship has the range ${range}`, async () => {
    await using it = await house('')
    await it.owner.forgets()
    await isFriend(it.thing, juliet, false)
    const key = (await question(it.owner)).attrs.get('key') ?? ''
    await asks(it.owner, 'set', answer('isFriendRule', key, `result='true' range='${range}'`))
    await it.thing.forgets()
    await isFriend(it.thing, juliet, true)
    await isFriend(it.thing, 'nurse@capulet.example', others)
    await isFriend(it.thing, 'paris@verona.example', strangers)
  })

const origins: readonly [origin: string, rule: RegExp][] = [
  ['<fromJid/>', /allow juliet@capulet.example to read boiler@montague.example {2}#/],
  ['<fromDomain/>', /allow domain capulet.example to read boiler@montague.example {2}#/],
  ["<fromService token='S:1'/>", /allow service "S:1" to read boiler@montague.example {2}#/],
  ["<fromDevice token='D1'/>", /allow device D1 to read boiler@montague.example {2}#/],
  ["<fromUser token='U1'/>", /allow user U1 to read boiler@montague.example {2}#/],
  ['<all/>', /allow everyone to read boiler@montague.example {2}#/],
  [
    "<partial m='true'><f n='Energy'/><f n='Flow, in'/></partial><fromJid/>",
    /allow juliet@capulet.example to read boiler@montague.example only Energy, "Flow, in" types momentary {2}#/,
  ],
  [
    "<nd id='n1' src='plant'/><fromJid/>",
    /allow juliet@capulet.example to read boiler@montague.example node n1 source plant {2}#/,
  ],
  [
    "<fromJid/><until xmlns='urn:waxwing:rules:0' at='2011-03-02T12:00:00Z'/>",
    /allow juliet@capulet.example to read boiler@montague.example until 2011-03-02T12:00:00Z {2}#/,
  ],
]
for (const [content, rule] of origins)
  test(`an answer about reading with ${content} becomes a rule`, async () => {
    await using it = await house('')
    await it.owner.forgets()
    await isDenied(it.thing)
    const asked = await question(it.owner)
    assert.equal(asked.name, 'canRead')
    assert.equal(asked.attrs.get('m'), 'true')
    await asks(it.owner, 'set', answer('canReadRule', asked.attrs.get('key') ?? '', "result='true'", content))
    assert.match(await rulesOf(it.owner), rule)
  })

test('what is allowed in part is answered in part (§3.3.4)', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  const part = "<partial m='true'><f n='Energy'/></partial><fromJid/>"
  await asks(it.owner, 'set', answer('canReadRule', key, "result='true'", part))
  await forgets(it.thing)
  await asks(
    it.thing,
    'get',
    `<canRead xmlns='${ns}' jid='${juliet}' momentary='true' historical='true'><field name='Energy'/><field name='Power'/></canRead>`,
    `<canReadResponse xmlns='${ns}' jid='${juliet}' momentary='true' result='true'><field name='Energy'/></canReadResponse>`,
  )
})

test('an owner is asked about control, and may deny it', async () => {
  await using it = await house('')
  await it.owner.forgets()
  const wish = `<canControl xmlns='${ns}' jid='${juliet}'><parameter name='Output'/></canControl>`
  const no = `<canControlResponse xmlns='${ns}' jid='${juliet}' result='false'/>`
  await asks(it.thing, 'get', wish, no)
  const asked = await question(it.owner)
  assert.equal(asked.name, 'canControl')
  await asks(
    it.owner,
    'set',
    answer('canControlRule', asked.attrs.get('key') ?? '', "result='false'", '<fromJid/>'),
  )
  await forgets(it.thing)
  await asks(it.thing, 'get', wish, no)
  // Now there is a rule, and nobody is asked again.
  await it.owner.receivesNothing()
  assert.match(await rulesOf(it.owner), /deny juliet@capulet.example to control boiler@montague.example {2}#/)
})

test('who speaks a generation of the short family has its owner asked in it', async () => {
  await using it = await house('')
  await it.owner.forgets()
  const d = 'urn:nfi:iot:prov:d:1.0'
  await asks(
    it.thing,
    'get',
    `<isFriend xmlns='${d}' jid='${juliet}'/>`,
    `<isFriendResponse xmlns='${d}' jid='${juliet}' result='false'/>`,
  )
  assert.equal((await question(it.owner)).ns, 'urn:nfi:iot:prov:o:1.0')
})

test('questions wait for an owner who is away, as messages and in the inbox', async () => {
  await using it = await house('')
  await it.owner.closes()
  await isDenied(it.thing)
  await isDenied(it.thing, juliet, 'Power')
  const owner = await it.host.client('romeo@montague.example/orchard')
  await owner.sends('<presence/>')
  const heard = await owner.forgets()
  assert.ok(
    heard.some(({ children }) => children.some(child => typeof child === 'object' && child.ns === owners)),
  )
  await owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
  const waiting = elementsOf((await owner.receivesResult('w')) ?? assert.fail())
  assert.equal(waiting.length, 1)
  assert.equal(waiting[0]?.attrs.get('times'), '2')
  const fields = elementsOf(elementsOf(waiting[0] ?? assert.fail())[0] ?? assert.fail())
  assert.deepEqual(
    fields.map(({ attrs }) => attrs.get('n')),
    ['Energy', 'Power'],
  )
})

test('a forged answer changes nothing', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  const tybalt = await it.host.online('tybalt@montague.example/street')
  const yes = answer('canReadRule', key, "result='true'", '<all/>')
  // Somebody else, another key, another thing, another caller, another verb.
  await refused(tybalt, yes)
  await refused(it.owner, answer('canReadRule', `${key}x`, "result='true'", '<all/>'))
  await refused(it.owner, yes.replace(boiler, 'lamp@montague.example'))
  await refused(it.owner, yes.replace(juliet, 'paris@verona.example'))
  await refused(it.owner, answer('canControlRule', key, "result='true'", '<all/>'))
  await refused(it.owner, answer('canReadRule', key, "result='true'"), 'modify', 'bad-request')
  await isDenied(it.thing)
  await asks(it.owner, 'set', yes)
  await forgets(it.thing)
  // Once is enough.
  await refused(it.owner, yes)
  await isAllowed(it.thing)
})

test('a question is not waited for for ever', async () => {
  await using it = await house('', { settings: { provisioning: { questionLifetime: 60_000 } } })
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  await it.host.advance(61_000)
  await refused(it.owner, answer('canReadRule', key, "result='true'", '<all/>'))
  await isDenied(it.thing)
})

test('who has given a thing away has no say any more', async () => {
  await using it = await house('')
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  await asks(it.thing, 'set', `<owner xmlns='${rules}'/>`)
  await refused(it.owner, answer('canReadRule', key, "result='true'", '<all/>'))
  assert.doesNotMatch(await rulesOf(it.owner), /learned/)
})

test('questions of one caller are few, and messages of one day', async () => {
  const settings = { provisioning: { questionsPerCaller: 2, maxQuestions: 3, inquiriesPerDay: 2 } }
  await using it = await house('', { settings })
  await it.owner.forgets()
  await isDenied(it.thing)
  await isFriend(it.thing, juliet, false)
  const control = (jid: string): Promise<void> =>
    asks(
      it.thing,
      'get',
      `<canControl xmlns='${ns}' jid='${jid}'/>`,
      `<canControlResponse xmlns='${ns}' jid='${jid}' result='false'/>`,
    )
  await control(juliet)
  await control('paris@verona.example')
  await isDenied(it.thing, 'tybalt@capulet.example')
  assert.equal((await it.owner.forgets()).length, 2)
  await it.owner.sends(`<iq type='get' id='w' to='${server}'><questions xmlns='${rules}'/></iq>`)
  assert.equal(elementsOf((await it.owner.receivesResult('w')) ?? assert.fail()).length, 3)
})

test('an answer that makes too many rules is refused, and can be given again', async () => {
  await using it = await house('', { settings: { provisioning: { maxRules: 1 } } })
  await it.owner.forgets()
  await isDenied(it.thing)
  const key = (await question(it.owner)).attrs.get('key') ?? ''
  const yes = answer('canReadRule', key, "result='true'", '<all/>')
  await refused(it.owner, yes, 'wait', 'resource-constraint')
  await refused(it.owner, yes, 'wait', 'resource-constraint')
})

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
  await to(thing, `<register xmlns='${disco}'>${tags}${keyTag}</register>`)
  await isDenied(thing)
  await to(owner, `<mine xmlns='${disco}'>${tags}${keyTag}</mine>`)
  // Claimed: other rules than those it was told by.
  await forgets(thing)
  await thing.receives(`<iq type='set' from='${registry}'>{any}</iq>`)
  await isAllowed(thing)
  await to(owner, `<update xmlns='${disco}' jid='${boiler}'><str name='ROOM' value='Cellar'/></update>`)
  await forgets(thing)
  await isDenied(thing)
  // Owners list what is theirs.
  await owner.forgets()
  await owner.sends(`<iq type='get' id='d' to='${server}'><getDevices xmlns='${owners}'/></iq>`)
  const found = (await owner.receivesResult('d')) ?? assert.fail('no answer')
  assert.deepEqual(
    elementsOf(found).map(({ attrs }) => attrs.get('jid')),
    [boiler],
  )
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
