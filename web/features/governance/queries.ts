/** The services of the catalogue. */
export const SERVICES = /* GraphQL */ `
  query Services {
    services(first: 100, orderBy: name) { name }
  }
`;
