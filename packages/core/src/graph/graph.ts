export interface Graph { readonly params: readonly unknown[] }
