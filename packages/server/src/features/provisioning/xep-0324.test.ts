/**
 * Every question among the examples of XEP-0324 that is for a provisioning server gets the answer of the text from ours,
 * at the addresses of the text; what devices answer is in the tests of things. WAXWING_SPECS names the folder with the
 * text; without it this file skips.
 */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { type Generation, generations, provisioningNs } from '@waxwing/protocol'
import { type Change, Dialogue, type Peer, Specification, scene } from '@waxwing/testkit'
import { type Element, elementsOf } from '@waxwing/xml'
import { asks, ns, rules, sets } from './house-kit.test.ts'
import { asksFor, fromBase64, holder, inBase64, makeKeys, solves } from './tokens/holder-kit.test.ts'

const text = new Specification('0324')
if (text.skip === false) before(makeKeys)

const at = 'provisioning.example.org'
const devices = [
  'device@example.org/device',
  'concentrator@example.org/plc',
  'plc@example.org/plc',
  'service@example.org/service',
]

const shortly: readonly (readonly [RegExp, string])[] = [
  [/<node nodeId=/g, '<nd id='],
  [/<field name=/g, '<f n='],
  [/<parameter name=/g, '<p n='],
  [/ serviceToken=/g, ' st='],
  [/ userToken=/g, ' ut='],
  [/ momentary=/g, ' m='],
  [/<clearCacheResponse[^>]*>/g, ''],
]
/** There is one kind of tokens. */
const first: readonly (readonly [RegExp, string])[] = [
  [/ serviceToken='[^']*'/g, ''],
  [/ userToken=/g, ' token='],
  [/<friend /g, '<Friend '],
]

/** What things and servers say to each other is the same in all generations, in other words. */
const worded =
  (generation: Generation) =>
  (example: string): string => {
    if (generation === 'xep') return example
    const words = generation === 'sn' ? first : shortly
    return words
      .reduce((now, [long, other]) => now.replaceAll(long, other), example)
      .replaceAll('urn:xmpp:iot:provisioning', provisioningNs(generation))
  }

interface Stage extends AsyncDisposable {
  readonly dialogue: Dialogue
  readonly owner: Peer
  readonly peer: (jid: string) => Peer
  /** What stands for data in the text. */
  readonly blanks: Map<string, string>
}

