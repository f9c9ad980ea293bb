/** Invitations: XEP-0401, XEP-0445, XEP-0379. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseXmppUri } from '@waxwing/jid'
import { authenticate, type Peer, type Scene, type SceneOptions, scene } from '@waxwing/testkit'
import { childOf, childrenOf, textOf } from '@waxwing/xml'

const domain = 'example.com'
const romeoJid = `romeo@${domain}`
const commandsNs = 'http://jabber.org/protocol/commands'
const registerNs = 'jabber:iq:register'
const hour = 3_600_000

const theatre = (settings: SceneOptions['settings'] = {}): Promise<Scene> =>
  scene({
    domains: [domain, 'capulet.net'],
    settings: { administration: { admins: [romeoJid] }, ...settings },
  })

interface Link {
  readonly uri: string
  readonly token: string
  readonly landing: string | undefined
  readonly expire: string | undefined
}

function linkIn(command: Awaited<ReturnType<Peer['receivesResult']>>): Link {
  assert.equal(command?.attrs.get('status'), 'completed')
  const form = childOf(command, 'jabber:x:data', 'x') ?? assert.fail('no form')
  const valueOf = (name: string): string | undefined => {
    const found = [...childrenOf(form, 'jabber:x:data', 'field')].find(
      field => field.attrs.get('var') === name,
    )
    const value = found && childOf(found, 'jabber:x:data', 'value')
    return value && textOf(value)
  }
  assert.equal(valueOf('FORM_TYPE'), 'urn:xmpp:invite#invitation')
  const uri = valueOf('uri') ?? assert.fail('no uri')
  const token = parseXmppUri(uri).params.get('preauth') ?? assert.fail('no token')
  return { uri, token, landing: valueOf('landing-url'), expire: valueOf('expire') }
}

async function invites(peer: Peer): Promise<Link> {
  await peer.sends(
    `<iq type='set' id='i' to='${domain}'><command xmlns='${commandsNs}' node='urn:xmpp:invite#invite' action='execute'/></iq>`,
  )
  return linkIn(await peer.receivesResult('i'))
}

/** The command create-account, up to its answer. */
async function asksForAccount(peer: Peer, fields: Readonly<Record<string, string>>): Promise<void> {
  const node = 'urn:xmpp:invite#create-account'
  await peer.sends(
    `<iq type='set' id='f' to='${domain}'><command xmlns='${commandsNs}' node='${node}'/></iq>`,
  )
  const id = (await peer.receivesResult('f'))?.attrs.get('sessionid')
  const filled = Object.entries(fields).map(
    ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
  )
  await peer.sends(
    `<iq type='set' id='i' to='${domain}'><command xmlns='${commandsNs}' node='${node}' sessionid='${id}'><x xmlns='jabber:x:data' type='submit'>${filled.join('')}</x></command></iq>`,
  )
}

async function invitesToAccount(peer: Peer, fields: Readonly<Record<string, string>> = {}): Promise<Link> {
  await asksForAccount(peer, fields)
  return linkIn(await peer.receivesResult('i'))
}

async function stranger(host: Scene, address = '198.51.100.1'): Promise<Peer> {
  const peer = host.raw({ tls: true, address })
  await peer.opens(`to='${domain}' version='1.0'`)
  await peer.receivesHeader()
  await peer.takes()
  return peer
}

const shows = (token: string): string =>
  `<iq type='set' to='${domain}' id='pa1'><preauth xmlns='urn:xmpp:pars:0' token='${token}'/></iq>`
const registers = (username: string): string =>
  `<iq type='set' id='r'><query xmlns='${registerNs}'><username>${username}</username><password>pw</password></query></iq>`

/** A stranger whose token is accepted. */
async function guest(host: Scene, token: string): Promise<Peer> {
  const peer = await stranger(host)
  await peer.sends(shows(token))
  await peer.receives(`<iq type='result' from='${domain}' id='pa1'/>`)
  return peer
}

test('without invitations nothing is offered, and no token is known (XEP-0445 §3, §4)', async () => {
  await using host = await theatre()
  const peer = await stranger(host)
  assert.doesNotMatch(host.transcript(), /register/)
  await peer.sends(shows('x'))
  await peer.receivesError('iq', 'pa1', 'cancel', 'item-not-found')
})

test('whoever comes second with the only token is told that it is gone (XEP-0445 §4)', async () => {
  await using host = await theatre()
  const { token } = await invitesToAccount(await host.client(`${romeoJid}/orchard`))
  const first = await guest(host, token)
  await first.sends(registers('juliet'))
  await first.receivesResult('r')
  const second = await stranger(host)
  await second.sends(shows(token))
  await second.receivesError('iq', 'pa1', 'cancel', 'item-not-found')
})

test('an administrator’s contact invitation lets people register, too (XEP-0401 §5.1)', async () => {
  await using host = await theatre({ invitations: { landing: 'https://example.com/invite/#{token}' } })
  const link = await invites(await host.client(`${romeoJid}/orchard`))
  assert.equal(link.uri, `xmpp:${romeoJid}?roster;preauth=${link.token};ibr=y`)
  assert.match(link.token, /^[a-z2-9]{24}$/)
  assert.equal(link.landing, `https://example.com/invite/#${link.token}`)
  assert.equal(link.expire, '2011-03-08T12:00:00Z')
})

