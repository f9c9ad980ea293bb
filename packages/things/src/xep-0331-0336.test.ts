/**
 * Every example of XEP-0331 and XEP-0336 as a thing of ours says and answers it; what is otherwise here is listed, with
 * the reason. WAXWING_SPECS names the folder with the texts; without it this file skips.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlNs, DataForm, DYNAMIC_FORMS_NS, type FormField, StanzaError } from '@waxwing/protocol'
import { type Element, elementsOf, parseElement, readWire, writeElement } from '@waxwing/xml'
import { specification } from '../../protocol/src/specification-kit.test.ts'
import {
  address,
  elementsIn,
  type Facts,
  factsOf,
  fieldIn,
  formOf,
  house,
  sessionOf,
} from './control/form-kit.test.ts'
import { bool, color, type DeclaredFields, int, openForm, string } from './index.ts'

const colors = specification('0331')
const dynamic = specification('0336')

test('colours are published as in XEP-0331, and taken as they are published', {
  skip: colors.skip,
}, async () => {
  const fields = colors.examples().flatMap(example =>
    elementsIn(example)
      .filter(({ name }) => name === 'field')
      .map(fieldIn),
  )
  assert.equal(fields.length, 2)
  for (const [index, field] of fields.entries()) {
    const alpha = index === 1
    const about = { label: 'Color:', description: 'Choose a color.', alpha }
    const value = field.values[0] ?? ''
    const { client, writes } = house('x', write => ({ color: color({ ...about, read: () => value, write }) }))
    const [, own] = (await formOf(client)).fields ?? []
    // Parameters of control are marked so always (XEP-0325 §3.3.1).
    assert.deepEqual(factsOf(own ?? assert.fail()), { ...factsOf(field), marks: ['notSame=true'] })
    const set = (text: string): Promise<string> =>
      client.ask(
        'set',
        address,
        `<set xmlns="${controlNs('xep')}"><color name="color" value="${text}"/></set>`,
      )
    for (const good of [value, value.toLowerCase()]) await set(good)
    for (const bad of [alpha ? value.slice(2) : `${value}00`, `${value.slice(1)}G`, ''])
      await assert.rejects(set(bad), { condition: 'bad-request' })
    assert.deepEqual(writes, [value, value.toLowerCase()])
  }
})

const regions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CL: { AN: 'Antofagasta', AP: 'Arica y Parinacota', AT: 'Atacama' },
}

/** What the text shows, by the titles of its forms; the first field of each that it does not leave out. */
const things: Readonly<Record<string, (write: (value: unknown) => void) => DeclaredFields>> = {
  'Current location': write => ({
    Country_ISO_3166_1: string({
      label: 'Country:',
      description: 'Select your country of residence.',
      options: { CL: 'Chile', SE: 'Sweden', US: 'United States' },
      read: () => '',
      write,
    }),
    Region_ISO_3166_2: string({
      label: 'Region:',
      description: 'Select your region of residence.',
      postBack: true,
      depending: ({ Country_ISO_3166_1: country = '' }) => ({
        isThere: country !== '',
        options: regions[country] ?? {},
      }),
      read: () => '',
      write,
    }),
  }),
  'Object properties': write => ({
    ID: string({
      label: 'ID:',
      description: 'ID of object.',
      depending: ({ RenameID }) => ({ readOnly: RenameID !== 'true' }),
      read: () => 'Object 1',
      write,
    }),
    RenameID: bool({
      label: 'Rename object',
      description:
        'To avoid accidental renaming of the objcet, this box must be checked to rename the object.',
      read: () => false,
      write,
    }),
  }),
  'Communication properties': write => ({
    Address: int({
      label: 'Bus Address:',
      description: 'Enter the bus address of the device.',
      min: 1,
      max: 250,
      read: () => 1,
      write,
    }),
    BaudRate: string({
      label: 'Baud rate:',
      description: 'Baud rate to use when communicating with the device.',
      options: { '300': '300 baud', '2400': '2400 baud' },
      read: () => '2400',
      write,
    }),
  }),
  Expression: write => ({
    Expression: string({
      label: 'Expression:',
      description: 'Enter the expression you want to plot.',
      check: text => (/\([^)]*$/.test(text) ? 'Unexpected end of expression. ) expected.' : undefined),
      read: () => '',
      write,
    }),
  }),
}

