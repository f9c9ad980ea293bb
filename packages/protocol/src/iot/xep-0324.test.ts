// Every example of XEP-0324 between things, servers and holders of tokens is read, written and read again.
// WAXWING_SPECS names the folder with its text; without it this file skips.
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
} from '@waxwing/xml'
import { specification } from '../specification-kit.test.ts'
import { provisioning, provisioningServices, provisioningTokens } from './index.ts'

const { skip, examples } = specification('0324')

/** Places in the text that stand for data. */
const ns = 'urn:xmpp:iot:provisioning'
const placeholder = /BASE-64 (ENCODED|encoded) [A-Za-z0-9. ]+/g

function stanzas(): Element[] {
  return examples()
    .filter(example => /<(iq|message)\b/.test(example))
    .flatMap(example => {
      // One example leaves its namespace out.
      const whole = example.replaceAll(
        '<downloadPrivilegesResponse>',
        `<downloadPrivilegesResponse xmlns="${ns}">`,
      )
      const text = whole.replaceAll(placeholder, 'AAECAw==').replaceAll(/<!--[^>]*-->/g, '')
      return elementsOf(withoutIndentation(parseElement(`<all xmlns="jabber:client">${text}</all>`)))
    })
}

function checkWith<T>(wire: Wire<T>, element: Element): void {
  const value = readWire(wire, element)
  const written = toElement(wire, value)
  assert.ok(sameElement(written, element), element.name)
  assert.deepEqual(readWire(wire, written), value)
}

test('the examples of XEP-0324 read back as they were written', { skip }, () => {
  const format = provisioning('xep')
  const tokens = provisioningTokens('xep')
  const services = provisioningServices('xep')
  const wires: Readonly<Record<string, (element: Element) => void>> = {
    isFriend: element => checkWith(format.isFriend, element),
    isFriendResponse: element => checkWith(format.friendAnswer, element),
    friend: element => checkWith(format.friend, element),
    unfriend: element => checkWith(format.unfriend, element),
    canRead: element => checkWith(format.canRead, element),
    canReadResponse: element => checkWith(format.readAnswer, element),
    canControl: element => checkWith(format.canControl, element),
    canControlResponse: element => checkWith(format.controlAnswer, element),
    clearCache: element => checkWith(format.clearCache, element),
    clearCacheResponse: element => checkWith(format.cacheCleared, element),
    getToken: element => checkWith(tokens.getToken, element),
    getTokenChallenge: element => checkWith(tokens.puzzle, element),
    getTokenChallengeResponse: element => checkWith(tokens.solution, element),
    getTokenResponse: element => checkWith(tokens.token, element),
    tokenChallenge: element => checkWith(tokens.challenge, element),
    canAccess: element => checkWith(services.canAccess, element),
    canAccessResponse: element => checkWith(services.accessAnswer, element),
    userLoggedIn: element => checkWith(services.userLoggedIn, element),
    hasPrivilege: element => checkWith(services.hasPrivilege, element),
    hasPrivilegeResponse: element => checkWith(services.privilegeAnswer, element),
    downloadPrivileges: element => checkWith(services.downloadPrivileges, element),
    downloadPrivilegesResponse: element => checkWith(services.privileges, element),
    tokenChallengeResponse: element => checkWith(tokens.challengeAnswer, element),
  }
  const own = stanzas()
    .flatMap(stanza => elementsOf(stanza))
    .filter(element => element.ns === format.ns && Object.hasOwn(wires, element.name))
  for (const element of own) wires[element.name]?.(element)
  assert.deepEqual(new Set(own.map(({ name }) => name)), new Set(Object.keys(wires)))
  assert.equal(own.length, 42)
})
