import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { keyLines } from './key-lines.ts'

const text = `# a comment = "no key"
top = 1
list = [
  "a", # ]
  [ "b" ],
]
inline = { x = 1, "y z" = "}" }

[one]
text = """
two = 2
\\""" """
two = 2 # [three]
a . "b.c" . 'd"e' = 3

[ three."example.org" ]
literal = '''
[four]'''
escaped = "\\"\\u005d"
last = 4`

test('keys are found at their lines, whatever stands in values and comments', () => {
  const lineOf = keyLines(text)
  const rows: [(string | number)[], number | undefined][] = [
    [['top'], 2],
    [['list'], 3],
    [['list', 1, 0], 3],
    [['inline', 'y z'], 7],
    [['one'], 9],
    [['one', 'text'], 10],
    [['one', 'two'], 13],
    [['one', 'missing'], 9],
    [['one', 'a', 'b.c', 'd"e'], 14],
    [['one', 'a'], 9],
    [['three'], 16],
    [['three', 'example.org'], 16],
    [['three', 'example.org', 'literal'], 17],
    [['three', 'example.org', 'escaped'], 19],
    [['three', 'example.org', 'last'], 20],
    [['four'], undefined],
    [['missing'], undefined],
  ]
  for (const [path, line] of rows) assert.equal(lineOf(path), line, path.join(' / '))
})

test('every key of a written table is found on a line that has it', () => {
  const name = fc.string({ minLength: 1, maxLength: 6 })
  const value = fc.oneof(fc.string(), fc.integer(), fc.array(fc.string(), { maxLength: 3 }))
  const tables = fc.dictionary(name, fc.dictionary(name, value, { minKeys: 1, maxKeys: 4 }), { maxKeys: 4 })
  fc.assert(
    fc.property(tables, table => {
      const written = stringify(table)
      const lines = written.split('\n')
      const lineOf = keyLines(written)
      for (const [outer, inner] of Object.entries(parse(written))) {
        for (const key of Object.keys(inner)) {
          const line = lines[(lineOf([outer, key]) ?? 0) - 1] ?? ''
          assert.deepEqual(Object.keys(parse(line.includes(' = ') ? line : `${line} = 1`)), [key])
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('any text at all is walked to its end', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '[', ']', '=', '"', "'", '\n', '\\', '.', '#', '{', ' ') }),
      any => {
        keyLines(any)(['a'])
      },
    ),
    { numRuns: 500 },
  )
})