/** `0` and `1` are how the text writes what we write `false` and `true`. */
const spelled: Readonly<Record<string, string>> = { '0': 'false', '1': 'true' }

/** Facts as they are here: what the text has otherwise is named. */
function expected(field: FormField, isFilledIn: boolean): Facts {
  const facts = factsOf(field)
  const values = field.values.map(value => spelled[value] ?? value)
  // Nothing is set that was not edited: every parameter is marked until somebody fills it in (XEP-0325 §3.3.1).
  const marks = isFilledIn ? facts.marks : [...new Set([...facts.marks, 'notSame=true'])].sort()
  return { ...facts, ...(field.type === 'boolean' ? { values, datatype: 'xs:boolean' } : {}), marks }
}

test('every form of XEP-0336 is shown as there, before and after it was sent back', {
  skip: dynamic.skip,
}, async () => {
  const seen: string[] = []
  const forms = dynamic.examples().flatMap(example =>
    elementsIn(example).flatMap(element => {
      if (element.name === 'x') return [element]
      return element.attrs.get('type') === 'result'
        ? elementsOf(element).filter(({ name }) => name === 'x')
        : []
    }),
  )
  for (const element of forms) {
    const text = readWire(DataForm, element)
    const title = text.title ?? ''
    const fields = things[title]
    if (!fields) {
      assert.equal(title, 'Control parameters', 'it is in the next test')
      continue
    }
    const { client, writes } = house(title, fields)
    const blank = await formOf(client)
    const isJudged = title === 'Expression' || text.fields?.some(({ values }) => values[0] === 'CL') === true
    const texts = (text.fields ?? []).filter(({ type }) => type !== 'hidden')
    const [first] = texts
    const sent = `<field var="xdd session"><value>${sessionOf(blank)}</value></field><field var="${first?.var}"><value>${first?.values[0]}</value></field>`
    const submit = `<submit xmlns="${DYNAMIC_FORMS_NS}" xml:lang="en"><x xmlns="jabber:x:data" type="submit">${sent}</x></submit>`
    const judged = isJudged
      ? readWire(DataForm, parseElement(await client.ask('set', address, submit)))
      : blank
    assert.equal(judged.title, title)
    assert.equal(sessionOf(judged), sessionOf(blank))
    assert.deepEqual(
      (judged.fields ?? []).filter(({ type }) => type !== 'hidden').map(factsOf),
      texts.map((field, index) => expected(field, isJudged && index === 0)),
      title,
    )
    assert.deepEqual(writes, [])
    seen.push(title)
  }
  assert.deepEqual(seen, [
    'Current location',
    'Current location',
    'Object properties',
    'Communication properties',
    'Expression',
  ])
})

