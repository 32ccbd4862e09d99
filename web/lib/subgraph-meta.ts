/** How far the index is. */
export const META = /* GraphQL */ `
  query Meta {
    _meta {
      hasIndexingErrors
      block { number hash timestamp }
    }
  }
`;
