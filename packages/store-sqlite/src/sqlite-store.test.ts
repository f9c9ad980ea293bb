import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@waxwing/server/store/contract'
import { sqliteStore } from './index.ts'

storeContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waxwing-store-'))
  const file = join(folder, 'store.sqlite')
  return {
    driver: await sqliteStore({ file }),
    reopen: () => sqliteStore({ file }),
    remove: () => rm(folder, { recursive: true }),
  }
})
