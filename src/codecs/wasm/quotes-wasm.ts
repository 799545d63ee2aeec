// Written by scripts/wasm.ts from assembly/quotes.ts. Do not edit.
import type { WasmCode } from './host.ts';

export const QUOTES_WASM: WasmCode = {
  source: 'de889b49cc00500ef6a7a8023636e9d62f9243324c16736ad6bab2fd54a8eab2',
  base64:
    'AGFzbQEAAAABCAFgA39/fwF/Ag8BA2VudgZtZW1vcnkCAAADAgEABxICBWlzT2RkAAAGbWVtb3J5AgAKhgEBgwECAX8CeyAC/Q8hBANAIABBQGsiAyABTQRA' +
    'IAUgAP0ABAAgBP0jIAD9AAQQIAT9I/1RIAD9AAQgIAT9IyAA/QAEMCAE/SP9Uf1R/VEhBSADIQAMAQsLIAX9ZGkhAwNAIAAgAUkEQCADIAAtAAAgAkZqIQMg' +
    'AEEBaiEADAELCyADQQFxCw==',
};