test('an open form is updated as in XEP-0336 §3.9', { skip: dynamic.skip }, async () => {
  const all = dynamic.examples().find(example => example.includes('<updated')) ?? assert.fail()
  const [before, message] = elementsIn(all)
  const update = elementsOf(message ?? assert.fail())[0] ?? assert.fail()
  const after = elementsOf(update)[0] ?? assert.fail()
  let value = 0
  const { client, town, changed } = house('Control parameters', write => ({
    AnalogOutput: int({
      label: 'Analog Output:',
      description: 'Enter a new value for the analog output.',
      min: 0,
      max: 65535,
      read: () => value,
      write,
    }),
  }))
  const textOf = (element: Element | undefined): readonly unknown[] =>
    (readWire(DataForm, element ?? assert.fail()).fields ?? [])
      .filter(({ type }) => type !== 'hidden')
      .map(field => expected(field, false))
  const form = await openForm(client, address, { lang: 'en', generation: 'nf' })
  const blank = await formOf(client)
  assert.deepEqual((blank.fields ?? []).slice(1).map(factsOf), textOf(before))
  value = 49152
  changed()
  await town.clock.advance(1_000)
  const updates = client.received.map(text => parseElement(text))
  const [mine] = updates
  assert.deepEqual(
    [mine?.name, [...(mine?.attrs.keys() ?? [])].toSorted()],
    [update.name, [...update.attrs.keys()].toSorted()],
  )
  const own = readWire(DataForm, elementsOf(mine ?? assert.fail())[0] ?? assert.fail())
  // The text takes the mark away: here it stays, so that nothing is set that nobody has edited (XEP-0325 §3.3.1).
  assert.deepEqual((own.fields ?? []).slice(1).map(factsOf), textOf(after))
  assert.equal(form.parameter('AnalogOutput')?.value, '49152')
})

test('every request of XEP-0336 is answered as there', { skip: dynamic.skip }, async () => {
  const { client, device } = house('Current location', things['Current location'] ?? assert.fail())
  const session = sessionOf(await formOf(client))
  const seen: string[] = []
  for (const example of dynamic.examples())
    for (const stanza of elementsIn(example.replaceAll('009c7956-001c-43fb-8edb-76bcf74272c9', session))) {
      if (stanza.attrs.get('type') !== 'set') continue
      const [payload] = elementsOf(stanza)
      const written = writeElement(payload ?? assert.fail())
      const answer = await client.ask('set', address, written)
      seen.push(`${payload?.name}: ${answer === '' ? 'empty' : parseElement(answer).name}`)
      if (payload?.name !== 'cancel') continue
      // §3.7: it is not there any more; the type is that of the text as well.
      for (const late of [written, written.replaceAll('cancel', 'submit')]) {
        const error: unknown = await client.ask('set', address, late).catch((reason: unknown) => reason)
        assert.ok(error instanceof StanzaError)
        assert.deepEqual([error.type, error.condition], ['cancel', 'item-not-found'])
      }
    }
  assert.deepEqual(seen, ['submit: x', 'cancel: empty'])
  assert.ok(device.features.has(DYNAMIC_FORMS_NS), '§4')
})

test('what goes wrong while a form is judged is told as an error (XEP-0336 §3.8)', async () => {
  // The text has the stream's namespace for the condition; it is one of stanzas here.
  let isBroken = false
  const { client, town } = house('x', write => ({
    A: string({
      read: () => '',
      depending() {
        if (isBroken) throw new Error('Stack limit has been reached.')
        return {}
      },
      write,
    }),
  }))
  const form = `<submit xmlns="${DYNAMIC_FORMS_NS}"><x xmlns="jabber:x:data" type="submit"><field var="xdd session"><value>${sessionOf(await formOf(client))}</value></field></x></submit>`
  isBroken = true
  await assert.rejects(client.ask('set', address, form), { condition: 'internal-server-error' })
  assert.deepEqual(town.faults, [])
})

test('what a scan will take is told while its parameters are filled in (XEP-0336 §1.1)', async () => {
  const whole = (value: number): DeclaredFields[string] => int({ min: 1, read: () => value, write: () => {} })
  const { client, writes } = house('Scanner', write => ({
    Addresses: whole(256),
    Ports: whole(100),
    Threads: whole(10),
    Seconds: int({
      depending: ({ Addresses, Ports, Threads }) => ({
        readOnly: true,
        value: String(Math.ceil((Number(Addresses) * Number(Ports)) / Number(Threads))),
      }),
      read: () => undefined,
      write,
    }),
  }))
  const form = await openForm(client, address)
  const told = [form.parameter('Seconds')?.value]
  await form.edit({ Threads: 100 })
  told.push(form.parameter('Seconds')?.value)
  assert.deepEqual([told, form.parameter('Seconds')?.readOnly, writes], [['2560', '256'], true, []])
  await form.cancel()
})