test('others invite contacts only, and cannot invite to accounts (XEP-0401 §5.1, §5.4)', async () => {
  await using host = await theatre()
  const mercutio = await host.client(`mercutio@${domain}/street`)
  const link = await invites(mercutio)
  assert.equal(link.uri, `xmpp:mercutio@${domain}?roster;preauth=${link.token}`)
  const node = 'urn:xmpp:invite#create-account'
  await mercutio.sends(
    `<iq type='set' id='f' to='${domain}'><command xmlns='${commandsNs}' node='${node}'/></iq>`,
  )
  await mercutio.receivesError('iq', 'f', 'auth', 'forbidden')
})

test('who is invited registers with the token (XEP-0445 §3, §4)', async () => {
  await using host = await theatre()
  const { uri, token } = await invitesToAccount(await host.client(`${romeoJid}/orchard`))
  assert.equal(uri, `xmpp:${domain}?register;preauth=${token}`)
  const peer = await guest(host, token)
  assert.match(host.transcript(), /<register xmlns='urn:xmpp:ibr-token:0'\/>/)
  assert.match(host.transcript(), /<register xmlns='http:\/\/jabber.org\/features\/iq-register'\/>/)
  await peer.sends(`<iq type='get' id='g'><query xmlns='${registerNs}'/></iq>`)
  await peer.receivesResult('g')
  await peer.sends(registers('juliet'))
  await peer.receives(`<iq type='result' id='r' from='${domain}'/>`)
  await authenticate(host.raw({ tls: true }), `to='${domain}' version='1.0'`, 'juliet', 'pw')
})

test('a token serves once (XEP-0445 §4)', async () => {
  await using host = await theatre()
  const romeo = await host.client(`${romeoJid}/orchard`)
  const { token } = await invitesToAccount(romeo)
  await invitesToAccount(romeo)
  const [first, second] = [await guest(host, token), await guest(host, token)]
  await first.sends(registers('juliet'))
  await first.receivesResult('r')
  await second.sends(registers('nurse'))
  await second.receivesError('iq', 'r', 'cancel', 'not-allowed')
  const third = await stranger(host)
  await third.sends(shows(token))
  await third.receivesError('iq', 'pa1', 'cancel', 'item-not-found')
})

test('a registration that fails uses no token up (XEP-0445 §4)', async () => {
  await using host = await theatre()
  const { token } = await invitesToAccount(await host.client(`${romeoJid}/orchard`))
  const peer = await guest(host, token)
  await peer.sends(registers('romeo'))
  await peer.receivesError('iq', 'r', 'cancel', 'conflict')
  await peer.sends(registers('juliet'))
  await peer.receivesResult('r')
})

test('a token that ends while its guest registers still counts; later ones do not (XEP-0445 §4)', async () => {
  await using host = await theatre({ invitations: { lifetime: hour } })
  const romeo = await host.client(`${romeoJid}/orchard`)
  const { token } = await invitesToAccount(romeo)
  await host.advance(hour - 1_000)
  const peer = await guest(host, token)
  await host.advance(2_000)
  await invitesToAccount(romeo)
  await peer.sends(registers('juliet'))
  await peer.receivesResult('r')
  const late = await stranger(host)
  await late.sends(shows(token))
  await late.receivesError('iq', 'pa1', 'cancel', 'item-not-found')
})

test('a name that somebody is invited to is kept for them (XEP-0401 §6.2)', async () => {
  await using host = await theatre({ registration: { open: true } })
  const romeo = await host.client(`${romeoJid}/orchard`)
  const { uri, token } = await invitesToAccount(romeo, { username: 'Juliet' })
  assert.equal(uri, `xmpp:juliet@${domain}?register;preauth=${token}`)
  const { token: other } = await invitesToAccount(romeo)
  const takesIt = async (peer: Peer): Promise<void> => {
    await peer.sends(registers('juliet'))
    await peer.receivesError('iq', 'r', 'cancel', 'conflict')
  }
  await takesIt(await stranger(host))
  await takesIt(await guest(host, other))
  await asksForAccount(romeo, { username: 'juliet' })
  await romeo.receivesError('iq', 'i', 'cancel', 'conflict')
  const peer = await guest(host, token)
  await peer.sends(registers('nurse'))
  await peer.receivesError('iq', 'r', 'modify', 'not-acceptable')
  await peer.sends(registers('juliet'))
  await peer.receivesResult('r')
})

const mistakes: readonly [what: string, username: string, type: string, condition: string][] = [
  ['that is taken', 'romeo', 'cancel', 'conflict'],
  ['that cannot be', 'a b@', 'modify', 'jid-malformed'],
]
for (const [what, username, type, condition] of mistakes)
  test(`nobody is invited to a name ${what} (XEP-0401 §5.4)`, async () => {
    await using host = await theatre()
    const romeo = await host.client(`${romeoJid}/orchard`)
    await asksForAccount(romeo, { username })
    await romeo.receivesError('iq', 'i', type, condition)
  })

