// What is signed of a form: XEP-0348 §2.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { DataForm } from './data-forms.ts'
import { signatureBase, signatureEscape, signatureKey } from './signed-forms.ts'

const escapes: readonly [text: string, escaped: string][] = [
  ['abcXYZ019-._~', 'abcXYZ019-._~'],
  ["!*'()", '%21%2A%27%28%29'],
  ['a b+c&d=e', 'a%20b%2Bc%26d%3De'],
  ['e\u0301', '%C3%A9'],
  ['☃', '%E2%98%83'],
]
for (const [text, escaped] of escapes)
  test(`${text} is escaped as ${escaped} (XEP-0348 §2)`, () => assert.equal(signatureEscape(text), escaped))

/** The form of the XEP's second example, filled in. */
const form: DataForm = {
  type: 'submit',
  fields: Object.entries({
    FORM_TYPE: 'urn:xmpp:xdata:signature:oauth1',
    oauth_version: '1.0',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_token: 'token 1',
    oauth_token_secret: 'token secret',
    oauth_nonce: 'nonce',
    oauth_timestamp: '1392045000',
    oauth_consumer_key: 'key',
    oauth_signature: 'not signed',
    UserName: 'juliet',
    Password: 'R0m30&',
  }).map(([name, value]) => ({ var: name, values: [value] })),
}

test('type, address and sorted fields are signed, secrets and signature are not (XEP-0348 §2.2-§2.4)', () => {
  assert.equal(
    signatureBase(form, 'contests.shakespeare.lit'),
    'submit&contests.shakespeare.lit&FORM_TYPE%3Durn%253Axmpp%253Axdata%253Asignature%253Aoauth1%26Password%3DR0m30%2526%26UserName%3Djuliet%26oauth_consumer_key%3Dkey%26oauth_nonce%3Dnonce%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1392045000%26oauth_token%3Dtoken%25201%26oauth_version%3D1.0',
  )
})

test('the signature is that of another implementation (XEP-0348 §2.5)', () => {
  const signature = createHmac('sha1', signatureKey('consumer secret', 'token secret'))
    .update(signatureBase(form, 'contests.shakespeare.lit'))
    .digest('base64')
  // By Python's urllib.parse.quote(safe='~') and hmac.
  assert.equal(signature, 'xMAFosVRcHxV/EOCQPslwagL4c8=')
})
