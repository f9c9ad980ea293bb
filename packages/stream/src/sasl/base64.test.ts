import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBase64, encodeBase64 } from './base64.ts'

test('base64 is read strictly and written with padding (RFC 6120 §13.9.1, RFC 4648 §10)', () => {
  const rows = [
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
  ] as const
  for (const [plain, encoded] of rows) {
    assert.equal(encodeBase64(new TextEncoder().encode(plain)), encoded)
    assert.deepEqual(decodeBase64(encoded), new TextEncoder().encode(plain))
  }
  const malformed = [
    '=',
    'Zg',
    'Zg=',
    'Zh==',
    'Zm9=',
    'Zm 9v',
    'Zm9v\n',
    'Zg==Zg==',
    'Z-_v',
    '====',
    'Z===',
    'Zm9v=',
  ]
  for (const text of malformed) assert.equal(decodeBase64(text), undefined, JSON.stringify(text))
})
