declare module '@evan/opus/wasm/index.mjs' {
  export { Encoder } from '@evan/opus';
}
