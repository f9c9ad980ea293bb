// Declared forms: XEP-0004, XEP-0068, XEP-0122.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { el, parseElement, readWire, writeWire } from '@waxwing/xml'
import { DataForm } from './data-forms.ts'
import { declareForm, FormError, field } from './declared-forms.ts'
import { FormUpdate, fieldMarkElements, fieldMarks, isAbout } from './dynamic-forms.ts'

const Thing = declareForm('urn:example:thing', {
  name: field.text('Name').required(),
  secret: field.secret('Secret'),
  owner: field.bareJid('Owner'),
  friends: field.jids('Friends'),
  level: field.number('Level', { min: 1, max: 5 }),
  mode: field.choice('Mode', { on: 'On', off: 'Off' }),
  note: field.lines('Note'),
  isLoud: field.flag('Loud'),
})

const submitted = (values: Readonly<Record<string, readonly string[]>>): DataForm => ({
  type: 'submit',
  fields: Object.entries(values).map(([name, all]) => ({ var: name, values: all })),
})

test('what is filled in is read by type; what is left out is absent or empty', () => {
  const none = {
    secret: undefined,
    owner: undefined,
    friends: [],
    level: undefined,
    mode: undefined,
    note: [],
    isLoud: false,
  }
  assert.deepEqual(Thing.read(submitted({ name: ['lamp'] })), { name: 'lamp', ...none })
  const all = submitted({
    FORM_TYPE: ['urn:example:thing'],
    name: ['lamp'],
    secret: ['s'],
    owner: [' You@Example.ORG '],
    friends: ['a@example.org', 'b@example.org/c'],
    level: ['3'],
    mode: ['on'],
    note: ['one', 'two'],
    isLoud: ['1'],
    unknown: ['x'],
  })
  assert.deepEqual(Thing.read(all), {
    name: 'lamp',
    secret: 's',
    owner: 'you@example.org',
    friends: ['a@example.org', 'b@example.org/c'],
    level: 3,
    mode: 'on',
    note: ['one', 'two'],
    isLoud: true,
  })
})

const faults: readonly [name: string, values: readonly string[]][] = [
  ['name', []],
  ['name', ['']],
  ['owner', ['@']],
  ['owner', ['you@example.org/phone']],
  ['friends', ['a@example.org', '@']],
  ['level', ['0']],
  ['level', ['6']],
  ['level', ['2.5']],
  ['level', ['1e1']],
  ['mode', ['maybe']],
  ['mode', ['toString']],
  ['isLoud', ['perhaps']],
]
for (const [name, values] of faults)
  test(`${name} cannot be ${JSON.stringify(values)}, and the error names the field`, () => {
    const isNamed = (error: unknown): boolean => error instanceof FormError && error.field === name
    assert.throws(() => Thing.read(submitted({ name: ['lamp'], [name]: values })), isNamed)
  })

test('a form about something else is none of ours (XEP-0068 §3)', () => {
  assert.throws(() => Thing.read(submitted({ FORM_TYPE: ['urn:example:other'], name: ['x'] })), FormError)
})

test('the form to fill in has labels, options, what is required and what is valid (XEP-0004 §3.2, XEP-0122 §3)', () => {
  const Small = declareForm('urn:example:small', {
    level: field.number('Level', { min: 1, max: 5 }).required(),
    mode: field.choice('Mode', { on: 'On' }),
  })
  assert.equal(
    writeWire(DataForm, Small.blank({ title: 'T', instructions: 'I' }, { mode: 'on' })),
    '<x xmlns="jabber:x:data" type="form"><title>T</title><instructions>I</instructions>' +
      '<field var="FORM_TYPE" type="hidden"><value>urn:example:small</value></field>' +
      '<field var="level" type="text-single" label="Level"><required/>' +
      '<validate xmlns="http://jabber.org/protocol/xdata-validate" datatype="xs:integer"><range min="1" max="5"/></validate></field>' +
      '<field var="mode" type="list-single" label="Mode"><value>on</value><option label="On"><value>on</value></option></field></x>',
  )
})

test('what is written as a submission is read back', () => {
  const values = { name: 'lamp', level: 2, friends: [], isLoud: true }
  const read = Thing.read(Thing.submission({ ...values, friends: [] }))
  assert.deepEqual({ ...read }, { ...read, ...values })
})

test('marks of fields travel, and an update finds the form that it is about (XEP-0336 §3)', () => {
  const all = { postBack: true, readOnly: true, notSame: true, error: 'Too <bright>.' }
  for (const marks of [all, { ...all, readOnly: false, error: undefined }, { ...all, error: '' }]) {
    const field = { var: 'a', values: [], extensions: fieldMarkElements(marks) }
    const form: DataForm = { type: 'form', fields: [field] }
    const [read] = readWire(DataForm, parseElement(writeWire(DataForm, form))).fields ?? []
    assert.deepEqual(read && fieldMarks(read), marks)
  }
  const foreign = { var: 'a', values: [], extensions: [el('urn:example', 'readOnly')] }
  assert.equal(fieldMarks(foreign).readOnly, false)
  const formOf = (session: string): DataForm => ({ type: 'form', fields: [{ var: 's', values: [session] }] })
  const update = { sessionVariable: 's', lang: 'en', form: formOf('1') }
  const text = writeWire(FormUpdate, update)
  assert.match(text, /^<updated xmlns="urn:xmpp:xdata:dynamic" sessionVariable="s" xml:lang="en"><x /)
  const again = readWire(FormUpdate, parseElement(text))
  assert.deepEqual(
    [formOf('1'), formOf('2'), { type: 'form' } as const].map(form => isAbout(again, form)),
    [true, false, false],
  )
  assert.equal(isAbout({ ...again, sessionVariable: 'x' }, formOf('1')), false)
})
