// Every example of XEP-0326 that is XML is read, written and read again. WAXWING_SPECS names the folder with its text;
// without it this file skips.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Element,
  elementsOf,
  parseElement,
  readWire,
  sameElement,
  toElement,
  type Wire,
  withoutIndentation,
  writeElement,
  XmlError,
} from '@waxwing/xml'
import { specification } from '../specification-kit.test.ts'
import {
  type ConcentratorAnswers,
  type ConcentratorFormat,
  type ConcentratorOperation,
  type ConcentratorQuestions,
  concentratorFormat,
  concentratorOperations,
  sourceEventKinds,
} from './index.ts'

const { skip, examples } = specification('0326')

const FORM_NS = 'jabber:x:data'
const stanza = /<(iq|message)\b(?=[^>]*\b(?:to|from)=)[\s\S]*?\n *<\/\1>/g

/**
 * The text closes `validate` after having ended it, leaves columns open, writes `...` for more, gives a message the type
 * of a state, and some requests attributes they have not.
 */
function mended(example: string): string {
  return example
    .replaceAll(/(<xdv:validate [^>]*)\/>(\s*<xdv:basic\/>)/g, '$1>$2')
    .replaceAll(/(<column [^>]*[^/])>/g, '$1/>')
    .replaceAll(/\s*\.\.\.\s*/g, '')
    .replaceAll(/(<setCommonNodeParametersAfterEdit [^>]*) sourceId='[^']*'/g, '$1')
    .replaceAll(/(<unsubscribe [^>]*) parameters='true' messages='false'/g, '$1')
    .replaceAll(/(<message timestamp=[^>]* type=')Warning(?:Uns|S)igned'/g, "$1Warning'")
}

function stanzas(): { elements: Element[]; unreadable: string[] } {
  const elements: Element[] = []
  const unreadable: string[] = []
  for (const example of examples())
    for (const [text] of mended(example).matchAll(stanza)) {
      try {
        const all = parseElement(`<all xmlns="jabber:client">${text}</all>`)
        elements.push(...elementsOf(withoutIndentation(all)))
      } catch (error) {
        if (!(error instanceof XmlError)) throw error
        unreadable.push(text)
      }
    }
  return { elements, unreadable }
}

/** What says no more than its absence does is not written. */
const saysNothing: ReadonlySet<string> = new Set([
  ...sourceEventKinds.map(kind => `${kind}=true`),
  ...['parameters', 'messages', 'isReadable', 'isControllable', 'hasCommands'].map(name => `${name}=false`),
  'ascending=true',
  'type=Information',
  'level=Minor',
])

function plain(element: Element): Element {
  const kept = [...element.attrs].filter(
    ([name, value]) => !saysNothing.has(`${name}=${value}`) || element.name === 'message',
  )
  const children = element.children.map(one => (typeof one === 'string' ? one : plain(one)))
  return { ...element, attrs: new Map(kept), children: element.ns === FORM_NS ? inOrder(children) : children }
}

/** In a form the order of different things says nothing. */
function inOrder(children: Element['children']): Element['children'] {
  const rank = (one: Element | string): number => {
    if (typeof one === 'string') return 0
    const place = ['title', 'desc', 'required', 'value', 'option', 'field'].indexOf(one.name)
    return place < 0 ? 9 : place
  }
  return children.toSorted((a, b) => rank(a) - rank(b))
}

function check<T>(wire: Wire<T>, element: Element): void {
  const value = readWire(wire, element)
  const written = toElement(wire, value)
  assert.ok(sameElement(written, plain(element)), `${writeElement(element)}\n${writeElement(written)}`)
  assert.deepEqual(readWire(wire, written), value)
}

const format = concentratorFormat('xep')

type Checks = Map<string, (element: Element) => void>

function addChecks<O extends ConcentratorOperation>(
  checks: Checks,
  operation: O,
  questions: Pick<ConcentratorFormat['questions'], O>,
  answers: Pick<ConcentratorFormat['answers'], O>,
): void {
  const answer: Wire<ConcentratorAnswers[O]> | undefined = answers[operation]
  checks.set(operation, element => check<ConcentratorQuestions[O]>(questions[operation], element))
  if (answer) checks.set(`${operation}Response`, element => check(answer, element))
}

function checksOf(): Checks {
  const checks: Checks = new Map()
  for (const operation of concentratorOperations)
    addChecks(checks, operation, format.questions, format.answers)
  for (const kind of sourceEventKinds) checks.set(kind, element => check(format.event, element))
  return checks.set('queryProgress', element => check(format.progress, element))
}

test('the examples of XEP-0326 read back as they were written', { skip }, t => {
  const { elements, unreadable } = stanzas()
  const checks = checksOf()
  const own = elements.flatMap(one => elementsOf(one)).filter(({ ns }) => ns === format.ns)
  const unknown = own.filter(({ name }) => !checks.has(name)).map(({ name }) => name)
  assert.deepEqual(unknown, ['holabandola', 'holabandolaResponse'])
  for (const element of own) checks.get(element.name)?.(element)
  const seen = new Set(own.map(({ name }) => name))
  const unseen = format.operations.filter(name => !seen.has(name) || !seen.has(`${name}Response`))
  assert.deepEqual(unseen, [], 'every operation has an example')
  t.diagnostic(`${own.length} elements`)
  assert.deepEqual(unreadable, [])
  assert.ok(own.length >= 170, String(own.length))
})
