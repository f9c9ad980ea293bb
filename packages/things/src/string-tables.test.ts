import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StringTables } from './index.ts'

const tables = new StringTables({
  en: { Weather: { '1': 'Temperature', '2': '%0%, %1%', '3': 'Input %1%' }, Other: { '4': 'highest %0%' } },
  de: { Weather: { '1': 'Temperatur', '2': '%0% (%1%)' } },
  'de-AT': { Weather: { '1': 'Temperatura' } },
})

const cases: readonly (readonly [steps: string, languages: readonly string[], name: string])[] = [
  ['1', ['en'], 'Temperature'],
  ['1', ['de'], 'Temperatur'],
  ['1', ['de-CH'], 'Temperatur'],
  ['1', ['DE-at'], 'Temperatura'],
  ['1,2||Max', ['de-AT'], 'Temperatur (Max)'],
  ['3||7', ['en'], 'Input 7'],
  ['1,4|Other', ['en'], 'highest Temperature'],
  ['3||7', ['de', 'en'], 'Input 7'],
  ['1', ['fr'], 'plain'],
  ['1', [], 'plain'],
  ['9', ['en'], 'plain'],
  ['1|constructor', ['en'], 'plain'],
]

for (const [steps, languages, name] of cases)
  test(`the name ${steps} in ${languages.join(', ') || 'no language'} is ${name} (XEP-0323 §3.8)`, () => {
    const reading = { name: 'plain', localization: { namespace: 'Weather', steps } }
    assert.equal(tables.nameOf(reading, ...languages), name)
    assert.equal(tables.nameOf({ ...reading, localization: undefined }, ...languages), 'plain')
  })
