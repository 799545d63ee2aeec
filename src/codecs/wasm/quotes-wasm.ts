// Written by scripts/wasm.ts from assembly/quotes.ts. Do not edit.
import type { WasmCode } from './host.ts';

export const QUOTES_WASM: WasmCode = {
  source: '7feecef7cc4e9fe8c927272fbe995d338358f6091020279da8e8c58d255cf01e',
  base64:
    'AGFzbQEAAAABCAFgA39/fwF/Ag8BA2VudgZtZW1vcnkCAAADAgEABxICBWlzT2RkAAAGbWVtb3J5AgAKhgEBgwECAX8CeyAC/Q8hBANAIABBQGsiAyABTQRAIAUgAP0ABAAgBP0jIAD9AAQQIAT9I/1RIAD9AAQg' +
    'IAT9IyAA/QAEMCAE/SP9Uf1R/VEhBSADIQAMAQsLIAX9ZGkhAwNAIAAgAUkEQCADIAAtAAAgAkZqIQMgAEEBaiEADAELCyADQQFxCw==',
};