test('a new account and its inviter are contacts, and the inviter is told (XEP-0401 §5.5)', async () => {
  await using host = await theatre()
  const romeo = await host.online(`${romeoJid}/orchard`)
  await romeo.sends("<iq type='get' id='l'><query xmlns='jabber:iq:roster'/></iq>")
  await romeo.receivesResult('l')
  const { token } = await invitesToAccount(romeo, { 'roster-subscription': '1' })
  const peer = await guest(host, token)
  await peer.sends(registers('juliet'))
  await peer.receivesResult('r')
  await romeo.receives(
    `<iq type='set' from='${romeoJid}' to='${romeoJid}/orchard' id='{any}'><query xmlns='jabber:iq:roster' ver='{any}'><item subscription='both' jid='juliet@${domain}'/></query></iq>`,
  )
  const juliet = await host.client(`juliet@${domain}/balcony`, { password: 'pw' })
  await juliet.sends('<presence/>')
  await romeo.receives(`<presence from='juliet@${domain}/balcony' to='{any}'/>`)
})

test('a subscription request with a token is approved, and answered with another one (XEP-0379 §3.4, §3.5)', async () => {
  await using host = await theatre()
  const romeo = await host.online(`${romeoJid}/orchard`)
  const { token } = await invites(romeo)
  const juliet = await host.online('juliet@capulet.net/balcony')
  const asks = `<presence to='${romeoJid}' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='${token}'/></presence>`
  await juliet.sends(`<presence to='${romeoJid}' type='subscribed'/>${asks}`)
  const heard = (await juliet.forgets()).filter(({ name }) => name === 'presence')
  assert.ok(heard.some(({ attrs }) => attrs.get('from') === `${romeoJid}/orchard`))
  const listOf = async (peer: Peer): Promise<string | undefined> => {
    await peer.forgets()
    await peer.sends("<iq type='get' id='l'><query xmlns='jabber:iq:roster'/></iq>")
    const roster = await peer.receivesResult('l')
    return roster && childOf(roster, 'jabber:iq:roster', 'item')?.attrs.get('subscription')
  }
  assert.equal(await listOf(romeo), 'both')
  assert.equal(await listOf(juliet), 'both')
  const nurse = await host.online('nurse@capulet.net/house')
  await nurse.sends(asks)
  assert.equal(
    (await romeo.forgets()).find(({ name }) => name === 'presence')?.attrs.get('type'),
    'subscribe',
  )
})

const worthless: readonly [what: string, preauth: (token: string) => string, to: string][] = [
  ['nobody gave', () => "<preauth xmlns='urn:xmpp:pars:0' token='x'/>", romeoJid],
  ['is missing', () => "<preauth xmlns='urn:xmpp:pars:0'/>", romeoJid],
  [
    'somebody else gave',
    token => `<preauth xmlns='urn:xmpp:pars:0' token='${token}'/>`,
    `mercutio@${domain}`,
  ],
]
for (const [what, preauth, to] of worthless)
  test(`a request whose token ${what} is asked for as usual (XEP-0379 §4.1)`, async () => {
    await using host = await theatre()
    const { token } = await invites(await host.client(`${romeoJid}/orchard`))
    const asked = await host.online(`${to}/phone`)
    const juliet = await host.online('juliet@capulet.net/balcony')
    await juliet.sends(`<presence to='${to}' type='subscribe'>${preauth(token)}</presence>`)
    assert.equal((await asked.takes()).attrs.get('type'), 'subscribe')
  })

test('one account has only so many open invitations', async () => {
  await using host = await theatre({ invitations: { perInviter: 2, lifetime: hour } })
  const mercutio = await host.client(`mercutio@${domain}/street`)
  await invites(mercutio)
  await invites(mercutio)
  await mercutio.sends(
    `<iq type='set' id='i' to='${domain}'><command xmlns='${commandsNs}' node='urn:xmpp:invite#invite'/></iq>`,
  )
  await mercutio.receivesError('iq', 'i', 'wait', 'resource-constraint')
  await host.advance(hour)
  await invites(mercutio)
})

test('nobody tries tokens for long', async () => {
  await using host = await theatre({ invitations: { triesPerHour: 3 } })
  await invitesToAccount(await host.client(`${romeoJid}/orchard`))
  const peer = await stranger(host)
  for (let n = 0; n < 3; n++) {
    await peer.sends(shows(`guess${n}`))
    await peer.receivesError('iq', 'pa1', 'cancel', 'item-not-found')
  }
  await peer.sends(shows('guess'))
  await peer.receivesError('iq', 'pa1', 'wait', 'resource-constraint')
})

test('invitations outlive the server, and end with their inviter', async () => {
  await using host = await theatre()
  const { token } = await invitesToAccount(await host.client(`${romeoJid}/orchard`))
  await host.restart()
  await guest(host, token)
  const served = host.server.router.host(domain)
  await served?.removeAccount(served.accounts.jidOf('romeo'))
  const peer = await stranger(host)
  await peer.sends(shows(token))
  await peer.receivesError('iq', 'pa1', 'cancel', 'item-not-found')
})
