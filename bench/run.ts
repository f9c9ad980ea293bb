/** The quick benchmarks, or those named: `npm run bench [-- parse store route end-to-end registry things tree]`. Nothing here is a test. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const quick = ['parse', 'route', 'store', 'end-to-end']
const all = [...quick, 'registry', 'things', 'tree']
const wanted = process.argv.slice(2)
const unknown = wanted.find(name => !all.includes(name))
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}: ${all.join(', ')}`)
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : quick) {
  console.log(`\n${name}`)
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
