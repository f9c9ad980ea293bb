/** Registration with forms: XEP-0077 §4. */
import { test } from 'node:test'
import {
  authenticate,
  type Peer,
  type RawOptions,
  type Scene,
  type SceneOptions,
  scene,
} from '@waxwing/testkit'

const ns = 'jabber:iq:register'
const open: SceneOptions = { settings: { registration: { open: true } } }

async function stranger(host: Scene, options: RawOptions = {}): Promise<Peer> {
  const peer = host.raw({ tls: true, ...options })
  await peer.opens("to='montague.example' version='1.0'")
  await peer.receivesHeader()
  return peer
}

const form = (content: string, id = 'r'): string =>
  `<iq type='set' id='${id}' to='montague.example'><query xmlns='${ns}'>${content}</query></iq>`
const bill = '<username>bill</username><password>Calliope</password>'

const dataForm = (fields: Readonly<Record<string, string>>, formType = ns): string =>
  `<x xmlns='jabber:x:data' type='submit'>${Object.entries({ FORM_TYPE: formType, ...fields })
    .map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    .join('')}</x>`

test('an account is made with a form, and its e-mail address is kept (XEP-0077 §4)', async () => {
  await using host = await scene({ settings: { registration: { open: true, email: 'required' } } })
  const peer = await stranger(host)
  await peer.takes()
  await peer.sends(form(dataForm({ username: 'bill', password: 'Calliope' })))
  await peer.receivesError('iq', 'r', 'modify', 'not-acceptable')
  await peer.sends(form(dataForm({ username: 'bill', password: 'Calliope', email: 'bard@shakespeare.lit' })))
  await peer.receives(`<iq type='result' id='r'/>`)
  const bard = await host.client('bill@montague.example/globe', { password: 'Calliope' })
  await bard.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
  await bard.receives(
    `<iq type='result' id='r'><query xmlns='${ns}'><registered/><username>bill</username><password/><email>bard@shakespeare.lit</email></query></iq>`,
  )
})

const badForms: readonly [what: string, content: string, type: string, condition: string][] = [
  ['without a name', dataForm({ password: 'x' }), 'modify', 'not-acceptable'],
  ['with an empty password', dataForm({ username: 'bill', password: '' }), 'modify', 'not-acceptable'],
  [
    'that is not filled in',
    dataForm({ username: 'bill', password: 'x' }).replace('submit', 'form'),
    'modify',
    'bad-request',
  ],
]
for (const [what, content, type, condition] of badForms)
  test(`a form ${what} is ${condition} (XEP-0077 §3.1)`, async () => {
    await using host = await scene(open)
    const peer = await stranger(host)
    await peer.takes()
    await peer.sends(form(content))
    await peer.receivesError('iq', 'r', type, condition)
  })

test('people are sent to a web page, and nobody registers in-band (XEP-0077 §5)', async () => {
  const url = 'http://www.shakespeare.lit/contests.php'
  await using host = await scene({ settings: { registration: { open: true, redirect: url } } })
  const peer = await stranger(host)
  await peer.takes()
  await peer.sends(`<iq type='get' id='r'><query xmlns='${ns}'/></iq>`)
  await peer.receives(
    `<iq type='result' id='r'><query xmlns='${ns}'><instructions>To register, visit ${url}</instructions>
       <x xmlns='jabber:x:oob'><url>${url}</url></x></query></iq>`,
  )
  await peer.sends(form(bill))
  await peer.receivesError('iq', 'r', 'cancel', 'not-allowed')
})

const change = `${ns}:changepassword`
const forms: readonly [what: string, content: string, condition: string | undefined][] = [
  [
    'the old password',
    dataForm({ username: 'romeo@montague.example', old_password: 'r0m30myr0m30', password: 'n' }, change),
    undefined,
  ],
  ['no old password', dataForm({ username: 'romeo', password: 'n' }), undefined],
  [
    'a wrong old password',
    dataForm({ username: 'romeo', old_password: 'x', password: 'n' }, change),
    'not-authorized',
  ],
  ["somebody else's name", dataForm({ username: 'juliet', password: 'n' }, change), 'not-allowed'],
]
for (const [what, content, condition] of forms)
  test(`a form with ${what} ${condition === undefined ? 'changes the password' : `is ${condition}`} (XEP-0077 §3.3)`, async () => {
    await using host = await scene()
    const romeo = await host.client('romeo@montague.example/orchard')
    await romeo.sends(form(content))
    if (condition !== undefined)
      await romeo.receivesError('iq', 'r', condition === 'not-allowed' ? 'cancel' : 'auth', condition)
    else await romeo.receives(`<iq type='result' id='r'/>`)
    const password = condition === undefined ? 'n' : 'r0m30myr0m30'
    await authenticate(host.raw({ tls: true }), "to='montague.example' version='1.0'", 'romeo', password)
  })

test('a form cancels an account, with the right password (XEP-0077 §3.2)', async () => {
  await using host = await scene()
  const romeo = await host.client('romeo@montague.example/orchard')
  await romeo.sends(form(dataForm({ username: 'romeo', password: 'wrong' }, `${ns}:cancel`)))
  await romeo.receivesError('iq', 'r', 'auth', 'not-authorized')
  await romeo.sends(form(dataForm({ username: 'romeo', password: 'r0m30myr0m30' }, `${ns}:cancel`)))
  await romeo.receives(`<iq type='result' id='r'/>`)
  await romeo.receivesStreamError('not-authorized')
})
