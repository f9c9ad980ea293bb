/** What concentrators and their clients write fits the published XML schemas, as libxml2 reads them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import {
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  concentratorFormat,
  concentratorNs,
  type Generation,
} from '@waxwing/protocol'
import { writeWire } from '@waxwing/xml'
import {
  answersFor,
  eventsFor,
  progressFor,
  questionsFor,
} from '../packages/protocol/src/iot/concentrator.test.ts'
import { missing } from './peers.ts'

const specs = process.env['WAXWING_SPECS']
const schemas = resolve(specs ?? '', '..', 'iot-schemas')
const absent =
  specs !== undefined && existsSync(schemas)
    ? false
    : 'the schemas are not here; set WAXWING_SPECS to the folder of the specifications beside them'
const skip = absent || missing('xmllint')

const files = {
  sn: 'xep-sn/xep-0326-v0.1-sn-concentrators.xsd',
  xep: 'xep/xep-0326-concentrators.xsd',
  ieee: 'ieee/Concentrator.xsd',
} as const
type Published = keyof typeof files

function exchange<O extends ConcentratorOperation>(
  { questions, answers }: ConcentratorFormat,
  operation: O,
  asked: Pick<ConcentratorQuestions, O>,
  answered: Pick<ConcentratorAnswers, O>,
): readonly string[] {
  const answer = answers[operation]
  const question = writeWire(questions[operation], asked[operation])
  return answer ? [question, writeWire(answer, answered[operation])] : [question]
}

function stanzas(generation: Generation): readonly string[] {
  const format = concentratorFormat(generation)
  const { operations, event, progress } = format
  const asked = questionsFor(generation)
  const answered = answersFor(generation)
  return [
    ...operations.flatMap(operation => exchange(format, operation, asked, answered)),
    ...eventsFor(generation).map(one => writeWire(event, one)),
    // `sn` has no queries.
    ...(generation === 'sn' ? [] : [writeWire(progress, progressFor(generation))]),
  ]
}

/** Forms are somebody else's schema: anything will do. */
const anyForm = `<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='jabber:x:data'>
  <xs:element name='x'><xs:complexType><xs:sequence>
    <xs:any minOccurs='0' maxOccurs='unbounded' processContents='lax'/>
  </xs:sequence><xs:anyAttribute processContents='lax'/></xs:complexType></xs:element>
</xs:schema>`

/** Of the long family's schemas: what their own texts contradict. */
function mendedLong(schema: string): string {
  const result = `<xs:attributeGroup ref='responseCode'/>`
  const withCode = (name: string): [RegExp, string] => [
    new RegExp(
      `(<xs:element name='${name}'>\\s*<xs:complexType>\\s*<xs:sequence[\\s\\S]*?\\n\\s*</xs:sequence>)(?=\\s*</xs:complexType>\\s*</xs:element>\\s*<xs:element name='(?:getRootNodes|getParametersForNewNode)')`,
    ),
    `$1${result}`,
  ]
  const changes: readonly [RegExp, string][] = [
    // Three answers have a code in the text.
    withCode('getNodeInheritanceResponse'),
    withCode('getAddableNodeTypesResponse'),
    [/(<xs:complexType name='CommandArray'>[\s\S]*?<\/xs:sequence>)/, `$1${result}`],
    // Several nodes are asked for by several elements.
    [
      /<xs:element name='getNodes' type='NodeReferenceParametersRequest'\/>/,
      `<xs:element name='getNodes'><xs:complexType><xs:complexContent><xs:extension base='NodeReferencesRequest'>
        <xs:attributeGroup ref='parametersAndMessages'/>
      </xs:extension></xs:complexContent></xs:complexType></xs:element>`,
    ],
  ]
  return changes.reduce((text, [from, to]) => text.replace(from, to), withNamedCommands(schema))
}

/** A common command is told by its name; which was forgotten. */
function withNamedCommands(schema: string): string {
  return schema.replaceAll(
    /(<xs:element name='executeCommonNode(?:Command|Query)'>[\s\S]*?)(<\/xs:extension>)/g,
    `$1<xs:attribute name='command' type='xs:string' use='required'/>$2`,
  )
}

/** Of IEEE 1451.99: attributes that are global by name are plain on the wire, and one list is no element. */
function mendedShort(schema: string): string {
  const plain = schema
    .replaceAll(/<xs:attribute ref='([a-zA-Z]+)'/g, "<xs:attribute name='$1' type='xs:string'")
    .replace(
      "<xs:complexType name='bools'>",
      "<xs:element name='bools' type='Bools'/><xs:complexType name='Bools'>",
    )
  // An event names its node by what it extends, and once more by itself.
  return plain.replace(
    /(<xs:complexType name='NodeReferenceEvent'>[\s\S]*?)<xs:attributeGroup ref='nodeReference'\/>/,
    '$1',
  )
}

/** Patterns of XML Schema are anchored by themselves: `^` and `$` would stand for these characters. */
function mended(generation: Published, schema: string): string {
  const anchored = schema.replaceAll(/(<xs:pattern value=['"])\^([^'"]*)\$/g, '$1$2')
  const imports = anchored.replaceAll(/<xs:import namespace='(?!jabber:x:data)[^']*'\s*\/>/g, '')
  return generation === 'ieee' ? mendedShort(imports) : mendedLong(imports)
}

function validate(generation: Published): void {
  const folder = mkdtempSync(join(tmpdir(), 'waxwing-xsd-'))
  try {
    writeFileSync(join(folder, 'form.xsd'), anyForm)
    const schema = mended(generation, readFileSync(join(schemas, files[generation]), 'utf8'))
    writeFileSync(join(folder, 'own.xsd'), schema)
    const all = `<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>
      <xs:import namespace='jabber:x:data' schemaLocation='form.xsd'/>
      <xs:import namespace='${concentratorNs(generation)}' schemaLocation='own.xsd'/></xs:schema>`
    writeFileSync(join(folder, 'all.xsd'), all)
    const written = stanzas(generation).map((stanza, index) => {
      const file = join(folder, `${index}-${/\w+/.exec(stanza)?.[0]}.xml`)
      writeFileSync(file, stanza)
      return file
    })
    assert.ok(written.length > 60)
    const { status, stderr } = spawnSync(
      'xmllint',
      ['--noout', '--schema', join(folder, 'all.xsd'), ...written],
      { encoding: 'utf8' },
    )
    const wrong = stderr.split('\n').filter(line => !line.endsWith(' validates'))
    assert.equal(status, 0, wrong.join('\n'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const generation of ['sn', 'xep', 'ieee'] as const)
  test(`concentrators in ${generation} fit their schema`, { skip }, () => validate(generation))
