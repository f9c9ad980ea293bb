import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pages } from './generate-docs.ts'

for (const [file, make] of Object.entries(pages)) {
  test(`${file} says what the code says (node tools/generate-docs.ts makes it anew)`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), make())
  })
}