/** All that the text tells of belongs to one owner, who has these rules. */
async function stage(book: string, generation: Generation): Promise<Stage> {
  const host = await scene({ domains: ['example.org'] })
  const owner = await host.online('owner@example.org/home')
  const blanks = new Map([['BASE-64 ENCODED PUBLIC X.509 CERTIFICATE', inBase64(holder.certificate)]])
  const dialogue = new Dialogue(text, {
    blanks: () => blanks,
    heard: found => learn(found, blanks),
    worded: worded(generation),
  })
  const peers = new Map<string, Peer>()
  for (const jid of devices) {
    const peer = await host.online(jid)
    peers.set(jid, peer)
    await asks(peer, 'set', `<owner xmlns='${rules}' jid='owner@example.org'/>`, undefined, at)
  }
  dialogue.joins(...peers.values())
  const own = `own ${devices.map(jid => jid.replace(/\/.*/, '')).join(', ')}\n`
  await sets(owner, own + book, at)
  for (const peer of peers.values()) await peer.forgets()
  const peer = (jid: string): Peer => peers.get(jid) ?? assert.fail(`${jid} is not here`)
  return { dialogue, owner, peer, blanks, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

/** What the server chose for itself, where the text has words in its place. */
function learn(found: Element, blanks: Map<string, string>): void {
  for (const payload of elementsOf(found)) {
    if (payload.name === 'getTokenChallenge') {
      blanks.set('seqnr="1"', `seqnr="${payload.attrs.get('seqnr')}"`)
      blanks.set('BASE-64 ENCODED RESPONSE', inBase64(holder.open(fromBase64(payload))))
    }
    if (payload.name === 'tokenChallenge')
      blanks.set('BASE-64 encoded response', inBase64(holder.open(fromBase64(payload))))
    const token = payload.attrs.get('token')
    if (payload.name === 'getTokenResponse' && token !== undefined) blanks.set('TOKEN', token)
    const user = payload.attrs.get('userToken')
    if (user !== undefined) blanks.set('USERTOKEN1', user)
  }
}

/** Before it is known, it is whatever it is. */
const unknown: readonly (readonly [string, string])[] = [
  ['seqnr="1"', 'seqnr="{any}"'],
  ['BASE-64 ENCODED CHALLENGE', '{any}'],
  ['BASE-64 encoded challenge', '{any}'],
  ['TOKEN', '{any}'],
  ['USERTOKEN1', '{any}'],
]

function forgetBlanks({ blanks }: Stage): void {
  for (const [blank, any] of unknown) blanks.set(blank, any)
}

/** Somebody takes the challenge but cannot solve it, or names another one. */
async function answersWrongly({ peer }: Stage, beside: number): Promise<void> {
  const device = peer('device@example.org/device')
  await device.sends(`<iq type='get' id='4' to='${at}'>${asksFor(holder.certificate)}</iq>`)
  const puzzle = await device.receivesResult('4')
  const number = String(Number(puzzle?.attrs.get('seqnr')) ^ beside)
  await device.sends(`<iq type='get' id='5' to='${at}'>${solves(number, new Uint8Array(32))}</iq>`)
}

/** The same news about somebody else. */
async function unfriends({ dialogue }: Stage, jid: string): Promise<void> {
  await dialogue.plays('Unfriending existing friend', [
    'client2@example.org',
    jid,
    'the same of somebody else',
  ])
}

const byResource: Change = [
  "to='device@example.org'",
  "to='device@example.org/device'",
  'every resource that has asked remembers answers of its own',
]

type Scenario = readonly [what: string, book: string, play: (it: Stage) => Promise<void>]

const read = 'allow primary@example.org to read device@example.org'

const scenarios: readonly Scenario[] = [
  [
    'devices find the server among the parts of theirs (§3.1.2, §4)',
    '',
    async ({ dialogue }) => {
      await dialogue.plays('Checking if server supports components')
      await dialogue.plays(
        'Requesting list of server components',
        [
          '995fab3dd759452ca9c370647323af0c@example.org/ebe2348e',
          'device@example.org/device',
          'who asks has the answer',
        ],
        ['name="Provisioning"', 'name="Provisioning of things"', 'the name is ours'],
      )
      await dialogue.plays('Service discovery information request made to each component')
      await dialogue.plays('Service discovery information request')
      await dialogue.plays('Service discovery information response')
    },
  ],
  [
    'a token for a certificate (§3.1.3.1, §3.6.1)',
    '',
    async it => {
      for (const title of ['Requesting a token', 'Requesting a service token']) {
        forgetBlanks(it)
        await it.dialogue.plays(title)
      }
      await answersWrongly(it, 0)
      await it.dialogue.hears('Challenge reponse incorrect')
      await answersWrongly(it, 1)
      await it.dialogue.hears('Challenge sequence number not found')
    },
  ],
  [
    'a token is proved when rules name it (§3.1.3.2)',
    '',
    async it => {
      forgetBlanks(it)
      await it.dialogue.plays('Requesting a token')
      const token = it.blanks.get('TOKEN') ?? ''
      await sets(it.owner, `own device@example.org\nallow device "${token}" to read everything`, at)
      await it.peer('device@example.org/device').forgets()
      const device = it.peer('device@example.org/device')
      const asked = `jid='primary@example.org' momentary='true'`
      await device.sends(
        `<iq type='get' id='r' to='${at}'><canRead xmlns='${ns}' ${asked} deviceToken='${token}'/></iq>`,
      )
      await it.dialogue.plays('Requesting a token (2)')
      await device.receives(
        `<iq type='result' id='r'><canReadResponse xmlns='${ns}' ${asked} result='true'/></iq>`,
      )
    },
  ],
  [
    'several tokens do no harm (§3.1.5)',
    read,
    async it => {
      await it.dialogue.plays('Readout request using multiple tokens')
    },
  ],
  [
    'who may befriend a device, and when it changes (§3.2)',
    'allow client1@example.org to befriend device@example.org',
    async it => {
      const { dialogue, owner } = it
      await dialogue.plays('Friendship request accepted')
      await dialogue.plays('Friendship request rejected')
      await owner.forgets()
      await sets(
        owner,
        'own device@example.org\nallow client2@example.org to befriend device@example.org',
        at,
      )
      await dialogue.plays('Clear cache', byResource)
      await unfriends(it, 'client1@example.org')
      await dialogue.plays('Recommending friendships')
      await sets(owner, 'own device@example.org', at)
      await dialogue.plays('Clear cache', byResource)
      await dialogue.plays('Unfriending existing friend')
    },
  ],
  ['nothing may be read (§3.3.1)', '', ({ dialogue }) => dialogue.plays('Rejecting read-outs')],
  [
    'some nodes may be read (§3.3.2)',
    `${read} node Device02`,
    ({ dialogue }) => dialogue.plays('Restricting nodes during read-out'),
  ],
  [
    'some fields may be read (§3.3.3)',
    `${read} only Energy, Power`,
    ({ dialogue }) => dialogue.plays('Restricting fields during read-out'),
  ],
  ['nothing may be set (§3.4.1)', '', ({ dialogue }) => dialogue.plays('Rejecting control action')],
  [
    'some nodes may be set (§3.4.2)',
    `allow primary@example.org to control concentrator@example.org node DigitalOutput2
allow primary@example.org to control concentrator@example.org node DigitalOutput3`,
    ({ dialogue }) =>
      dialogue.plays('Restricting nodes during control', [
        "<node nodeId='DigitalOutput3'/>\n  </canControlResponse>",
        "<node nodeId='DigitalOutput3'/><parameter name='Output'/></canControlResponse>",
        'which of the parameters asked for may be set is always said; left out, it would mean the same',
      ]),
  ],
  [
    'some parameters may be set (§3.4.3)',
    'allow primary@example.org to control plc@example.org only DigitalOutput1, DigitalOutput2, DigitalOutput3, DigitalOutput4',
    ({ dialogue }) => dialogue.plays('Restricting parameters during control'),
  ],
  [
    'users of a service, and what they may do (§3.6.2, §3.7)',
    `allow everyone to use service@example.org
deny everyone to use service@example.org only Sensors.Delete
allow everyone to use service@example.org only Sensors`,
    async it => {
      forgetBlanks(it)
      const atService: Change = [
        'device@example.org/device',
        'service@example.org/service',
        'services have tokens',
      ]
      await it.dialogue.plays('Requesting a service token', atService)
      it.blanks.set('SERVICETOKEN1', it.blanks.get('TOKEN') ?? '')
      it.blanks.delete('TOKEN')
      await it.dialogue.plays('User access to service')
      await it.dialogue.plays('User privileges in service')
      it.blanks.set('USERTOKEN1', '{any}')
      await it.dialogue.plays('Download all user privileges', [
        '<downloadPrivilegesResponse>',
        "<downloadPrivilegesResponse xmlns='urn:xmpp:iot:provisioning'>",
        'the text forgets the namespace',
      ])
    },
  ],
]

const played = new Set<string>()

/** What is said in all generations; the rest has other words, or none, in the others. */
const everywhere = /§3\.(?:2|3\.\d|4\.\d)\)/

for (const generation of generations)
  for (const [what, book, play] of scenarios)
    if (generation === 'xep' || everywhere.test(what))
      test(`${generation}: ${what}`, { skip: text.skip }, async () => {
        await using it = await stage(book, generation)
        await play(it)
        for (const jid of devices) await it.peer(jid).receivesNothing()
        for (const title of it.dialogue.played) played.add(title)
      })

test('no example is left out but those that devices answer', { skip: text.skip }, () => {
  const left = [...text.examples.keys()].filter(title => !played.has(title))
  assert.deepEqual(left, ['Invalid token challenge'])
})
