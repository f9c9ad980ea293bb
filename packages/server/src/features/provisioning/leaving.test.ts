/** Owners, their things and what is kept of them, when accounts move and go: XEP-0227, and who leaves leaves nothing. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { parseBareJid } from '@waxwing/jid'
import { exportAccount, importAccount } from '@waxwing/server'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { parseElement, writeElement } from '@waxwing/xml'
import {
  all,
  asks as asksRegistry,
  claimText,
  hears,
  isRefused,
  registers,
  xep,
} from '../registry/registry-kit.test.ts'
import {
  asks,
  boiler,
  forgets,
  type House,
  house,
  isAllowed,
  isDenied,
  isFriend,
  rules,
  rulesOf,
  sets,
} from './house-kit.test.ts'
import { answered, holder, inBase64, makeKeys, tokenOf } from './tokens/holder-kit.test.ts'

before(makeKeys)

const romeo = 'romeo@montague.example'
const juliet = 'juliet@capulet.example'
const mayRead = `allow ${juliet} to read everything`

const hostOf = (it: Scene) => it.server.router.host('montague.example') ?? assert.fail('no host')

async function exported(it: Scene, jid: string): Promise<string> {
  let text = ''
  for await (const piece of exportAccount(hostOf(it), parseBareJid(jid))) text += piece
  return text
}

/** Everything of some accounts goes to another server. @returns what was not taken there */
async function move(from: Scene, to: Scene, ...jids: readonly string[]): Promise<readonly string[]> {
  const passedOver: string[] = []
  for (const jid of jids) {
    const text = await exported(from, jid)
    passedOver.push(...(await importAccount(hostOf(to), parseElement(text))).passedOver)
  }
  return passedOver
}

async function removes(it: Scene, jid: string): Promise<void> {
  await hostOf(it).removeAccount(parseBareJid(jid))
  await it.turns.settle()
}

/** A thing that was claimed. */
async function claimed(it: House): Promise<void> {
  await registers(it.thing)
  await asksRegistry(it.owner, 'set', claimText(all, `public='true'`))
  await hears(it.thing, `<claimed xmlns='${xep}' jid='${romeo}' public='true'/>`)
}

const mine = `<search xmlns='${xep}'><strEq name='MODEL' value='IMC'/></search>`

test('what somebody owns, their rules, tokens and what was decided go along to another server', async () => {
  await using it = await house(mayRead)
  await claimed(it)
  const token = await tokenOf(it.thing)
  await isAllowed(it.thing)
  await using other = await scene()
  assert.deepEqual(await move(it.host, other, romeo, boiler), [])
  const owner = await other.online(`${romeo}/orchard`)
  const thing = await other.client(`${boiler}/cellar`)
  await thing.sends('<presence/>')
  // It hears again whose it is: it may have been told otherwise in between.
  const news = (await thing.forgets()).find(({ name }) => name === 'iq') ?? assert.fail('no news')
  assert.match(writeElement(news), /<claimed xmlns="[^"]*" jid="romeo@montague.example" public="true"\/>/)
  await thing.sends(`<iq type='result' id='${news.attrs.get('id')}' to='registry.montague.example'/>`)
  assert.match(
    await asksRegistry(owner, 'get', mine),
    /owner="romeo@montague.example" jid="boiler@montague.example"/,
  )
  await isRefused(await other.online('thief@montague.example/x'), 'set', claimText(), 'item-not-found')
  await isAllowed(thing)
  assert.equal(await rulesOf(owner), `own ${boiler}\n${mayRead}`)
  assert.equal(await tokenOf(thing), token)
  const log = await answered(owner, `<log xmlns='${rules}' thing='${boiler}'/>`)
  assert.equal(log.children.length, 2)
})

test('what is somebody else’s there is told, and stays theirs', async () => {
  await using it = await house('')
  await claimed(it)
  await using other = await scene()
  const thing = await other.online(`${boiler}/cellar`)
  const thief = await other.online('thief@montague.example/x')
  await registers(thing)
  await asksRegistry(thief, 'set', claimText())
  const [what, ...more] = await move(it.host, other, romeo)
  assert.match(
    what ?? '',
    /\{urn:waxwing:registry:0\}thing: boiler@montague\.example belongs to somebody else/,
  )
  assert.deepEqual(more, [])
})

