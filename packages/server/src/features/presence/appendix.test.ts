/** The tables of RFC 6121 Appendix A on the wire: what is passed on, and what the roster says then. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Peer, type Scene, scene } from '@waxwing/testkit'
import { childrenOf } from '@waxwing/xml'
import { romeoJid } from '../../lovers-kit.test.ts'
import { arrived, type Row, sent, type Written } from '../roster/appendix-kit.test.ts'

const thing = 'thing@gate.montague.example'

interface Stage {
  readonly host: Scene
  readonly gate: Peer
  readonly romeo: Peer
}

type Step = readonly [who: 'romeo' | 'thing', type: string]

const asks: Step = ['romeo', 'subscribe']
const isAsked: Step = ['thing', 'subscribe']
const sees: Step = ['thing', 'subscribed']
const isSeen: Step = ['romeo', 'subscribed']

/** How each state is reached. */
const ways: Readonly<Record<Written, readonly Step[]>> = {
  none: [],
  'none out': [asks],
  'none in': [isAsked],
  'none out in': [asks, isAsked],
  to: [asks, sees],
  'to in': [asks, sees, isAsked],
  from: [isAsked, isSeen],
  'from out': [isAsked, isSeen, asks],
  both: [isAsked, isSeen, asks, sees],
}

async function takes({ gate, romeo }: Stage, [who, type]: Step): Promise<void> {
  if (who === 'romeo') await romeo.sends(`<presence type='${type}' to='${thing}'/>`)
  else await gate.sends(`<presence type='${type}' from='${thing}' to='${romeoJid}'/>`)
}

async function stage(host: Scene, state: Written): Promise<Stage> {
  const gate = await host.component('gate.montague.example')
  const romeo = await host.client(`${romeoJid}/orchard`)
  await romeo.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
  await romeo.sends('<presence/>')
  const all = { host, gate, romeo }
  for (const step of ways[state]) await takes(all, step)
  await gate.forgets()
  await romeo.forgets()
  return all
}

/** The state as a client finds it that comes now: the roster, and the requests it is told of. */
async function found(host: Scene): Promise<string> {
  const late = await host.client(`${romeoJid}/late`)
  await late.sends("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
  const query = await late.receivesResult('r')
  const [item] = query ? [...childrenOf(query, 'jabber:iq:roster', 'item')] : []
  await late.sends('<presence/>')
  const isAskedStill = (await late.forgets()).some(({ attrs }) => attrs.get('type') === 'subscribe')
  const out = item?.attrs.get('ask') === 'subscribe' ? ' out' : ''
  return `${item?.attrs.get('subscription') ?? 'none'}${out}${isAskedStill ? ' in' : ''}`
}

async function hears(peer: Peer, type: string): Promise<boolean> {
  return (await peer.forgets()).some(({ name, attrs }) => name === 'presence' && attrs.get('type') === type)
}

const tables = [
  ['romeo', sent, 'A.2'],
  ['thing', arrived, 'A.3'],
] as const

for (const [who, table, section] of tables)
  for (const [type, rows] of Object.entries<readonly Row[]>(table))
    for (const [before, goesOn, after = before] of rows)
      test(`${type} ${who === 'romeo' ? 'sent' : 'received'} in "${before}" is ${goesOn ? '' : 'not '}passed on and leads to "${after}" (RFC 6121 §${section})`, async () => {
        await using host = await scene({ components: { 'gate.montague.example': 'secret' } })
        const all = await stage(host, before)
        await takes(all, [who, type])
        assert.equal(await hears(who === 'romeo' ? all.gate : all.romeo, type), goesOn)
        assert.equal(await found(host), after)
      })
