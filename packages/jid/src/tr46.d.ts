declare module 'tr46' {
  interface ProcessingOptions {
    readonly checkBidi?: boolean
    readonly checkHyphens?: boolean
    readonly checkJoiners?: boolean
    readonly useSTD3ASCIIRules?: boolean
  }
  export function toUnicode(domain: string, options?: ProcessingOptions): { domain: string; error: boolean }
  export function toASCII(
    domain: string,
    options?: ProcessingOptions & { readonly verifyDNSLength?: boolean },
  ): string | null
}