const broken: readonly [what: string, xml: string][] = [
  ['a thing without an address', `<thing xmlns='urn:waxwing:registry:0'/>`],
  [
    'a thing with a tag that is none',
    `<thing xmlns='urn:waxwing:registry:0' jid='a@b.example' generation='nf' visibility='public' claim='x' since='2026-01-01T00:00:00Z'><str name='a:b' value='1'/></thing>`,
  ],
  ['a token of no certificate', `<token xmlns='${rules}' id='t' since='2011-01-01T00:00:00Z'>AAAA</token>`],
  ['rules that are wrong', `<rules xmlns='${rules}'>let everybody in</rules>`],
  ['decisions about nothing', `<decisions xmlns='${rules}'/>`],
  ['what nobody knows', `<answers xmlns='${rules}'/>`],
]
test('what is broken in an export is passed over, and the account comes all the same', async () => {
  await using it = await scene()
  const children = broken.map(([, xml]) => xml).join('')
  const user = parseElement(`<user xmlns='urn:xmpp:pie:0' name='romeo' password='pw'>${children}</user>`)
  const { account, passedOver } = await importAccount(hostOf(it), user)
  assert.equal(account, romeo)
  assert.equal(passedOver.length, broken.length, passedOver.join('\n'))
})

test('nobody brings along a token that somebody else has', async () => {
  await using it = await house('')
  const token = await tokenOf(it.thing)
  const element = `<token xmlns='${rules}' id='${token}' since='2011-01-01T00:00:00Z'>${inBase64(holder.certificate)}</token>`
  const user = parseElement(`<user xmlns='urn:xmpp:pie:0' name='thief' password='pw'>${element}</user>`)
  const { passedOver } = await importAccount(hostOf(it.host), user)
  assert.match(passedOver.join(), /Somebody else has this token/)
  assert.equal(await tokenOf(it.thing), token)
})

test('whose owner is gone is claimed anew by its key (XEP-0347 §3.17)', async () => {
  await using it = await house(mayRead)
  await claimed(it)
  await removes(it.host, romeo)
  const heard = await it.thing.forgets()
  assert.equal(heard.filter(({ children }) => JSON.stringify(children).includes('"disowned"')).length, 1)
  const heir = await it.host.online('heir@montague.example/x')
  // The key of its first registration is forgotten: it has to come again, as it does when it hears so.
  await isRefused(heir, 'set', claimText(), 'item-not-found')
  await registers(it.thing)
  assert.match(await asksRegistry(heir, 'set', claimText()), /jid="boiler@montague\.example"/)
})

/** Whoever has the address of a vanished owner now. */
async function successor(it: House): Promise<Peer> {
  await removes(it.host, romeo)
  await it.thing.forgets()
  await it.host.account(romeo)
  return it.host.online(`${romeo}/new`)
}

test('who gets the address of an owner who is gone gets neither things nor rules nor what was decided', async () => {
  await using it = await house(mayRead)
  await isAllowed(it.thing)
  const next = await successor(it)
  assert.equal(await rulesOf(next), '')
  const log = await answered(next, `<log xmlns='${rules}' thing='${boiler}'/>`)
  assert.deepEqual(log.children, [])
  // The thing named the old one: it does not go by what the new one says, until it names them.
  await sets(next, `own ${boiler}\n${mayRead}`)
  await isDenied(it.thing)
  await asks(it.thing, 'get', `<owner xmlns='${rules}'/>`, `<owner xmlns='${rules}' jid='${boiler}'/>`)
})

test('a thing whose owner is gone forgets what it knew', async () => {
  await using it = await house(`allow ${juliet} to befriend everything`)
  await isFriend(it.thing, juliet, true)
  await hostOf(it.host).removeAccount(parseBareJid(romeo))
  await forgets(it.thing)
})

test('a thing with rules of its own takes them along', async () => {
  await using it = await scene()
  const thing = await it.online(`${boiler}/cellar`)
  await sets(thing, mayRead)
  await isAllowed(thing)
  await removes(it, boiler)
  await it.account(boiler)
  const next = await it.online(`${boiler}/new`)
  assert.equal(await rulesOf(next), '')
  assert.deepEqual((await answered(next, `<log xmlns='${rules}' thing='${boiler}'/>`)).children, [])
  await isDenied(next)
})

test('what is kept of decisions about a thing of several owners goes with each of them', async () => {
  await using it = await house(mayRead, { settings: { provisioning: { decisionsPerThing: 10 } } })
  await isAllowed(it.thing)
  const heir = await it.host.online('heir@montague.example/x')
  await sets(heir, `own ${boiler}\n${mayRead}`)
  await asks(it.thing, 'set', `<owner xmlns='${rules}' jid='heir@montague.example'/>`)
  await it.thing.forgets()
  for (let n = 0; n < 40; n++) await isAllowed(it.thing)
  const log = `<log xmlns='${rules}' thing='${boiler}'/>`
  // Those of the first owner were the oldest.
  assert.deepEqual((await answered(it.owner, log)).children, [])
  assert.ok((await answered(heir, log)).children.length >= 10)
  await removes(it.host, 'heir@montague.example')
  await it.host.account('heir@montague.example')
  assert.deepEqual((await answered(await it.host.online('heir@montague.example/y'), log)).children, [])
})
