/** The setting that is a public key: in PEM, in the configuration or in a file of its own. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isTable, Misfits, type Setting } from './declared.ts'

const form = 'an RSA public key or certificate in PEM, or { file = "path" } naming a file with one'

/** Bits: fewer are no protection, more only cost. */
const minBits = 2_048
const maxBits = 8_192

/** An RSA key to check signatures with; `undefined` when there is none. */
export function publicKeySetting(doc: string): Setting<KeyObject | undefined> {
  const read = (found: unknown, folder: string): KeyObject => {
    if (typeof found === 'string') return rsaKeyIn(found, [])
    if (!isTable(found) || typeof found['file'] !== 'string') misfit([], `expected ${form}`)
    const file = resolve(folder, found['file'])
    return rsaKeyIn(textOf(file), ['file'])
  }
  return { kind: 'public-key', doc, form, example: undefined, initial: () => undefined, read }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    misfit(['file'], `${file} cannot be read`)
  }
}

/** Node would take a private key, too, but that one should not be here. */
function rsaKeyIn(pem: string, path: readonly string[]): KeyObject {
  if (pem.includes('PRIVATE KEY')) misfit(path, 'this is a private key; the server only needs the public one')
  const key = keyIn(pem, path)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < minBits || bits > maxBits)
    misfit(path, `expected an RSA key of ${minBits} to ${maxBits} bits`)
  return key
}

function keyIn(pem: string, path: readonly string[]): KeyObject {
  try {
    return createPublicKey(pem)
  } catch {
    misfit(path, `expected ${form}`)
  }
}

function misfit(path: readonly string[], message: string): never {
  throw new Misfits([{ path, message }])
}
